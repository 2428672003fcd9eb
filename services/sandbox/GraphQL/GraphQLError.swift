public import OrderedCollections
public import SandboxJSON

/// An error of a document, its variables, or a field.
public struct GraphQLError: Error, Sendable, Hashable {
    /// What is wrong, for people.
    public var message: String
    /// Where in the document.
    public var locations: [SourceLocation]
    /// Where in the document, by names, or where in the answer.
    public var path: [JSONValue]
    /// What the extensions hold: the code first, then details.
    public var extensions: JSONValue.JSONObject

    /// An error with a code.
    public init(
        _ message: String, code: String, at locations: [SourceLocation] = [], path: [JSONValue] = [],
        details: JSONValue.JSONObject = [:]
    ) {
        self.message = message
        self.locations = locations
        self.path = path
        self.extensions = ["code": .string(code)]
        self.extensions.merge(details) { code, _ in code }
    }

    static func parse(_ what: String, _ location: SourceLocation) -> GraphQLError {
        GraphQLError(
            "syntax error, \(what) at [\(location.line), \(location.column)]", code: "PARSE_ERROR", at: [location])
    }

    /// As answers hold it; what is empty is left out.
    public var json: JSONValue {
        var members: JSONValue.JSONObject = ["message": .string(self.message)]
        if !self.locations.isEmpty {
            members["locations"] = .array(
                self.locations.map { ["line": .number($0.line), "column": .number($0.column)] })
        }
        members["extensions"] = .object(self.extensions)
        if !self.path.isEmpty { members["path"] = .array(self.path) }
        return .object(members)
    }
}

/// Several errors of one document.
public struct GraphQLErrors: Error, Sendable {
    /// All of them, at least one.
    public var errors: [GraphQLError]

    /// Errors.
    public init(errors: [GraphQLError]) { self.errors = errors }
}

/// What a document may ask for.
public struct GraphQLLimits: Sendable {
    /// The bytes of a document.
    public var maximumDocumentBytes = 262_144
    /// The words of a document.
    public var maximumTokens = 50_000
    /// How deep selections and values may lie in each other as they are written.
    public var maximumSyntaxDepth = 48
    /// The fields that are asked for, those of fragments counted each time they are spread.
    public var maximumFields = 5_000
    /// How deep fields may lie in each other, fragments resolved.
    public var maximumDepth = 24
    /// The errors that one document is told.
    public var maximumErrors = 32

    /// The defaults.
    public init() {}
}
