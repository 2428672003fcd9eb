internal import OrderedCollections
public import SandboxJSON

/// What became of an operation.
public struct GraphQLAnswer: Sendable {
    /// What was asked for, `null` where errors left nothing.
    public var data: JSONValue
    /// What went wrong on the way.
    public var errors: [GraphQLError] = []
}

extension PreparedOperation {
    /// Does the operation: fields one after the other.
    ///
    /// - Parameters:
    ///   - variables: As ``variables(_:)`` gave them.
    ///   - root: The object with the fields of the kind's root.
    public func execute(_ root: any GraphQLObject, variables: [String: JSONValue]) -> GraphQLAnswer {
        var executor = Executor(self, variables)
        guard let type = self.schema.roots[self.kind] else { return GraphQLAnswer(data: .null) }
        let data = executor.members(self.operation.selections, of: root, type: type, path: [])
        return GraphQLAnswer(data: data ?? .null, errors: executor.errors)
    }

    /// The arguments of the field that stands first at the root, for what is decided before the operation is done.
    public func firstArguments(variables: [String: JSONValue]) -> GraphQLArguments? {
        guard case .field(let field)? = self.operation.selections.first, let type = self.schema.roots[self.kind],
            let definition = self.schema.types[type]?.fields?[field.name]
        else { return nil }
        return Executor(self, variables).arguments(of: field, definition)
    }
}

struct Executor {
    private let schema: Schema
    private let document: Document
    private let variables: [String: JSONValue]
    private let declarations: [String: SourceLocation]
    private(set) var errors: [GraphQLError] = []

    init(_ operation: PreparedOperation, _ variables: [String: JSONValue]) {
        self.schema = operation.schema
        self.document = operation.document
        self.variables = variables
        self.declarations = Dictionary(
            operation.operation.variables.map { ($0.name, $0.location) }, uniquingKeysWith: { first, _ in first })
    }

    /// The members of an answer's object; `nil` where a field without null has none.
    mutating func members(
        _ selections: [Selection], of object: any GraphQLObject, type: String, path: [JSONValue]
    ) -> JSONValue? {
        var members: JSONValue.JSONObject = [:]
        var groups: [String: Int] = [:]
        var fields: [FieldNode] = []
        self.collect(selections, object.typeName, &fields, &groups)
        members.reserveCapacity(fields.count)
        for field in fields {
            guard let value = self.value(of: field, of: object, path: path) else { return nil }
            members[field.key] = value
        }
        return .object(members)
    }

    /// The fields that apply, those of one name merged.
    private func collect(
        _ selections: [Selection], _ type: String, _ fields: inout [FieldNode], _ groups: inout [String: Int]
    ) {
        for selection in selections {
            switch selection {
            case .field(let field):
                guard self.isIncluded(field.directives) else { continue }
                if let index = groups[field.key] {
                    fields[index].selections += field.selections
                } else {
                    groups[field.key] = fields.count
                    fields.append(field)
                }
            case .spread(let name, let directives, _):
                guard self.isIncluded(directives), let fragment = self.document.fragments[name],
                    self.schema.isObject(type, a: fragment.condition)
                else { continue }
                self.collect(fragment.selections, type, &fields, &groups)
            case .inline(let condition, let directives, let inner, _):
                guard self.isIncluded(directives), condition.map({ self.schema.isObject(type, a: $0) }) ?? true
                else { continue }
                self.collect(inner, type, &fields, &groups)
            }
        }
    }

    private func isIncluded(_ directives: [DirectiveNode]) -> Bool {
        directives.allSatisfy { directive in
            guard directive.name == "skip" || directive.name == "include" else { return true }
            let value = directive.arguments.first.flatMap {
                InputCoercion.json($0.value, variables: self.variables)
            }
            return (value == .bool(true)) == (directive.name == "include")
        }
    }

    private mutating func value(
        of field: FieldNode, of object: any GraphQLObject, path: [JSONValue]
    ) -> JSONValue? {
        if field.name == "__typename" { return .string(object.typeName) }
        guard let definition = self.schema.types[object.typeName]?.fields?[field.name] else { return .null }
        let path = path + [.string(field.key)]
        let result: GraphQLResult
        do throws(GraphQLError) {
            result = try object.value(of: field.name, self.arguments(of: field, definition))
        } catch {
            var error = error
            if error.locations.isEmpty { error.locations = [field.location] }
            if error.path.isEmpty { error.path = path }
            self.errors.append(error)
            return definition.type.isNonNull ? nil : .null
        }
        return self.complete(result, definition.type, field, path)
    }

    private mutating func complete(
        _ result: GraphQLResult, _ type: TypeReference, _ field: FieldNode, _ path: [JSONValue]
    ) -> JSONValue? {
        switch (result, type) {
        case (.null, .nonNull), (.leaf(.null), .nonNull):
            self.errors.append(
                GraphQLError(
                    "Cannot return null for non-nullable field \(field.name)", code: "INTERNAL_SERVER_ERROR",
                    at: [field.location], path: path))
            return nil
        case (_, .nonNull(let inner)):
            let value = self.complete(result, inner, field, path)
            return value?.isNull == true ? nil : value
        case (.null, _): return .null
        case (.leaf(let value), _): return value
        case (.object(let object), _):
            let value = self.members(field.selections, of: object, type: type.name, path: path)
            return value ?? .null
        case (.list(let results), _): return self.complete(results, type, field, path)
        }
    }

    private mutating func complete(
        _ results: [GraphQLResult], _ type: TypeReference, _ field: FieldNode, _ path: [JSONValue]
    ) -> JSONValue? {
        let element: TypeReference = if case .list(let element) = type { element } else { type }
        var values: [JSONValue] = []
        values.reserveCapacity(results.count)
        for (index, result) in results.enumerated() {
            guard let value = self.complete(result, element, field, path + [.number(index)]) else { return nil }
            values.append(value)
        }
        return .array(values)
    }

    func arguments(of field: FieldNode, _ definition: Schema.Field) -> GraphQLArguments {
        var locations = [field.location]
        var values: JSONValue.JSONObject = [:]
        var coercion = InputCoercion(self.schema)
        for argument in definition.arguments {
            let node = field.arguments.first { $0.name == argument.name }
            let given = node.flatMap { InputCoercion.json($0.value, variables: self.variables) }
            if case .variable(let name)? = node?.value, let location = self.declarations[name] {
                locations.append(location)
            }
            // A variable that was not given leaves the argument out.
            guard let value = given ?? argument.defaultValue.flatMap({ InputCoercion.json($0, variables: [:]) }) else {
                continue
            }
            values[argument.name] = coercion.coerce(value, argument.type)
        }
        let directive = field.directives.first { $0.name == "idempotent" }
        let key = directive?.arguments.first.flatMap { InputCoercion.json($0.value, variables: self.variables)?.text }
        return GraphQLArguments(values, idempotencyKey: key, locations: locations)
    }
}
