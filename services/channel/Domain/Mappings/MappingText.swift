internal import FileFormats

/// Why a rule gives no value though it should: for people.
struct MappingFault: Error, Hashable, Sendable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// What a rule makes its value of, step by step: one text, or some.
enum MappingText: Hashable, Sendable {
    case one(String)
    case many([MappingElement])

    /// The texts of values; those of objects and lists are their JSON.
    init(_ values: SourceValues) {
        switch values {
        case .one(let value): self = .one(MappingElement(value).text)
        case .many(let values): self = .many(values.map { MappingElement($0) })
        }
    }

    /// What goes into the listing: several texts as a list in JSON.
    var final: String {
        switch self {
        case .one(let text): text
        case .many(let elements): "[" + elements.map(\.json).joined(separator: ",") + "]"
        }
    }

    var byteCount: Int {
        switch self {
        case .one(let text): text.utf8.count
        case .many(let elements): elements.reduce(2) { $0 + $1.text.utf8.count + 3 }
        }
    }
}

/// One of several texts, which may be an object or a list as JSON.
struct MappingElement: Hashable, Sendable {
    var text: String
    /// Whether the text is the JSON of an object, list, number or truth value, and is written as that.
    var isJSON = false

    init(_ text: String) { self.text = text }

    init(_ value: JSONValue) {
        switch value {
        case .string(let text): self.text = text
        case .number(let text): (self.text, self.isJSON) = (text, true)
        case .bool(let value): (self.text, self.isJSON) = ("\(value)", true)
        case .object, .array, .null: (self.text, self.isJSON) = (value.compactText, true)
        }
    }

    var json: String { self.isJSON ? self.text : JSONValue.quoted(self.text) }
}

extension JSONValue {
    /// The value as JSON without white space.
    var compactText: String {
        switch self {
        case .object(let members):
            "{" + members.map { Self.quoted($0.name) + ":" + $0.value.compactText }.joined(separator: ",") + "}"
        case .array(let values): "[" + values.map(\.compactText).joined(separator: ",") + "]"
        case .string(let text): Self.quoted(text)
        case .number(let digits): digits
        case .bool(let value): "\(value)"
        case .null: "null"
        }
    }

    /// A text as JSON.
    static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                bytes += Array("\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
        return String(decoding: bytes, as: UTF8.self)
    }
}
