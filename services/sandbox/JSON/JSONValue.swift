public import OrderedCollections

/// A value of JSON whose numbers are kept exactly: ids have 64 bits, and prices are no binary fractions.
public enum JSONValue: Sendable, Hashable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number without fraction and exponent that fits 64 bits.
    case integer(Int64)
    /// Any other number, as it was written.
    case decimal(String)
    /// A text.
    case string(String)
    /// Values in their order.
    case array([JSONValue])
    /// Members in their order; a repeated name stands for its last value.
    case object(JSONObject)

    /// The members of an object, in their order.
    public typealias JSONObject = OrderedDictionary<String, JSONValue>
}

extension JSONValue {
    /// The text; `nil` for anything else.
    public var text: String? { if case .string(let text) = self { text } else { nil } }
    /// The whole number; `nil` for anything else.
    public var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
    /// The truth value; `nil` for anything else.
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// The values of an array; `nil` for anything else.
    public var array: [JSONValue]? { if case .array(let values) = self { values } else { nil } }
    /// The members of an object; `nil` for anything else.
    public var object: JSONObject? { if case .object(let members) = self { members } else { nil } }
    /// Whether it is `null`.
    public var isNull: Bool { self == .null }

    /// A member of an object; `nil` where there is none, or where it is no object.
    public subscript(_ name: String) -> JSONValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    /// A text, or `null` in the place of none.
    public static func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
    /// A whole number, or `null` in the place of none.
    public static func number(_ number: Int?) -> JSONValue { number.map { .integer(Int64($0)) } ?? .null }
    /// An array of texts.
    public static func texts(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
}

// Not by `nil`: where an optional value is meant, it would silently be a present `null`.
extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A whole number.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// An array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object; the last of two members of one name counts.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements, uniquingKeysWith: { _, last in last }))
    }
}
