import Foundation
import TestSupport
import XML

@testable import CatalogFiles

/// The structure of PIES 7.2 as it is published: order, cardinality and limits, against which files are held.
struct PIESStructure {
    private struct Element {
        var minimum: Int
        var maximum: Int
        var type: String
        var attributes: [String: (isRequired: Bool, type: String)]
        /// The paths of its children, in their order.
        var children: [String] = []
    }

    private var elements: [String: Element] = [:]

    init(_ table: CSVTable, version: String) throws {
        let names = ["standard", "version", "path", "min", "max", "type", "attributes"]
        let columns = names.compactMap { table.column($0) }
        guard columns.count == names.count else { throw Missing() }
        for row in table.rows {
            let values = columns.map { row[$0] }
            guard values[0] == "PIES", values[1] == version else { continue }
            self.elements[values[2]] = Element(
                minimum: Int(values[3]) ?? 0, maximum: Int(values[4]) ?? .max, type: values[5],
                attributes: Self.attributes(values[6]))
            let parent = String(values[2][..<(values[2].lastIndex(of: "/") ?? values[2].startIndex)])
            self.elements[parent]?.children.append(values[2])
        }
    }

    struct Missing: Error {}

    private static func attributes(_ text: String) -> [String: (isRequired: Bool, type: String)] {
        var attributes: [String: (isRequired: Bool, type: String)] = [:]
        for match in text.matches(of: /(\w+)\[(required|optional): ([^\]]*)\]/) {
            attributes[String(match.1)] = (match.2 == "required", String(match.3))
        }
        return attributes
    }

    /// What breaks the structure, with the path of each.
    func faults(_ bytes: [UInt8]) throws -> [String] {
        let reader = try XMLReader()
        var batch = XMLBatch()
        var faults: [String] = []
        var path: [String] = [""]
        var children: [[String]] = [[]]
        var texts: [String] = [""]
        func take() {
            for event in batch.events {
                switch event.kind {
                case .start:
                    let place = "\(path[path.count - 1])/\(reader.name(event.name) ?? "")"
                    children[children.count - 1].append(place)
                    path.append(place)
                    children.append([])
                    texts.append("")
                    let attributes = batch.attributes(of: event).map {
                        (reader.name($0.name) ?? "", batch.string($0))
                    }
                    faults += self.attributeFaults(place, attributes)
                case .text: texts[texts.count - 1] += batch.string(event)
                case .end:
                    faults += self.faults(path.removeLast(), texts.removeLast(), children.removeLast())
                }
            }
        }
        try reader.read(bytes, into: &batch)
        take()
        try reader.complete(into: &batch)
        take()
        return faults
    }

    private func attributeFaults(_ place: String, _ attributes: [(String, String)]) -> [String] {
        guard let element = self.elements[place] else { return ["\(place) is not known"] }
        var faults: [String] = []
        for (name, value) in attributes {
            guard let rule = element.attributes[name] else {
                faults.append("\(place)@\(name) is not known")
                continue
            }
            faults += Self.fault(value, rule.type).map { ["\(place)@\(name) \($0): \(value)"] } ?? []
        }
        for (name, rule) in element.attributes where rule.isRequired && !attributes.contains(where: { $0.0 == name }) {
            faults.append("\(place)@\(name) is missing")
        }
        return faults
    }

    private func faults(_ place: String, _ text: String, _ children: [String]) -> [String] {
        guard let element = self.elements[place] else { return [] }
        var faults = Self.fault(text, element.type).map { ["\(place) \($0): \(text)"] } ?? []
        let order = children.compactMap { element.children.firstIndex(of: $0) }
        if order != order.sorted() { faults.append("\(place) has its elements in another order: \(children)") }
        for child in element.children {
            let count = children.count { $0 == child }
            guard let rule = self.elements[child] else { continue }
            if count < rule.minimum || count > rule.maximum { faults.append("\(child) comes \(count) times") }
        }
        return faults
    }

    /// Why a text is none of a type, such as "string; minLength=1; maxLength=60".
    private static func fault(_ text: String, _ type: String) -> String? {
        let parts = type.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
        for part in parts {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            let limit = pair.count == 2 ? Int(pair[1]) ?? 0 : 0
            let length = text.unicodeScalars.count
            let isRight =
                switch pair[0] {
                case "length": length == limit
                case "minLength": length >= limit
                case "maxLength": length <= limit
                case "enum": pair[1].split(separator: "|").contains(Substring(text))
                case "minInclusive": (Int(text) ?? .min) >= limit
                case "maxInclusive": (Int(text) ?? .max) <= limit
                case "totalDigits": text.count { $0.isNumber } - (text.hasPrefix("0.") ? 1 : 0) <= limit
                case "fractionDigits": text.split(separator: ".").dropFirst().joined().count <= limit
                case "date": text.wholeMatch(of: /\d{4}-\d{2}-\d{2}/) != nil
                case "decimal": text.wholeMatch(of: /-?\d+(\.\d+)?/) != nil
                case "positiveInteger": (Int(text) ?? 0) > 0
                default: true
                }
            if !isRight { return "breaks \(part)" }
        }
        return nil
    }
}
