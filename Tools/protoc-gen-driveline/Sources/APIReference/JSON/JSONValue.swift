/// A value of JSON whose objects keep their members in order, so that the same API gives the same text.
public enum JSONValue: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// `null`
    case null
    /// `true` or `false`
    case boolean(Bool)
    /// A whole number: those of 64 bits, with and without a sign, are in its range.
    case integer(Int128)
    /// Any other number, as it is written.
    case number(String)
    /// A text.
    case text(String)
    /// A list.
    case list([JSONValue])
    /// An object.
    case object(JSONObject)

    /// A text.
    public init(stringLiteral value: String) { self = .text(value) }
    /// `true` or `false`.
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    /// A whole number.
    public init(integerLiteral value: Int) { self = .integer(Int128(value)) }
    /// A list.
    public init(arrayLiteral elements: JSONValue...) { self = .list(elements) }
    /// An object.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(members: elements.map(JSONObject.Member.init)))
    }

    /// The object's member of a name; `nil` where there is none, or this is no object.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let object) = self else { return nil }
        return object[name]
    }
}

/// The members of an object of JSON, in order.
public struct JSONObject: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// A name with its value.
    public struct Member: Sendable, Hashable {
        /// The name.
        public var name: String
        /// The value.
        public var value: JSONValue
    }

    /// All members.
    public private(set) var members: [Member]

    /// An object of members, whose names must differ.
    public init(members: [Member] = []) { self.members = members }

    /// An object of members, whose names must differ.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.members = elements.map(Member.init)
    }

    /// The member of a name. A new one comes last; one that is set to `nil` goes.
    public subscript(name: String) -> JSONValue? {
        get { self.members.first { $0.name == name }?.value }
        set {
            let index = self.members.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): self.members[index].value = value
            case (let index?, nil): self.members.remove(at: index)
            case (nil, let value?): self.members.append(Member(name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    /// Adds the members of another object behind these; where both have a name, the other's value counts.
    public mutating func merge(_ other: JSONObject) {
        for member in other.members { self[member.name] = member.value }
    }
}
