/// A place in a document, both numbers from 1.
public struct SourceLocation: Sendable, Hashable {
    /// The line.
    public var line: Int
    /// The column, in bytes.
    public var column: Int
}

/// A document of operations and fragments, as it was written.
struct Document: Sendable {
    var operations: [Operation] = []
    var fragments: [String: Fragment] = [:]
}

/// What is asked for.
public enum OperationKind: String, Sendable, Hashable {
    /// Something is read.
    case query
    /// Something is done, field by field.
    case mutation
    /// Not offered by any schema here.
    case subscription
}

struct Operation: Sendable {
    var kind: OperationKind
    var name: String?
    var variables: [VariableDefinition] = []
    var directives: [DirectiveNode] = []
    var selections: [Selection]
    var location: SourceLocation

    /// How errors name it.
    var label: String { self.name.map { "\(self.kind.rawValue) \($0)" } ?? self.kind.rawValue }
}

struct VariableDefinition: Sendable {
    var name: String
    var type: TypeReference
    var defaultValue: ValueNode?
    var location: SourceLocation
}

struct Fragment: Sendable {
    var name: String
    var condition: String
    var selections: [Selection]
    var location: SourceLocation
}

enum Selection: Sendable {
    case field(FieldNode)
    case spread(name: String, [DirectiveNode], SourceLocation)
    case inline(condition: String?, [DirectiveNode], [Selection], SourceLocation)
}

struct FieldNode: Sendable {
    var alias: String?
    var name: String
    var arguments: [ArgumentNode]
    var directives: [DirectiveNode]
    var selections: [Selection]
    var location: SourceLocation

    /// Its name in the answer.
    var key: String { self.alias ?? self.name }
}

struct ArgumentNode: Sendable {
    var name: String
    var value: ValueNode
    var location: SourceLocation
}

struct DirectiveNode: Sendable {
    var name: String
    var arguments: [ArgumentNode]
    var location: SourceLocation
}

indirect enum ValueNode: Sendable {
    case variable(String)
    case integer(String)
    case decimal(String)
    case string(String)
    case bool(Bool)
    case null
    case enumeration(String)
    case list([ValueNode])
    case object([ArgumentNode])
}

/// A type as a document names it.
public indirect enum TypeReference: Sendable, Hashable, CustomStringConvertible {
    /// A type by its name.
    case named(String)
    /// A list of a type.
    case list(TypeReference)
    /// A type without null.
    case nonNull(TypeReference)

    /// As it is written in a document.
    public var description: String {
        switch self {
        case .named(let name): name
        case .list(let element): "[\(element)]"
        case .nonNull(let type): "\(type)!"
        }
    }

    /// The name within all lists.
    var name: String {
        switch self {
        case .named(let name): name
        case .list(let type), .nonNull(let type): type.name
        }
    }

    var isList: Bool { if case .list = self.nullable { true } else { false } }
    var isNonNull: Bool { if case .nonNull = self { true } else { false } }
    var nullable: TypeReference { if case .nonNull(let type) = self { type } else { self } }
}

extension ValueNode: CustomStringConvertible {
    /// As it is written in a document.
    var description: String {
        switch self {
        case .variable(let name): "$\(name)"
        case .integer(let text), .decimal(let text), .enumeration(let text): text
        case .string(let text): "\"\(text)\""
        case .bool(let value): "\(value)"
        case .null: "null"
        case .list(let values): "[\(values.map(\.description).joined(separator: ", "))]"
        case .object(let fields):
            "{\(fields.map { "\($0.name): \($0.value)" }.joined(separator: ", "))}"
        }
    }

    /// The names of the variables within.
    var variables: [String] {
        switch self {
        case .variable(let name): [name]
        case .list(let values): values.flatMap(\.variables)
        case .object(let fields): fields.flatMap(\.value.variables)
        default: []
        }
    }
}
