internal import FileFormats

/// Where in a product a value is.
///
/// Names with points between them: `warranty.time`; a name with other characters than letters, digits, blanks, `_`, `-` and
/// `/` stands in quotation marks: `attributes."Size (mm)"`. Of a list `[0]` is its first element, `[*]` is every element, and
/// `[type=P04]` is the first one whose `type` is that; behind `[*]` it keeps those whose `type` is that. A name on a list of
/// texts under codes or names finds the text: `descriptions.SHO`, or in words `descriptions.short`.
public struct SourcePath: Hashable, Sendable {
    enum Step: Hashable, Sendable {
        case member(String)
        case element(Int)
        case every
        case matching(member: String, value: String)
    }

    /// The path as it was written.
    public let text: String
    let steps: [Step]

    /// Reads a path.
    ///
    /// - Throws: What is wrong with it, after its name.
    public init(_ text: String) throws(SyntaxFault) {
        var parser = SourcePathParser(text)
        self.steps = try parser.steps()
        self.text = text
    }

    /// The name that it begins with.
    public var root: String {
        if case .member(let name)? = self.steps.first { name } else { "" }
    }

    /// What is wrong with a path.
    public struct SyntaxFault: Error, Hashable, Sendable, CustomStringConvertible {
        /// After the path's name: "has an empty name at character 3".
        public let description: String
    }

    /// The values at the path, in their order; those that say nothing are left out.
    ///
    /// - Throws: Where it finds more than ``MappingLimits/valuesOfPath``.
    func values(in product: JSONValue) throws(MappingFault) -> SourceValues? {
        var found = [product]
        var isMany = false
        for step in self.steps {
            var next: [JSONValue] = []
            for value in found { step.append(of: value, isFilter: isMany, to: &next) }
            guard next.count <= MappingLimits.valuesOfPath else {
                throw MappingFault("\(self.text) has more than \(MappingLimits.valuesOfPath) values")
            }
            if step == .every { isMany = true }
            found = next
        }
        if !isMany, case .array(let elements)? = found.first {
            found = elements
            isMany = true
        }
        found.removeAll { $0.saysNothing }
        guard let first = found.first else { return nil }
        return isMany ? .many(found) : .one(first)
    }
}

/// What a path finds: one value, or some of a list.
enum SourceValues: Sendable {
    case one(JSONValue)
    case many([JSONValue])
}

extension SourcePath.Step {
    fileprivate func append(of value: JSONValue, isFilter: Bool, to found: inout [JSONValue]) {
        switch (self, value) {
        case (.member(let name), .object):
            if let member = value[name] { found.append(member) }
        case (.member(let name), .array(let elements)):
            if let text = KeyedTexts.text(name, in: elements) { found.append(text) }
        case (.element(let place), .array(let elements)):
            if elements.indices.contains(place) { found.append(elements[place]) }
        case (.every, .array(let elements)): found += elements
        case (.matching(let member, let wanted), .array(let elements)):
            if let element = elements.first(where: { $0.has(wanted, at: member) }) { found.append(element) }
        case (.matching(let member, let wanted), .object):
            if isFilter, value.has(wanted, at: member) { found.append(value) }
        default: break
        }
    }
}

/// Lists of texts under codes or names: descriptions, attribute values, extended information.
private enum KeyedTexts {
    /// What people call the kinds of descriptions.
    private static let codes = [
        "short": "SHO", "long": "DES", "extended": "EXT", "marketing": "MKT", "invoice": "INV", "label": "LAB",
        "abbreviated": "ABR", "keywords": "KEY",
    ]

    static func text(_ name: String, in elements: [JSONValue]) -> JSONValue? {
        for element in elements {
            if element.has(name, at: "code") || Self.codes[name].map({ element.has($0, at: "code") }) == true {
                return element["text"]
            }
            if element.has(name, at: "name") { return element["value"] }
        }
        return nil
    }
}
