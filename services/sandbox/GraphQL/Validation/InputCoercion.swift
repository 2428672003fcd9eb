internal import OrderedCollections
internal import SandboxJSON

/// Turns values of requests into values of types (section 3, "Input Coercion"), or says what is wrong with them.
struct InputCoercion {
    /// Something that is wrong with a value, and where in it.
    struct Problem {
        var path: [JSONValue]
        var explanation: String

        var json: JSONValue { ["path": .array(self.path), "explanation": .string(self.explanation)] }
    }

    let schema: Schema
    private(set) var problems: [Problem] = []

    init(_ schema: Schema) { self.schema = schema }

    /// The value as its type has it; notes problems, and gives `null` for what has them.
    mutating func coerce(_ value: JSONValue, _ type: TypeReference, _ path: [JSONValue] = []) -> JSONValue {
        switch (value, type) {
        case (.null, .nonNull):
            self.problems.append(Problem(path: path, explanation: "Expected value to not be null"))
            return .null
        case (.null, _): return .null
        case (_, .nonNull(let inner)): return self.coerce(value, inner, path)
        case (.array(let values), .list(let element)):
            return .array(
                values.enumerated().map { index, value in self.coerce(value, element, path + [.number(index)]) })
        case (_, .list(let element)): return .array([self.coerce(value, element, path)])
        case (_, .named(let name)): return self.coerce(value, named: name, path)
        }
    }

    private mutating func coerce(_ value: JSONValue, named name: String, _ path: [JSONValue]) -> JSONValue {
        switch self.schema.types[name] {
        case .enumeration(let values):
            if case .string(let word) = value, values.contains(word) { return value }
            return self.refuse(
                path, "Expected \(value.jsonText) to be one of: \(values.joined(separator: ", "))")
        case .input(let fields): return self.coerce(value, fields, name, path)
        default:
            if let value = Self.scalar(name, of: value) { return value }
            let kind = name == "Int" || name == "Float" || name == "Boolean" ? "\(name)" : "valid \(name)"
            return self.refuse(path, "Could not coerce value \(value.jsonText) to \(kind)")
        }
    }

    private mutating func refuse(_ path: [JSONValue], _ explanation: String) -> JSONValue {
        self.problems.append(Problem(path: path, explanation: explanation))
        return .null
    }

    private mutating func coerce(
        _ value: JSONValue, _ fields: [Schema.InputValue], _ name: String, _ path: [JSONValue]
    ) -> JSONValue {
        guard case .object(let given) = value else {
            return self.refuse(path, "Expected \(value.jsonText) to be a key-value object.")
        }
        for field in given.keys where !fields.contains(where: { $0.name == field }) {
            self.problems.append(
                Problem(path: path + [.string(field)], explanation: "Field is not defined on \(name)"))
        }
        var members: JSONValue.JSONObject = [:]
        for field in fields {
            if let value = given[field.name] {
                members[field.name] = self.coerce(value, field.type, path + [.string(field.name)])
            } else if let value = field.defaultValue {
                members[field.name] = self.coerce(
                    Self.json(value, variables: [:]) ?? .null, field.type, path + [.string(field.name)])
            } else if field.type.isNonNull {
                self.problems.append(
                    Problem(path: path + [.string(field.name)], explanation: "Expected value to not be null"))
            }
        }
        return .object(members)
    }

    /// A value as it is written, with its variables replaced; `nil` for a variable that was not given.
    static func json(_ value: ValueNode, variables: [String: JSONValue]) -> JSONValue? {
        switch value {
        case .variable(let name): return variables[name]
        case .integer(let text): return Int64(text).map { .integer($0) } ?? .decimal(text)
        case .decimal(let text): return .decimal(text)
        case .string(let text), .enumeration(let text): return .string(text)
        case .bool(let value): return .bool(value)
        case .null: return .null
        case .list(let values): return .array(values.map { self.json($0, variables: variables) ?? .null })
        case .object(let fields):
            var members: JSONValue.JSONObject = [:]
            for field in fields { members[field.name] = self.json(field.value, variables: variables) }
            return .object(members)
        }
    }
}

// MARK: - Scalars

extension InputCoercion {
    static func scalar(_ name: String, of value: ValueNode) -> JSONValue? {
        self.json(value, variables: [:]).flatMap { self.scalar(name, of: $0) }
    }

    /// A value as a scalar has it; `nil` where it cannot.
    static func scalar(_ name: String, of value: JSONValue) -> JSONValue? {
        switch (name, value) {
        case ("Int", .integer(let number)): return Int32(exactly: number) == nil ? nil : value
        case ("Float", .integer), ("Float", .decimal): return value
        case ("Boolean", .bool): return value
        case ("String", .string), ("JSON", _): return value
        case ("ID", .string(let text)): return text.isEmpty ? nil : value
        case ("ID", .integer(let number)): return .string(String(number))
        case ("Decimal", _), ("Money", _): return self.decimal(value)
        case ("UnsignedInt64", .integer(let number)): return number < 0 ? nil : .string(String(number))
        case ("UnsignedInt64", .string(let text)): return UInt64(text) == nil ? nil : value
        case ("Int", _), ("Float", _), ("Boolean", _), ("String", _), ("ID", _), ("UnsignedInt64", _): return nil
        case (_, .string): return value
        default: return nil
        }
    }

    private static func decimal(_ value: JSONValue) -> JSONValue? {
        switch value {
        case .integer(let number): return .string(String(number))
        case .decimal(let text): return .string(text)
        case .string(let text):
            let digits = text.hasPrefix("-") ? text.dropFirst() : Substring(text)
            let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
            let isNumber =
                (1...2).contains(parts.count)
                && parts.allSatisfy { part in
                    !part.isEmpty && part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
                }
            return isNumber ? value : nil
        default: return nil
        }
    }
}
