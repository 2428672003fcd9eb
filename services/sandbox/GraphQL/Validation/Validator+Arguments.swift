internal import OrderedCollections
internal import SandboxJSON

/// What has arguments.
struct ArgumentOwner {
    /// `Field`, `Directive` or `InputObject`.
    var kind: String
    var name: String
    var location: SourceLocation

    var label: String { "\(self.kind) '\(self.name)'" }
}

extension Validator {
    mutating func check(_ directives: [DirectiveNode], path: [JSONValue]) {
        for directive in directives {
            guard let arguments = self.schema.directives[directive.name] else {
                self.note(
                    "Directive @\(directive.name) is not defined", "undefinedDirective", directive.location, path,
                    ["directiveName": .string(directive.name)])
                continue
            }
            self.check(
                directive.arguments, arguments,
                ArgumentOwner(kind: "Directive", name: directive.name, location: directive.location), path)
        }
    }

    mutating func check(
        _ arguments: [ArgumentNode], _ definitions: [Schema.InputValue], _ owner: ArgumentOwner, _ path: [JSONValue]
    ) {
        var given: Set<String> = []
        for argument in arguments {
            let path = path + [.string(argument.name)]
            guard let definition = definitions.first(where: { $0.name == argument.name }) else {
                self.notAccepted(argument, owner, path)
                continue
            }
            guard given.insert(argument.name).inserted else {
                self.note(
                    "There can be only one argument named \"\(argument.name)\"", "argumentNotUnique",
                    argument.location, path, ["argumentName": .string(argument.name)])
                continue
            }
            self.check(argument, definition, owner, path)
        }
        let missing = definitions.filter { $0.isRequired && !given.contains($0.name) }.map(\.name)
        guard !missing.isEmpty else { return }
        let names = missing.joined(separator: ", ")
        self.note(
            "\(owner.label) is missing required arguments: \(names)", "missingRequiredArguments", owner.location, path,
            ["className": .string(owner.kind), "name": .string(owner.name), "arguments": .string(names)])
    }

    private mutating func notAccepted(_ argument: ArgumentNode, _ owner: ArgumentOwner, _ path: [JSONValue]) {
        // The name and the type of an input object change places in what the platform says of it.
        let isObject = owner.kind == "InputObject"
        self.note(
            "\(owner.label) doesn't accept argument '\(argument.name)'", "argumentNotAccepted", argument.location, path,
            [
                "name": .string(owner.name), "typeName": .string(isObject ? "InputObject" : owner.kind),
                "argumentName": .string(argument.name),
            ])
    }

    private mutating func check(
        _ argument: ArgumentNode, _ definition: Schema.InputValue, _ owner: ArgumentOwner, _ path: [JSONValue]
    ) {
        for name in argument.value.variables {
            self.usedVariables.insert(name)
            guard self.variables[name] == nil else { continue }
            self.note(
                "Variable $\(name) is used by \(self.label) but not declared", "variableNotDefined", argument.location,
                path, ["variableName": .string(name)])
        }
        if !self.fits(argument.value, definition.type, argument, definition, path) {
            self.note(
                "Argument '\(argument.name)' on \(owner.label) has an invalid value (\(argument.value)). "
                    + "Expected type '\(definition.type)'.",
                "argumentLiteralsIncompatible", owner.location, path,
                ["typeName": .string(owner.kind), "argumentName": .string(argument.name)])
        }
    }

    /// Whether a value as it is written can be of a type; faults within input objects are noted by themselves.
    private mutating func fits(
        _ value: ValueNode, _ type: TypeReference, _ argument: ArgumentNode, _ definition: Schema.InputValue,
        _ path: [JSONValue]
    ) -> Bool {
        switch (value, type) {
        case (.variable(let name), _):
            self.checkUse(of: name, as: type, argument, definition, path)
            return true
        case (.null, .nonNull): return false
        case (.null, _): return true
        case (_, .nonNull(let inner)): return self.fits(value, inner, argument, definition, path)
        case (.list(let values), .list(let element)):
            return values.allSatisfy { self.fits($0, element, argument, definition, path) }
        case (_, .list(let element)): return self.fits(value, element, argument, definition, path)
        case (_, .named(let name)): return self.fits(value, named: name, argument, path)
        }
    }

    private mutating func fits(
        _ value: ValueNode, named name: String, _ argument: ArgumentNode, _ path: [JSONValue]
    ) -> Bool {
        switch (self.schema.types[name], value) {
        case (.enumeration(let values), .enumeration(let word)): return values.contains(word)
        case (.input(let fields), .object(let given)):
            self.check(
                given, fields, ArgumentOwner(kind: "InputObject", name: name, location: argument.location), path)
            return true
        case (.scalar, .list), (.scalar, .object): return name == "JSON"
        case (.scalar, .enumeration): return false
        case (.scalar, _): return InputCoercion.scalar(name, of: value) != nil
        default: return false
        }
    }

    private mutating func checkUse(
        of name: String, as type: TypeReference, _ argument: ArgumentNode, _ definition: Schema.InputValue,
        _ path: [JSONValue]
    ) {
        guard let variable = self.variables[name] else { return }
        let hasDefault = variable.defaultValue != nil || definition.defaultValue != nil
        let wanted = hasDefault ? type.nullable : type
        guard !Self.isVariable(variable.type, usableAs: wanted) else { return }
        self.note(
            "Type mismatch on variable $\(name) and argument \(argument.name) (\(variable.type) / \(type))",
            "variableMismatch", argument.location, path,
            [
                "variableName": .string(name), "typeName": .string("\(variable.type)"),
                "argumentName": .string(argument.name), "errorMessage": "Type mismatch",
            ])
    }

    private static func isVariable(_ variable: TypeReference, usableAs wanted: TypeReference) -> Bool {
        switch (variable, wanted) {
        case (.nonNull(let inner), .nonNull(let wanted)): self.isVariable(inner, usableAs: wanted)
        case (_, .nonNull): false
        case (.nonNull(let inner), _): self.isVariable(inner, usableAs: wanted)
        case (.list(let inner), .list(let wanted)): self.isVariable(inner, usableAs: wanted)
        // A single value is taken for a list of one.
        case (.named, .list(let wanted)): self.isVariable(variable, usableAs: wanted.nullable)
        case (.list, .named): false
        case (.named(let name), .named(let wanted)): name == wanted
        }
    }
}
