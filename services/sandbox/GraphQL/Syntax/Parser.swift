internal import OrderedCollections
internal import SandboxJSON

/// Reads operations and fragments out of words (GraphQL, October 2021, section 2).
///
/// How deep a document may lie is limited, so that recursion is.
struct Parser {
    private let tokens: [Token]
    private let maximumDepth: Int
    private var position = 0

    init(_ text: String, limits: GraphQLLimits) throws(GraphQLError) {
        guard text.utf8.count <= limits.maximumDocumentBytes else {
            throw .parse(
                "the document has more than \(limits.maximumDocumentBytes) bytes", SourceLocation(line: 1, column: 1))
        }
        var lexer = Lexer(text, maximumTokens: limits.maximumTokens)
        self.tokens = try lexer.tokens()
        self.maximumDepth = limits.maximumSyntaxDepth
    }

    /// The whole document.
    mutating func document() throws(GraphQLError) -> Document {
        var document = Document()
        repeat {
            if self.current.kind == .name, self.current.text == "fragment" {
                let fragment = try self.fragment()
                guard document.fragments.updateValue(fragment, forKey: fragment.name) == nil else {
                    throw GraphQLError(
                        "Fragment name \"\(fragment.name)\" must be unique", code: "fragmentNotUnique",
                        at: [fragment.location], details: ["fragmentName": .string(fragment.name)])
                }
            } else {
                document.operations.append(try self.operation())
            }
        } while self.current.kind != .end
        return document
    }

    var current: Token { self.tokens[self.position] }

    mutating func advance() -> Token {
        let token = self.tokens[self.position]
        if token.kind != .end { self.position += 1 }
        return token
    }

    func unexpected() -> GraphQLError {
        let token = self.current
        return token.kind == .end
            ? .parse("unexpected end of file", token.location)
            : .parse("unexpected \"\(token.text)\"", token.location)
    }

    mutating func takes(_ punctuator: String) -> Bool {
        guard self.current.kind == .punctuator, self.current.text == punctuator else { return false }
        self.position += 1
        return true
    }

    mutating func expect(_ punctuator: String) throws(GraphQLError) {
        guard self.takes(punctuator) else { throw self.unexpected() }
    }

    mutating func name() throws(GraphQLError) -> String {
        guard self.current.kind == .name else { throw self.unexpected() }
        return self.advance().text
    }

    private func check(_ depth: Int) throws(GraphQLError) {
        guard depth <= self.maximumDepth else {
            throw .parse("the document lies more than \(self.maximumDepth) deep", self.current.location)
        }
    }
}

// MARK: - Operations

extension Parser {
    private mutating func operation() throws(GraphQLError) -> Operation {
        let location = self.current.location
        if self.current.text == "{", self.current.kind == .punctuator {
            return Operation(kind: .query, selections: try self.selections(depth: 1), location: location)
        }
        guard self.current.kind == .name, let kind = OperationKind(rawValue: self.current.text) else {
            throw self.unexpected()
        }
        _ = self.advance()
        var operation = Operation(kind: kind, selections: [], location: location)
        if self.current.kind == .name { operation.name = self.advance().text }
        if self.takes("(") {
            repeat { operation.variables.append(try self.variable()) } while !self.takes(")")
        }
        operation.directives = try self.directives()
        operation.selections = try self.selections(depth: 1)
        return operation
    }

    private mutating func variable() throws(GraphQLError) -> VariableDefinition {
        let location = self.current.location
        try self.expect("$")
        let name = try self.name()
        try self.expect(":")
        let type = try self.type(depth: 1)
        let value = self.takes("=") ? try self.value(isConstant: true, depth: 1) : nil
        _ = try self.directives()
        return VariableDefinition(name: name, type: type, defaultValue: value, location: location)
    }

    private mutating func fragment() throws(GraphQLError) -> Fragment {
        let location = self.advance().location
        guard self.current.text != "on" else { throw self.unexpected() }
        let name = try self.name()
        guard try self.name() == "on" else { throw self.unexpected() }
        let condition = try self.name()
        _ = try self.directives()
        return Fragment(
            name: name, condition: condition, selections: try self.selections(depth: 1), location: location)
    }

    private mutating func selections(depth: Int) throws(GraphQLError) -> [Selection] {
        try self.check(depth)
        try self.expect("{")
        var selections: [Selection] = []
        repeat { selections.append(try self.selection(depth: depth)) } while !self.takes("}")
        return selections
    }

    private mutating func selection(depth: Int) throws(GraphQLError) -> Selection {
        let location = self.current.location
        guard self.takes("...") else { return .field(try self.field(depth: depth)) }
        if self.current.kind == .name, self.current.text != "on" {
            return .spread(name: self.advance().text, try self.directives(), location)
        }
        var condition: String?
        if self.current.kind == .name {
            _ = self.advance()
            condition = try self.name()
        }
        let directives = try self.directives()
        return .inline(condition: condition, directives, try self.selections(depth: depth + 1), location)
    }

    private mutating func field(depth: Int) throws(GraphQLError) -> FieldNode {
        let location = self.current.location
        var name = try self.name()
        var alias: String?
        if self.takes(":") {
            alias = name
            name = try self.name()
        }
        let arguments = try self.arguments(isConstant: false)
        let directives = try self.directives()
        let hasSelections = self.current.kind == .punctuator && self.current.text == "{"
        return FieldNode(
            alias: alias, name: name, arguments: arguments, directives: directives,
            selections: hasSelections ? try self.selections(depth: depth + 1) : [], location: location)
    }

    mutating func arguments(isConstant: Bool) throws(GraphQLError) -> [ArgumentNode] {
        var arguments: [ArgumentNode] = []
        guard self.takes("(") else { return arguments }
        repeat {
            let location = self.current.location
            let name = try self.name()
            try self.expect(":")
            arguments.append(
                ArgumentNode(name: name, value: try self.value(isConstant: isConstant, depth: 1), location: location))
        } while !self.takes(")")
        return arguments
    }

    mutating func directives() throws(GraphQLError) -> [DirectiveNode] {
        var directives: [DirectiveNode] = []
        while self.current.kind == .punctuator, self.current.text == "@" {
            let location = self.advance().location
            let name = try self.name()
            directives.append(
                DirectiveNode(name: name, arguments: try self.arguments(isConstant: false), location: location))
        }
        return directives
    }
}

// MARK: - Values and types

extension Parser {
    mutating func type(depth: Int) throws(GraphQLError) -> TypeReference {
        try self.check(depth)
        var type: TypeReference
        if self.takes("[") {
            type = .list(try self.type(depth: depth + 1))
            try self.expect("]")
        } else {
            type = .named(try self.name())
        }
        if self.takes("!") { type = .nonNull(type) }
        return type
    }

    mutating func value(isConstant: Bool, depth: Int) throws(GraphQLError) -> ValueNode {
        try self.check(depth)
        let token = self.current
        switch token.kind {
        case .integer, .decimal, .string, .name:
            _ = self.advance()
            return Self.scalar(token)
        case .punctuator where token.text == "$" && !isConstant:
            _ = self.advance()
            return .variable(try self.name())
        case .punctuator where token.text == "[":
            _ = self.advance()
            var values: [ValueNode] = []
            while !self.takes("]") { values.append(try self.value(isConstant: isConstant, depth: depth + 1)) }
            return .list(values)
        case .punctuator where token.text == "{":
            _ = self.advance()
            return .object(try self.objectFields(isConstant: isConstant, depth: depth + 1))
        default: throw self.unexpected()
        }
    }

    private mutating func objectFields(isConstant: Bool, depth: Int) throws(GraphQLError) -> [ArgumentNode] {
        var fields: [ArgumentNode] = []
        while !self.takes("}") {
            let location = self.current.location
            let name = try self.name()
            try self.expect(":")
            fields.append(
                ArgumentNode(
                    name: name, value: try self.value(isConstant: isConstant, depth: depth), location: location))
        }
        return fields
    }

    private static func scalar(_ token: Token) -> ValueNode {
        switch (token.kind, token.text) {
        case (.integer, _): .integer(token.text)
        case (.decimal, _): .decimal(token.text)
        case (.string, _): .string(token.text)
        case (_, "true"): .bool(true)
        case (_, "false"): .bool(false)
        case (_, "null"): .null
        default: .enumeration(token.text)
        }
    }
}
