/// Says where in a request the field of a message comes from, so that a service's words about a field can be given the
/// place that the caller knows.
public struct FieldPlaces: Sendable, Hashable {
    /// What the body fills.
    public enum Body: Sendable, Hashable {
        /// Nothing.
        case none
        /// The whole message.
        case message
        /// One field.
        case field(String)
    }

    private let pathParameters: Set<String>
    private let body: Body

    /// - Parameter pathParameters: By their names in JSON.
    public init(pathParameters: [String], body: Body) {
        self.pathParameters = Set(pathParameters)
        self.body = body
    }

    /// The place of a field.
    ///
    /// - Parameter field: The field as services name it: names of proto or JSON, dots, and places in brackets, such as
    ///   `lines[2].location_id`.
    public func place(of field: String) -> ProblemError.Place {
        if field == "idempotency-key" { return .header(IdempotencyKeyHeader.name) }
        let names = field.split(separator: ".").flatMap(Self.parts)
        guard let first = names.first else { return .body(pointer: "") }
        let path = names.joined(separator: ".")
        if self.pathParameters.contains(path) { return .path(path) }
        switch self.body {
        case .none: return .query(path)
        case .message: return .body(pointer: Self.pointer(names[...]))
        // What lies outside of the body and the path can have come from the query alone.
        case .field(let name): return first == name ? .body(pointer: Self.pointer(names.dropFirst())) : .query(path)
        }
    }

    private static func pointer(_ names: ArraySlice<String>) -> String {
        names.map { "/" + $0.replacing("~", with: "~0").replacing("/", with: "~1") }.joined()
    }

    /// A name and the places in lists behind it.
    private static func parts(_ text: Substring) -> [String] {
        var parts: [String] = []
        for (index, piece) in text.split(separator: "[").enumerated() {
            parts.append(index == 0 ? self.lowerCamel(piece) : String(piece.prefix { $0 != "]" }))
        }
        return parts
    }

    private static func lowerCamel(_ name: Substring) -> String {
        let words = name.split(separator: "_")
        guard let first = words.first else { return String(name) }
        return words.dropFirst().reduce(String(first)) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
    }
}
