public import OrderedCollections
public import SandboxJSON

/// Something with fields that a document can ask for.
public protocol GraphQLObject {
    /// The name of its type, an object of the schema.
    var typeName: String { get }

    /// The value of a field.
    ///
    /// - Throws: ``GraphQLError`` where there is none; the answer then has `null` in its place, and the error.
    func value(of field: String, _ arguments: GraphQLArguments) throws(GraphQLError) -> GraphQLResult
}

/// What a field is.
public enum GraphQLResult {
    /// Nothing.
    case null
    /// A value without fields.
    case leaf(JSONValue)
    /// Something with fields.
    case object(any GraphQLObject)
    /// Several, in their order.
    case list([GraphQLResult])

    /// A text, or nothing.
    public static func text(_ text: String?) -> GraphQLResult { text.map { .leaf(.string($0)) } ?? .null }
    /// A whole number.
    public static func number(_ number: Int) -> GraphQLResult { .leaf(.integer(Int64(number))) }
    /// A truth value.
    public static func bool(_ value: Bool) -> GraphQLResult { .leaf(.bool(value)) }
    /// Something with fields, or nothing.
    public static func optional(_ object: (any GraphQLObject)?) -> GraphQLResult {
        object.map { .object($0) } ?? .null
    }
    /// Several things with fields.
    public static func objects(_ objects: [any GraphQLObject]) -> GraphQLResult { .list(objects.map { .object($0) }) }
}

/// The arguments of a field, coerced, with defaults filled in.
public struct GraphQLArguments: Sendable {
    /// The values; one that was given as `null` is there, one that was left out is not.
    public var values: JSONValue.JSONObject
    /// The key of the directive `@idempotent`; `nil` without it.
    public var idempotencyKey: String?
    /// Where the field stands, and after it where the variables that it uses are declared.
    public var locations: [SourceLocation]

    /// Arguments.
    public init(
        _ values: JSONValue.JSONObject, idempotencyKey: String? = nil, locations: [SourceLocation] = []
    ) {
        self.values = values
        self.idempotencyKey = idempotencyKey
        self.locations = locations
    }

    /// A value; `nil` where it is `null` or left out.
    public subscript(_ name: String) -> JSONValue? {
        guard let value = self.values[name], !value.isNull else { return nil }
        return value
    }

    /// The first location, which is the field's.
    public var fieldLocation: [SourceLocation] { Array(self.locations.prefix(1)) }
}
