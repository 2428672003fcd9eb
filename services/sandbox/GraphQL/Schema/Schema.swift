/// The types of an interface, read from their definitions.
public struct Schema: Sendable {
    struct Field: Sendable {
        var name: String
        var arguments: [InputValue]
        var type: TypeReference
    }

    struct InputValue: Sendable {
        var name: String
        var type: TypeReference
        var defaultValue: ValueNode?

        /// Whether it cannot be left out.
        var isRequired: Bool { self.type.isNonNull && self.defaultValue == nil }
    }

    enum Definition: Sendable {
        case scalar
        case enumeration([String])
        case object([String: Field], interfaces: [String])
        case interface([String: Field])
        case union([String])
        case input([InputValue])

        var fields: [String: Field]? {
            switch self {
            case .object(let fields, _), .interface(let fields): fields
            default: nil
            }
        }

        /// Whether values of it have no fields of their own.
        var isLeaf: Bool {
            switch self {
            case .scalar, .enumeration: true
            default: false
            }
        }

        var isInput: Bool {
            switch self {
            case .scalar, .enumeration, .input: true
            default: false
            }
        }
    }

    private(set) var types: [String: Definition] = [:]
    private(set) var directives: [String: [InputValue]] = [:]
    /// The types of queries and of mutations.
    private(set) var roots: [OperationKind: String] = [:]

    /// Reads definitions.
    ///
    /// - Throws: ``GraphQLError`` where they cannot be read, or name types that there are not.
    public init(_ definitions: String) throws(GraphQLError) {
        var limits = GraphQLLimits()
        limits.maximumDocumentBytes = 4_194_304
        limits.maximumTokens = 500_000
        var parser = try Parser(definitions, limits: limits)
        for name in ["Int", "Float", "String", "Boolean", "ID"] { self.types[name] = .scalar }
        self.directives["include"] = [Self.condition]
        self.directives["skip"] = [Self.condition]
        while parser.current.kind != .end { try self.define(&parser) }
        try self.check()
    }

    private static let condition = InputValue(name: "if", type: .nonNull(.named("Boolean")), defaultValue: nil)

    private mutating func define(_ parser: inout Parser) throws(GraphQLError) {
        if parser.current.kind == .string { _ = parser.advance() }
        let keyword = try parser.name()
        if keyword == "schema" {
            self.roots = try Self.roots(&parser)
            return
        }
        if keyword == "directive" { try parser.expect("@") }
        let name = try parser.name()
        switch keyword {
        case "directive": self.directives[name] = try Self.directive(&parser)
        case "scalar":
            _ = try parser.directives()
            self.types[name] = .scalar
        case "enum": self.types[name] = .enumeration(try Self.values(&parser))
        case "union": self.types[name] = .union(try Self.members(&parser))
        case "input": self.types[name] = .input(try Self.inputValues(&parser, from: "{", to: "}"))
        case "interface", "type":
            let interfaces = try Self.interfaces(&parser)
            let fields = try Self.fields(&parser)
            self.types[name] = keyword == "type" ? .object(fields, interfaces: interfaces) : .interface(fields)
        default: throw parser.unexpected()
        }
    }

    private func check() throws(GraphQLError) {
        func known(_ type: TypeReference, _ owner: String) throws(GraphQLError) {
            guard self.types[type.name] == nil else { return }
            throw GraphQLError("\(owner) names the type \(type.name), which is not defined", code: "undefinedType")
        }
        for (owner, definition) in self.types {
            for field in (definition.fields ?? [:]).values {
                try known(field.type, "\(owner).\(field.name)")
                for argument in field.arguments { try known(argument.type, "\(owner).\(field.name)") }
            }
            if case .input(let values) = definition {
                for value in values { try known(value.type, "\(owner).\(value.name)") }
            }
            if case .union(let members) = definition {
                for member in members { try known(.named(member), owner) }
            }
        }
        for root in self.roots.values { try known(.named(root), "the schema") }
    }
}

// MARK: - Questions

extension Schema {
    /// Whether values of a type have no fields of their own.
    func isLeaf(_ type: String) -> Bool { self.types[type]?.isLeaf ?? true }

    /// The objects that a value of a type can be.
    func possibleObjects(of type: String) -> Set<String> {
        switch self.types[type] {
        case .object: [type]
        case .union(let members): Set(members)
        case .interface:
            Set(
                self.types.compactMap { name, definition in
                    if case .object(_, let interfaces) = definition, interfaces.contains(type) { name } else { nil }
                })
        default: []
        }
    }

    /// Whether an object can be taken for a type.
    func isObject(_ object: String, a type: String) -> Bool {
        if object == type { return true }
        switch self.types[type] {
        case .union(let members): return members.contains(object)
        case .interface:
            guard case .object(_, let interfaces) = self.types[object] else { return false }
            return interfaces.contains(type)
        default: return false
        }
    }
}

// MARK: - Reading

extension Schema {
    private static func roots(_ parser: inout Parser) throws(GraphQLError) -> [OperationKind: String] {
        var roots: [OperationKind: String] = [:]
        try parser.expect("{")
        while !parser.takes("}") {
            guard let kind = OperationKind(rawValue: try parser.name()) else { throw parser.unexpected() }
            try parser.expect(":")
            roots[kind] = try parser.name()
        }
        return roots
    }

    private static func directive(_ parser: inout Parser) throws(GraphQLError) -> [InputValue] {
        var arguments: [InputValue] = []
        if parser.current.text == "(" { arguments = try self.inputValues(&parser, from: "(", to: ")") }
        guard try parser.name() == "on" else { throw parser.unexpected() }
        repeat { _ = try parser.name() } while parser.takes("|")
        return arguments
    }

    private static func values(_ parser: inout Parser) throws(GraphQLError) -> [String] {
        var values: [String] = []
        try parser.expect("{")
        while !parser.takes("}") {
            if parser.current.kind == .string { _ = parser.advance() }
            values.append(try parser.name())
            _ = try parser.directives()
        }
        return values
    }

    private static func members(_ parser: inout Parser) throws(GraphQLError) -> [String] {
        var members: [String] = []
        try parser.expect("=")
        _ = parser.takes("|")
        repeat { members.append(try parser.name()) } while parser.takes("|")
        return members
    }

    private static func interfaces(_ parser: inout Parser) throws(GraphQLError) -> [String] {
        var interfaces: [String] = []
        guard parser.current.kind == .name else { return interfaces }
        guard try parser.name() == "implements" else { throw parser.unexpected() }
        _ = parser.takes("&")
        repeat { interfaces.append(try parser.name()) } while parser.takes("&")
        return interfaces
    }

    private static func fields(_ parser: inout Parser) throws(GraphQLError) -> [String: Field] {
        var fields: [String: Field] = [:]
        try parser.expect("{")
        while !parser.takes("}") {
            if parser.current.kind == .string { _ = parser.advance() }
            let name = try parser.name()
            var arguments: [InputValue] = []
            if parser.current.text == "(" { arguments = try self.inputValues(&parser, from: "(", to: ")") }
            try parser.expect(":")
            let type = try parser.type(depth: 1)
            _ = try parser.directives()
            fields[name] = Field(name: name, arguments: arguments, type: type)
        }
        return fields
    }

    private static func inputValues(
        _ parser: inout Parser, from opening: String, to closing: String
    ) throws(GraphQLError) -> [InputValue] {
        var values: [InputValue] = []
        try parser.expect(opening)
        while !parser.takes(closing) {
            if parser.current.kind == .string { _ = parser.advance() }
            let name = try parser.name()
            try parser.expect(":")
            let type = try parser.type(depth: 1)
            let value = parser.takes("=") ? try parser.value(isConstant: true, depth: 1) : nil
            _ = try parser.directives()
            values.append(InputValue(name: name, type: type, defaultValue: value))
        }
        return values
    }
}
