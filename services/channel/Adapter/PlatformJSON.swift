public import FileFormats

/// Reading and writing JSON of platforms. Numbers stay the text that they are: ids of 64 bits and amounts of money are
/// never binary fractions.
extension JSONValue {
    /// An object of the members that have a value; a member that is to be null is ``JSONValue/null``.
    public static func members(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        .object(members.compactMap { name, value in value.map { Member(name: name, value: $0) } })
    }

    /// A number without a fraction.
    public static func integer(_ value: Int64) -> JSONValue { .number("\(value)") }

    /// A text that is left out where it is empty.
    public static func nonEmpty(_ text: String) -> JSONValue? { text.isEmpty ? nil : .string(text) }

    /// The member of a name; nil: there is none, it is null, or this is no object.
    public subscript(_ name: String) -> JSONValue? {
        guard case .object(let members) = self, let member = members.first(where: { $0.name == name }),
            member.value != .null
        else { return nil }
        return member.value
    }

    /// What is found by going from member to member; nil where one is missing or null.
    public func at(_ path: String...) -> JSONValue? {
        var value = self
        for name in path {
            guard let next = value[name] else { return nil }
            value = next
        }
        return value
    }

    /// The same object with another value for a member, at its place or behind all others.
    public func setting(_ name: String, to value: JSONValue) -> JSONValue {
        guard case .object(var members) = self else { return self }
        let member = Member(name: name, value: value)
        if let place = members.firstIndex(where: { $0.name == name }) {
            members[place] = member
        } else {
            members.append(member)
        }
        return .object(members)
    }

    /// The text; nil: it is none.
    public var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The digits of a text or a number, as they are written; nil: it is neither.
    public var digits: String? {
        switch self {
        case .string(let text), .number(let text): text
        default: nil
        }
    }

    /// A whole number, written as a number or a text; nil: it is none, or does not fit into 64 bits.
    public var integer: Int64? { self.digits.flatMap { Int64($0) } }

    /// Yes or no; nil: it is neither.
    public var truth: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// The elements; none where it is no array.
    public var elements: [JSONValue] {
        guard case .array(let values) = self else { return [] }
        return values
    }

    /// Its text in UTF-8, without white space.
    public var bytes: [UInt8] {
        var writer = JSONTextWriter(indentation: nil)
        writer.write(self, depth: 0)
        return writer.bytes
    }

    /// Its text for people, a member a line.
    public var readableText: String {
        var writer = JSONTextWriter(indentation: 2)
        writer.write(self, depth: 0)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

private struct JSONTextWriter {
    var bytes: [UInt8] = []
    private let indentation: Int?

    /// - Parameter indentation: Blanks by which what is inside is moved in; nil: all stands on one line.
    init(indentation: Int?) { self.indentation = indentation }

    mutating func write(_ value: JSONValue, depth: Int) {
        switch value {
        case .null: self.bytes += "null".utf8
        case .bool(let value): self.bytes += (value ? "true" : "false").utf8
        case .number(let digits): self.bytes += digits.utf8
        case .string(let text): self.write(text)
        case .array(let values):
            self.writeList("[", "]", values, depth: depth) { writer, value, depth in
                writer.write(value, depth: depth)
            }
        case .object(let members):
            self.writeList("{", "}", members, depth: depth) { writer, member, depth in
                writer.write(member.name)
                writer.bytes += (writer.indentation == nil ? ":" : ": ").utf8
                writer.write(member.value, depth: depth)
            }
        }
    }

    private mutating func writeList<Element>(
        _ opening: String, _ closing: String, _ elements: [Element], depth: Int,
        _ write: (inout Self, Element, Int) -> Void
    ) {
        self.bytes += opening.utf8
        for (place, element) in elements.enumerated() {
            if place > 0 { self.bytes.append(UInt8(ascii: ",")) }
            self.breakLine(depth: depth + 1)
            write(&self, element, depth + 1)
        }
        if !elements.isEmpty { self.breakLine(depth: depth) }
        self.bytes += closing.utf8
    }

    private mutating func breakLine(depth: Int) {
        guard let indentation else { return }
        self.bytes.append(UInt8(ascii: "\n"))
        self.bytes += [UInt8](repeating: UInt8(ascii: " "), count: depth * indentation)
    }

    private mutating func write(_ text: String) {
        self.bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): self.bytes += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): self.bytes += "\\n".utf8
            case 0..<0x20: self.bytes += "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
            default: self.bytes.append(byte)
            }
        }
        self.bytes.append(UInt8(ascii: "\""))
    }
}
