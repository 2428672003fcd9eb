/// A REST binding of a method: which requests it takes, and where the fields of the request message come from.
public struct Route: Sendable {
    /// What the body fills.
    public enum Body: Hashable, Sendable {
        /// Nothing: no body is expected.
        case none
        /// The whole request message, but for what the path fills.
        case message
        /// One field of the request message, by its name in JSON.
        case field(String)
    }

    /// The method that is called.
    public let method: Schema.Method
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    public let verb: String
    /// The path template, for example `/v1/inventory/{sku}`.
    public let template: String
    /// What the body fills.
    public let body: Body
    /// Which bodies are bytes that are passed through; `nil`: both are JSON.
    public let raw: RawBodies?
    /// How the caller proves who it is.
    public let authentication: Authentication
    /// The field of the response that the answer's body is made of, by its name in the proto file; empty: the whole.
    public let responseBody: String
    /// The field of the response that says whether something was made, by its name in the proto file; empty: there is none.
    public let created: String
    /// The parameters of the path by their names in JSON, in their order.
    public let pathParameterNames: [String]
    /// The place among the routes of its ``RouteTable``.
    public internal(set) var index = 0

    /// A part of the path between two slashes.
    struct Segment {
        /// The text that must stand there; `nil`: it is a parameter.
        var literal: [UInt8]?
        /// The fields that lead to the one that a parameter fills.
        var fields: [Int] = []
    }

    let segments: [Segment]
    /// The field that the body fills, where it is one.
    let bodyField: Int?
    /// The paths of fields that the query may fill; what is below them too.
    let queryFields: [[Int]]
    /// The field mask that is made of the body's names, where there is one.
    let maskField: Int?

    /// The field that the body fills, by its name in the proto file, where it is one.
    public let bodyProtoName: String?

    /// The fields that the path fills, in the order of the segments.
    var parameters: [[Int]] {
        self.segments.filter { $0.literal == nil }.map(\.fields)
    }
}

extension Route {
    /// Compiles a binding.
    init(_ binding: BindingDescription, of method: Schema.Method, _ schema: Schema) throws(SchemaError) {
        self.method = method
        self.verb = binding.verb
        self.template = binding.path
        self.raw = binding.raw.map(RawBodies.init)
        self.authentication = Authentication(binding.authentication)
        self.responseBody = binding.responseBody
        self.created = binding.created
        let tables = schema.tables
        let request = schema.entry(method.request)
        let subject = "\(binding.verb) \(binding.path)"
        func fields(_ name: String) throws(SchemaError) -> [Int] {
            guard let path = tables.fields(protoPath: name, of: request) else {
                throw SchemaError(
                    subject: subject, reason: "\(name) is no field of \(method.request.fullName)")
            }
            return path
        }
        guard binding.path.hasPrefix("/") else { throw SchemaError(subject: subject, reason: "the path has no slash") }
        var segments: [Segment] = []
        for segment in binding.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            if segment.hasPrefix("{"), segment.hasSuffix("}") {
                segments.append(Segment(fields: try fields(String(segment.dropFirst().dropLast()))))
            } else {
                segments.append(Segment(literal: Array(segment.utf8)))
            }
        }
        guard segments.count <= RouteTable.maximumSegments else {
            throw SchemaError(subject: subject, reason: "the path has more than \(RouteTable.maximumSegments) segments")
        }
        self.segments = segments
        self.pathParameterNames = segments.filter { $0.literal == nil }.map { tables.name($0.fields) }
        switch binding.body {
        case "":
            (self.body, self.bodyField) = (.none, nil)
        case "*":
            (self.body, self.bodyField) = (.message, nil)
        default:
            let path = try fields(binding.body)
            guard path.count == 1 else {
                throw SchemaError(subject: subject, reason: "the body is a field of a field")
            }
            (self.body, self.bodyField) = (.field(tables.name(path[0])), path[0])
        }
        self.bodyProtoName = self.bodyField.map { tables.protoNames[$0] }
        var queryFields: [[Int]] = []
        for name in binding.query {
            if name == "*" {
                queryFields += binding.body == "*" ? [] : request.fields.filter { !tables.isHead($0) }.map { [$0] }
            } else {
                queryFields.append(try fields(name))
            }
        }
        self.queryFields = queryFields
        let isMask = { (field: Int) in
            let entry = tables.fields[field]
            return entry.kind == .message && !entry.isRepeated && tables.messages[Int(entry.type)].special == .fieldMask
        }
        self.maskField = binding.verb == "PATCH" ? request.fields.first(where: isMask) : nil
    }
}

extension Tables {
    /// The fields that a path of proto names leads through, for example `location.name`.
    func fields(protoPath: String, of message: MessageEntry) -> [Int]? {
        self.fields(protoPath.split(separator: ".", omittingEmptySubsequences: false).map(String.init), message) {
            self.protoNames[$0] == $1
        }
    }

    /// The fields that a path of JSON names leads through, for example `location.name`.
    func fields(jsonPath: String, of message: MessageEntry) -> [Int]? {
        self.fields(jsonPath.split(separator: ".", omittingEmptySubsequences: false).map(String.init), message) {
            self.name($0) == $1
        }
    }

    private func fields(
        _ names: [String], _ message: MessageEntry, _ isNamed: (Int, String) -> Bool
    ) -> [Int]? {
        guard names.count <= TranscodingLimits.maximumDepth else { return nil }
        var path: [Int] = []
        var current: MessageEntry? = message
        for name in names {
            guard let field = current?.fields.first(where: { isNamed($0, name) }) else { return nil }
            path.append(field)
            let entry = self.fields[field]
            let leadsOn =
                entry.kind == .message && !entry.isRepeated
                && self.messages[Int(entry.type)].special == .none
            current = leadsOn ? self.messages[Int(entry.type)] : nil
        }
        return path
    }

    /// Whether a field is filled with what a raw request says beside its body.
    func isHead(_ field: Int) -> Bool {
        let entry = self.fields[field]
        return entry.kind == .message && self.messageNames[Int(entry.type)] == RawBodies.requestHead
    }

    /// Whether a field can be filled by text: not a map, and no message that is an object.
    func isParameter(_ field: Int) -> Bool {
        let entry = self.fields[field]
        return entry.kind != .message || (entry.shape != .map && self.messages[Int(entry.type)].special != .none)
    }

    /// The JSON names of a path of fields.
    func name(_ path: [Int]) -> String { path.map { self.name($0) }.joined(separator: ".") }
}
