import Testing

@testable import DrivelineGenerator

/// A raw binding, or a method that several processes share, that breaks one rule.
struct RawCase: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let method: String
    let reason: String

    static let messages = """
        import "driveline/raw/v1/raw.proto";
        message Upload { string name = 1; driveline.raw.v1.RequestHead head = 2; bytes data = 3; repeated bytes all = 4;
          bytes must = 5 [(driveline.field) = { required: true }]; }
        message Plain { string name = 1; bytes data = 2; }
        message Part { driveline.raw.v1.AnswerHead head = 1; bytes data = 2; string text = 3; uint64 version = 4; }

        """

    /// A binding with its options, of a method that is `types`.
    init(
        _ description: String, _ binding: String, _ types: String = "Upload) returns (Part", _ more: String = "",
        _ reason: String
    ) {
        self.testDescription = description
        self.method = "rpc Get(\(types)) { option (driveline.http) = { \(binding) }; \(more) }"
        self.reason = reason
    }

    var compiler: ProtoCompiler { ProtoCompiler(Self.messages + "service S { \(self.method) }") }
}

@Suite("Lint of raw bindings")
struct RawBindingLintTests {
    static let upload = "stream Upload) returns (Part"
    static let download = "Upload) returns (stream Part"
    static let consumes = "consumes: \"text/csv\" maximum_bytes: 9"

    @Test("uploads, downloads and pushes that break no rule have no problems")
    func accepted() throws {
        let compiler = ProtoCompiler(
            RawCase.messages + """
                service S {
                  rpc Send(stream Upload) returns (Part) { option (driveline.http) = { verb: "PUT" path: "/v1/a/{name}"
                    body: "data" raw: { consumes: "text/csv" consumes: "*/*" maximum_bytes: 99999999 headers: "*" } }; }
                  rpc Load(Upload) returns (stream Part) { option (driveline.http) = { verb: "GET" path: "/v1/a/{name}"
                    query: "*" raw: { answer: "data" produces: "text/csv" } }; }
                  rpc Push(Upload) returns (Part) { option (driveline.http) = { verb: "POST" path: "/v1/push/{name}"
                    body: "data" authentication: AUTHENTICATION_SIGNATURE raw: { consumes: "*/*" maximum_bytes: 3145728
                    headers: "x-signature" headers: "authorization" answer: "data" produces: "text/plain" } };
                    option (driveline.anonymous) = true; }
                  rpc Show(Plain) returns (Part) { option (driveline.http) = { verb: "GET" path: "/v1/show"
                    authentication: AUTHENTICATION_NONE raw: { answer: "data" produces: "text/plain" } };
                    option (driveline.anonymous) = true; }
                }
                """)
        #expect(try compiler.problems() == [])
    }

    @Test("each rule is enforced", arguments: Self.cases)
    func refuses(_ rawCase: RawCase) throws {
        let reasons = try rawCase.compiler.problems().map(\.reason)
        #expect(reasons.contains { $0.contains(rawCase.reason) }, "\(reasons)")
    }

    static func raw(_ raw: String, verb: String = "POST", body: String = "data", _ more: String = "") -> String {
        "verb: \"\(verb)\" path: \"/v1/a\" body: \"\(body)\" raw: { \(raw) } \(more)"
    }

    static let cases: [RawCase] = [
        RawCase("nothing raw", raw("", body: ""), "neither what it consumes nor"),
        RawCase("both ways", raw(consumes), "stream Upload) returns (stream Part", "streams both ways"),
        RawCase("a body in a GET", raw(consumes, verb: "GET"), "a GET has no body"),
        RawCase("a body to a stream of answers", raw(consumes), download, "methods of one answer"),
        RawCase("no media type", raw("consumes: \"csv\" maximum_bytes: 9"), "\"csv\" is no media type"),
        RawCase("capitals", raw("consumes: \"Text/CSV\" maximum_bytes: 9"), "is no media type"),
        RawCase("a body of text", raw(consumes, body: "name"), "field of bytes, and not \"name\""),
        RawCase("the whole message", raw(consumes, body: "*"), "field of bytes, and not \"*\""),
        RawCase("a body of lists", raw(consumes, body: "all"), "field of bytes, and not \"all\""),
        RawCase("a required body", raw(consumes, body: "must"), "is required"),
        RawCase("no limit", raw("consumes: \"text/csv\""), "maximum_bytes is missing"),
        RawCase("too much for a message", raw("consumes: \"text/csv\" maximum_bytes: 3145729"), "one message holds"),
        RawCase("a limit of nothing", raw("answer: \"data\" produces: \"a/b\" maximum_bytes: 9"), "that raw.consumes"),
        RawCase("a stream of JSON", "verb: \"POST\" path: \"/v1/a\" body: \"*\"", upload, "only a raw body can be"),
        RawCase(
            "a stream with a raw answer only", raw("answer: \"data\" produces: \"a/b\"", body: ""), upload,
            "only a raw body can be"),
        RawCase("events by POST", "verb: \"POST\" path: \"/v1/a\" body: \"*\"", download, "for GET only"),
        RawCase("a type without an answer", raw(consumes + " produces: \"a/b\""), "name raw.answer"),
        RawCase("an answer of text", raw("answer: \"text\" produces: \"a/b\""), "no field of bytes of test.v1.Part"),
        RawCase("an answer without a type", raw("answer: \"data\""), "raw.produces \"\" is no media type"),
        RawCase(
            "a version", raw("answer: \"data\" produces: \"a/b\""), "Upload) returns (Part",
            "option (driveline.version) = \"version\";", "(driveline.version) is for answers of JSON"),
        RawCase("headers for nobody", raw(consumes + " headers: \"x-a\""), "Plain) returns (Part", "needs a field"),
        RawCase("all headers and one", raw(consumes + " headers: \"*\" headers: \"x-a\""), "has * beside"),
        RawCase("a header in capitals", raw(consumes + " headers: \"X-A\""), "is no name of a header"),
        RawCase("the connection's header", raw(consumes + " headers: \"upgrade\""), "belongs to the connection"),
        RawCase("the key", raw(consumes + " headers: \"authorization\""), "is the API key here"),
        RawCase("a head from the query", raw(consumes, "query: \"head\""), "by nothing else"),
        RawCase(
            "anyone, with JSON and a caller", "verb: \"GET\" path: \"/v1/a\" authentication: AUTHENTICATION_NONE",
            "needs (driveline.anonymous)"),
        RawCase("anyone, in a stream", raw(consumes, "authentication: AUTHENTICATION_NONE"), upload, "do not stream"),
        RawCase(
            "anyone, with a caller", raw(consumes, "authentication: AUTHENTICATION_SIGNATURE"),
            "needs (driveline.anonymous)"),
        RawCase(
            "anyone, with an idempotency key", raw(consumes, "authentication: AUTHENTICATION_SIGNATURE"),
            "Upload) returns (Part", "option (driveline.idempotency) = IDEMPOTENCY_KEY_REQUIRED;", "nobody sends one"),
        RawCase(
            "a signature of nothing",
            raw(
                "answer: \"data\" produces: \"a/b\"", body: "",
                "authentication: AUTHENTICATION_SIGNATURE"), "which is what is signed"),
    ]

    @Test(
        "what several processes share has an owner or can be put together",
        arguments: [
            ("owner: \"id\"", ""), ("merged_by: \"jobs.position\"", ""), ("", "either an owner or merged_by"),
            ("owner: \"id\" merged_by: \"jobs.position\"", "either an owner or merged_by"),
            ("owner: \"page_size\"", "is no text of test.v1.ListRequest"),
            ("merged_by: \"jobs\"", "is no text of the elements"),
            ("merged_by: \"jobs.count\"", "is no text of the elements"),
            ("merged_by: \"next_page_token\"", "is no text of the elements"),
        ])
    func sharing(_ options: String, _ reason: String) throws {
        let problems = try ProtoCompiler(
            """
            message Job { string position = 1; uint32 count = 2; }
            message ListRequest { string id = 1; uint32 page_size = 2; string page_token = 3; }
            message ListResponse { repeated Job jobs = 1; string next_page_token = 2; }
            service S { rpc List(ListRequest) returns (ListResponse) { option (driveline.sharing) = { \(options) }; } }
            """
        ).problems().map(\.reason)
        #expect(reason.isEmpty ? problems.isEmpty : problems.contains { $0.contains(reason) }, "\(problems)")
    }
}

extension RawCase {
    fileprivate init(_ description: String, _ binding: String, _ reason: String) {
        self.init(description, binding, "Upload) returns (Part", "", reason)
    }

    fileprivate init(_ description: String, _ binding: String, _ types: String, _ reason: String) {
        self.init(description, binding, types, "", reason)
    }
}
