public import FileFormats

extension JSONValue {
    /// The value without what says nothing: in JSON, messages have fields that nobody has set.
    public var withoutSilence: JSONValue {
        switch self {
        case .object(let members):
            .object(
                members.compactMap { member in
                    let value = member.value.withoutSilence
                    return value.saysNothing ? nil : Member(name: member.name, value: value)
                })
        case .array(let elements): .array(elements.map(\.withoutSilence).filter { !$0.saysNothing })
        case .string, .number, .bool, .null: self
        }
    }

    /// An object with a list in addition.
    public func with(_ elements: [JSONValue], named name: String) -> JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(members + [Member(name: name, value: .array(elements))])
    }

    /// A member of an object by its name.
    subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// What a product's message has where nobody has said anything: nothing, an empty text, zero, an enumeration's first.
    var saysNothing: Bool {
        switch self {
        case .null, .string(""), .number("0"), .string("unspecified"), .array([]), .object([]): true
        default: false
        }
    }

    /// Whether an object's member is a text, number or truth value that reads so.
    func has(_ wanted: String, at member: String) -> Bool {
        switch self[member] {
        case .string(let text)?, .number(let text)?: text == wanted
        case .bool(let value)?: "\(value)" == wanted
        default: false
        }
    }
}
