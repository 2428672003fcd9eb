internal import OrderedCollections
internal import SandboxJSON

/// Checks an operation of a document against a schema, as far as an answer depends on it (section 5).
struct Validator {
    let schema: Schema
    let document: Document
    let limits: GraphQLLimits
    var errors: [GraphQLError] = []
    private(set) var fieldCount = 0
    var usedVariables: Set<String> = []
    private var usedFragments: Set<String> = []
    private var openFragments: [String] = []
    var variables: [String: VariableDefinition] = [:]
    var label = ""

    init(_ schema: Schema, _ document: Document, _ limits: GraphQLLimits) {
        self.schema = schema
        self.document = document
        self.limits = limits
    }

    /// Checks one operation.
    ///
    /// - Throws: ``GraphQLErrors`` with all that is wrong, up to the limit of errors.
    mutating func validate(_ operation: Operation) throws(GraphQLErrors) {
        self.label = operation.label
        do {
            try self.check(operation)
        } catch {
            self.errors.append(error)
        }
        guard self.errors.isEmpty else {
            throw GraphQLErrors(errors: Array(self.errors.prefix(self.limits.maximumErrors)))
        }
    }

    private mutating func check(_ operation: Operation) throws(GraphQLError) {
        guard let root = self.schema.roots[operation.kind] else {
            throw GraphQLError(
                "Schema is not configured for \(operation.kind.rawValue)s", code: "missingRoot",
                at: [operation.location])
        }
        self.checkVariables(of: operation)
        self.check(operation.directives, path: [.string(self.label)])
        try self.check(operation.selections, on: root, path: [.string(self.label)], depth: 1)
        for variable in operation.variables where !self.usedVariables.contains(variable.name) {
            self.note(
                "Variable $\(variable.name) is declared by \(operation.name ?? "anonymous \(operation.kind.rawValue)") but not used",
                "variableNotUsed", variable.location, [.string(self.label)],
                ["variableName": .string(variable.name)])
        }
        let asksOne = self.document.operations.count == 1
        for fragment in self.document.fragments.values where asksOne && !self.usedFragments.contains(fragment.name) {
            self.note(
                "Fragment \(fragment.name) was defined, but not used", "useAndDefineFragment", fragment.location,
                [.string("fragment \(fragment.name)")], ["fragmentName": .string(fragment.name)])
        }
    }

    mutating func note(
        _ message: String, _ code: String, _ location: SourceLocation, _ path: [JSONValue],
        _ details: JSONValue.JSONObject = [:]
    ) {
        guard self.errors.count < self.limits.maximumErrors else { return }
        self.errors.append(GraphQLError(message, code: code, at: [location], path: path, details: details))
    }

    private mutating func checkVariables(of operation: Operation) {
        for variable in operation.variables {
            let path: [JSONValue] = [.string(self.label)]
            guard self.variables.updateValue(variable, forKey: variable.name) == nil else {
                self.note(
                    "There can only be one variable named \"\(variable.name)\"", "variableNotUnique",
                    variable.location, path, ["variableName": .string(variable.name)])
                continue
            }
            guard self.schema.types[variable.type.name]?.isInput == true else {
                self.note(
                    "\(variable.type.name) isn't a defined input type (on $\(variable.name))",
                    "variableRequiresValidType", variable.location, path,
                    ["variableName": .string(variable.name), "typeName": .string(variable.type.name)])
                continue
            }
        }
    }
}

// MARK: - Selections

extension Validator {
    private mutating func check(
        _ selections: [Selection], on type: String, path: [JSONValue], depth: Int
    ) throws(GraphQLError) {
        guard depth <= self.limits.maximumDepth else {
            throw GraphQLError(
                "Query has depth of more than \(self.limits.maximumDepth)", code: "maxDepthExceeded", path: path)
        }
        for selection in selections {
            switch selection {
            case .field(let field): try self.check(field, on: type, path: path, depth: depth)
            case .spread(let name, let directives, let location):
                self.check(directives, path: path)
                try self.checkSpread(name, on: type, location, path: path, depth: depth)
            case .inline(let condition, let directives, let inner, let location):
                self.check(directives, path: path)
                guard let condition = self.condition(condition, on: type, location, path) else { continue }
                try self.check(inner, on: condition, path: path, depth: depth)
            }
        }
    }

    private mutating func checkSpread(
        _ name: String, on type: String, _ location: SourceLocation, path: [JSONValue], depth: Int
    ) throws(GraphQLError) {
        guard let fragment = self.document.fragments[name] else {
            return self.note(
                "Fragment \(name) was used, but not defined", "useAndDefineFragment", location, path,
                ["fragmentName": .string(name)])
        }
        guard !self.openFragments.contains(name) else {
            throw GraphQLError(
                "Fragment \(name) contains an infinite loop", code: "infiniteLoop", at: [fragment.location],
                path: [.string("fragment \(name)")], details: ["fragmentName": .string(name)])
        }
        self.usedFragments.insert(name)
        // Spreading counts, or fragments of nothing but fragments could be spread without end.
        try self.count(path)
        guard let condition = self.condition(fragment.condition, on: type, location, path) else { return }
        self.openFragments.append(name)
        try self.check(fragment.selections, on: condition, path: path, depth: depth)
        self.openFragments.removeLast()
    }

    /// The type that a fragment is about; `nil` where it cannot apply.
    private mutating func condition(
        _ condition: String?, on type: String, _ location: SourceLocation, _ path: [JSONValue]
    ) -> String? {
        guard let condition else { return type }
        let possible = self.schema.possibleObjects(of: condition)
        guard !possible.isEmpty else {
            self.note(
                "No such type \(condition), so it can't be a fragment condition", "undefinedType", location, path,
                ["typeName": .string(condition)])
            return nil
        }
        guard !possible.isDisjoint(with: self.schema.possibleObjects(of: type)) else {
            self.note(
                "Fragment on \(condition) can't be spread inside \(type)", "cannotSpreadFragment", location, path,
                ["typeName": .string(condition), "fragmentName": "unknown", "parentName": .string(type)])
            return nil
        }
        return condition
    }

    private mutating func count(_ path: [JSONValue]) throws(GraphQLError) {
        self.fieldCount += 1
        guard self.fieldCount <= self.limits.maximumFields else {
            throw GraphQLError(
                "Query asks for more than \(self.limits.maximumFields) fields", code: "maxComplexityExceeded",
                path: path)
        }
    }

    private mutating func check(
        _ field: FieldNode, on type: String, path: [JSONValue], depth: Int
    ) throws(GraphQLError) {
        try self.count(path)
        let path = path + [.string(field.key)]
        self.check(field.directives, path: path)
        if field.name == "__typename" { return }
        guard let definition = self.schema.types[type]?.fields?[field.name] else {
            return self.note(
                "Field '\(field.name)' doesn't exist on type '\(type)'", "undefinedField", field.location, path,
                ["typeName": .string(type), "fieldName": .string(field.name)])
        }
        self.check(
            field.arguments, definition.arguments,
            ArgumentOwner(kind: "Field", name: field.name, location: field.location), path)
        try self.checkInner(field, definition.type, path, depth)
    }

    private mutating func checkInner(
        _ field: FieldNode, _ type: TypeReference, _ path: [JSONValue], _ depth: Int
    ) throws(GraphQLError) {
        switch (self.schema.isLeaf(type.name), field.selections.isEmpty) {
        case (true, true): return
        case (true, false):
            self.note(
                "Selections can't be made on scalars (field '\(field.name)' returns \(type.name) but has selections)",
                "selectionMismatch", field.location, path,
                ["nodeName": .string("field '\(field.name)'"), "typeName": .string(type.name)])
        case (false, true):
            self.note(
                "Field must have selections (field '\(field.name)' returns \(type.name) but has no selections. "
                    + "Did you mean '\(field.name) { ... }'?)",
                "selectionMismatch", field.location, path,
                ["nodeName": .string("field '\(field.name)'"), "typeName": .string(type.name)])
        case (false, false):
            self.checkConflicts(in: field, path)
            try self.check(field.selections, on: type.name, path: path, depth: depth + 1)
        }
    }

    /// Two fields of one name in the answer must be one field. Only those that stand beside each other are compared.
    private mutating func checkConflicts(in field: FieldNode, _ path: [JSONValue]) {
        var known: [String: FieldNode] = [:]
        for case .field(let inner) in field.selections {
            guard let other = known.updateValue(inner, forKey: inner.key) else { continue }
            let isSame =
                other.name == inner.name
                && other.arguments.map { "\($0.name):\($0.value)" } == inner.arguments.map { "\($0.name):\($0.value)" }
            guard !isSame else { continue }
            self.note(
                "Field '\(inner.key)' has a field conflict: \(other.name) or \(inner.name)?", "fieldConflict",
                inner.location, path,
                ["fieldName": .string(inner.key), "conflicts": .string("\(other.name) or \(inner.name)")])
        }
    }
}
