public import OrderedCollections
public import SandboxJSON

/// An operation that was read and found valid, ready to be done with any variables.
public struct PreparedOperation: Sendable {
    /// What it is.
    public let kind: OperationKind
    /// The fields that it asks for at its root, in their order, by the names they have in the schema.
    public let rootFields: [String]
    let operation: Operation
    let document: Document
    /// What it was checked against.
    public let schema: Schema

    /// Reads a document and checks one of its operations.
    ///
    /// - Parameter name: Which operation; it may be `nil` where there is only one.
    /// - Throws: ``GraphQLErrors`` with what is wrong.
    public init(
        _ text: String, operation name: String? = nil, schema: Schema, limits: GraphQLLimits = GraphQLLimits()
    ) throws(GraphQLErrors) {
        let document: Document
        do throws(GraphQLError) {
            var parser = try Parser(text, limits: limits)
            document = try parser.document()
            self.operation = try Self.operation(name, of: document)
        } catch {
            throw GraphQLErrors(errors: [error])
        }
        var validator = Validator(schema, document, limits)
        try validator.validate(self.operation)
        self.kind = self.operation.kind
        self.document = document
        self.schema = schema
        self.rootFields = Self.fields(self.operation.selections, document)
    }

    private static func fields(_ selections: [Selection], _ document: Document) -> [String] {
        selections.flatMap { selection in
            switch selection {
            case .field(let field): [field.name]
            case .spread(let name, _, _): self.fields(document.fragments[name]?.selections ?? [], document)
            case .inline(_, _, let inner, _): self.fields(inner, document)
            }
        }
    }

    private static func operation(_ name: String?, of document: Document) throws(GraphQLError) -> Operation {
        if let name {
            guard let operation = document.operations.first(where: { $0.name == name }) else {
                throw GraphQLError("No operation named \"\(name)\"", code: "BAD_REQUEST")
            }
            return operation
        }
        guard let operation = document.operations.first, document.operations.count == 1 else {
            throw GraphQLError("An operation name is required", code: "BAD_REQUEST")
        }
        return operation
    }

    /// The values of the operation's variables.
    ///
    /// - Throws: ``GraphQLErrors``, one for each variable that has no valid value.
    public func variables(_ given: JSONValue.JSONObject) throws(GraphQLErrors) -> [String: JSONValue] {
        var values: [String: JSONValue] = [:]
        var errors: [GraphQLError] = []
        for variable in self.operation.variables {
            let value = given[variable.name]
            if value == nil, variable.defaultValue == nil, !variable.type.isNonNull { continue }
            let present = value ?? variable.defaultValue.flatMap { InputCoercion.json($0, variables: [:]) } ?? .null
            var coercion = InputCoercion(self.schema)
            values[variable.name] = coercion.coerce(present, variable.type)
            if !coercion.problems.isEmpty { errors.append(Self.error(variable, present, coercion.problems)) }
        }
        guard errors.isEmpty else { throw GraphQLErrors(errors: errors) }
        return values
    }

    private static func error(
        _ variable: VariableDefinition, _ value: JSONValue, _ problems: [InputCoercion.Problem]
    ) -> GraphQLError {
        let places = problems.compactMap { problem -> String? in
            guard !problem.path.isEmpty else { return nil }
            let path = problem.path.map { $0.text ?? $0.jsonText }.joined(separator: ".")
            return "\(path) (\(problem.explanation))"
        }
        let end = places.isEmpty ? "" : " for \(places.joined(separator: ", "))"
        return GraphQLError(
            "Variable $\(variable.name) of type \(variable.type) was provided invalid value\(end)",
            code: "INVALID_VARIABLE", at: [variable.location],
            details: ["value": value, "problems": .array(problems.map(\.json))])
    }
}
