import Foundation
import TestSupport
import XML

/// The order and cardinality of the trade's schemas, and a check of files against them.
///
/// It reads `schema-structure.csv`: a row for each element, in the schema's order, with its path and how often it may stand
/// in its parent. Within a choice of groups the rows of one alternative are enough.
struct SchemaStructure {
    private struct Row {
        var name: String
        var minimum: Int
        var maximum: Int
        /// The choice or optional group that it is part of; empty: none.
        var group: String
        var requiredAttributes: Set<String>
        var attributes: Set<String>
    }

    private var children: [String: [Row]] = [:]
    private var attributes: [String: (required: Set<String>, all: Set<String>)] = [:]

    /// The structure of a standard's version, such as ACES 4.2.
    init(_ standard: String, _ version: String) throws {
        let file = SharedData.file("data/aces-pies/schema-structure.csv")
        let table = CSVTable(try String(contentsOf: file, encoding: .utf8))
        for row in table.rows where row[0] == standard && row[1] == version {
            let path = row[2].split(separator: "/")
            let parent = "/" + path.dropLast().joined(separator: "/")
            let names = Self.attributes(row[7])
            let name = String(path.last ?? "")
            self.children[parent, default: []].append(
                Row(
                    name: name, minimum: Int(row[3]) ?? 0, maximum: Int(row[4]) ?? .max, group: row[5],
                    requiredAttributes: names.required, attributes: names.all))
            // An element that stands in several alternatives has a row for each.
            self.attributes[row[2]] = names
        }
    }

    private static func attributes(_ text: String) -> (required: Set<String>, all: Set<String>) {
        var required: Set<String> = []
        var all: Set<String> = []
        for part in text.components(separatedBy: "] ") where part.contains("[") {
            let name = String(part.prefix { $0 != "[" })
            all.insert(name)
            if part.contains("[required") { required.insert(name) }
        }
        return (required, all)
    }

    /// What in a file is not as the schema has it; empty: nothing.
    func faults(of file: [UInt8]) throws -> [String] {
        let reader = try XMLReader()
        var faults: [String] = []
        var path: [String] = []
        var inside: [[String]] = [[]]
        func take(_ batch: XMLBatch) {
            for event in batch.events {
                switch event.kind {
                case .start:
                    let name = reader.name(event.name) ?? ""
                    inside[inside.count - 1].append(name)
                    path.append(name)
                    inside.append([])
                    let said = Set(batch.attributes(of: event).compactMap { reader.name($0.name) })
                    faults += self.faults(ofAttributes: said, at: "/" + path.joined(separator: "/"))
                case .end:
                    let names = inside.removeLast()
                    faults += self.faults(ofChildren: names, at: "/" + path.joined(separator: "/"))
                    path.removeLast()
                case .text: break
                }
            }
        }
        var batch = XMLBatch()
        try reader.read(file, into: &batch)
        take(batch)
        try reader.complete(into: &batch)
        take(batch)
        return faults
    }

    private func faults(ofAttributes said: Set<String>, at path: String) -> [String] {
        guard let known = self.attributes[path] else { return ["\(path) is no element"] }
        return known.required.subtracting(said).sorted().map { "\(path) lacks \($0)" }
            + said.subtracting(known.all).sorted().map { "\(path) has \($0)" }
    }

    private func faults(ofChildren names: [String], at path: String) -> [String] {
        let rows = self.children[path] ?? []
        var faults: [String] = []
        var place = 0
        var counts = Array(repeating: 0, count: rows.count)
        for name in names {
            if place < rows.count, rows[place].name == name, counts[place] < rows[place].maximum {
                counts[place] += 1
            } else if let next = rows.indices.first(where: { $0 > place && rows[$0].name == name })
                ?? (place == 0 && counts.first == 0 ? rows.indices.first { rows[$0].name == name } : nil)
            {
                place = next
                counts[place] += 1
            } else {
                faults.append("\(path)/\(name) is out of order, too often, or not known")
            }
        }
        for (index, row) in rows.enumerated() where row.group.isEmpty && counts[index] < row.minimum {
            faults.append("\(path)/\(row.name) is missing")
        }
        return faults
    }
}
