import Testing

@testable import DrivelineGenerator

@Suite("Lint of answers and of what caches may keep")
struct AnswerLintTests {
    private static let messages = """
        import "driveline/raw/v1/raw.proto";
        import "google/protobuf/timestamp.proto";
        message Request { string sku = 1; uint64 number = 2; int32 year = 3; repeated string all = 4; }
        message Item { string sku = 1; uint64 version = 2; }
        message Response { Item item = 1; bool made = 2; repeated Item items = 3; repeated bool every = 4;
          google.protobuf.Timestamp at = 5; bytes data = 6; map<string, Item> map = 7; }

        """

    private static func problems(_ method: String) throws -> [String] {
        try ProtoCompiler(Self.messages + "service S { \(method) }").problems().map(\.reason)
    }

    @Test("A field of the response as the body, and a bool that says 201, break no rule")
    func acceptedAnswers() throws {
        let problems = try Self.problems(
            """
            rpc Save(Request) returns (Response) {
              option (driveline.http) = { verb: "POST" path: "/v1/a" body: "*" response_body: "item" created: "made" };
              option (driveline.http) = { verb: "PUT" path: "/v1/a/{sku}" created: "made" };
              option (driveline.version) = "item.version";
            }
            """)
        #expect(problems == [])
    }

    @Test(
        "Each rule of answers is enforced",
        arguments: [
            ("verb: \"GET\" response_body: \"nothing\"", "", "\"nothing\" is no message field of test.v1.Response"),
            ("verb: \"GET\" response_body: \"made\"", "", "\"made\" is no message field"),
            ("verb: \"GET\" response_body: \"items\"", "", "\"items\" is no message field"),
            ("verb: \"GET\" response_body: \"map\"", "", "\"map\" is no message field"),
            ("verb: \"GET\" response_body: \"at\"", "", "\"at\" is no message field"),
            ("verb: \"GET\" response_body: \"item.sku\"", "", "\"item.sku\" is no message field"),
            ("verb: \"GET\" response_body: \"item\"", "stream", "response_body is for answers of one message"),
            (
                "verb: \"GET\" response_body: \"item\" raw: { answer: \"data\" produces: \"a/b\" }", "",
                "response_body is for answers of one message"
            ),
            ("verb: \"POST\" created: \"nothing\"", "", "\"nothing\" is no bool field of test.v1.Response"),
            ("verb: \"POST\" created: \"item\"", "", "\"item\" is no bool field"),
            ("verb: \"POST\" created: \"every\"", "", "\"every\" is no bool field"),
            ("verb: \"GET\" created: \"made\"", "", "created is for POST and PUT: a GET makes nothing"),
            ("verb: \"PATCH\" created: \"made\"", "", "created is for POST and PUT"),
            (
                "verb: \"POST\" created: \"made\" raw: { answer: \"data\" produces: \"a/b\" }", "",
                "created is for answers of one message"
            ),
        ])
    func refusedAnswers(_ binding: String, _ stream: String, _ reason: String) throws {
        let problems = try Self.problems(
            """
            rpc Do(Request) returns (\(stream) Response) { option (driveline.http) = { path: "/v1/a" \(binding) }; }
            """)
        #expect(problems.contains { $0.contains("(driveline.http) ") && $0.contains(reason) }, "\(problems)")
    }

    @Test(
        "Each rule of caches is enforced",
        arguments: [
            ("maximum_age_seconds: 60", "", ""),
            ("shared_age_seconds: 60 keys: \"item/{sku}\" keys: \"a-1/{number}/b\"", "", ""),
            ("maximum_age_seconds: 31536001", "", "maximum_age_seconds is 31536001"),
            ("shared_age_seconds: 31536001 keys: \"a\"", "", "shared_age_seconds is 31536001"),
            ("shared_age_seconds: 60", "", "has shared_age_seconds and keys, or neither"),
            ("keys: \"a\"", "", "has shared_age_seconds and keys, or neither"),
            ("shared_age_seconds: 60 keys: \"item/{nothing}\"", "", "nothing is no text or unsigned number"),
            ("shared_age_seconds: 60 keys: \"item/{year}\"", "", "year is no text or unsigned number"),
            ("shared_age_seconds: 60 keys: \"item/{all}\"", "", "all is no text or unsigned number"),
            ("shared_age_seconds: 60 keys: \"\"", "", "key \"\" is not made of"),
            ("shared_age_seconds: 60 keys: \"a b\"", "", "key \"a b\" is not made of"),
            ("shared_age_seconds: 60 keys: \"a/{sku\"", "", "key \"a/{sku\" is not made of"),
            ("shared_age_seconds: 60 keys: \"a/{}\"", "", "key \"a/{}\" is not made of"),
            ("", "POST", "is for methods that are bound to GET"), ("", "none", "is for methods that are bound to GET"),
            ("", "stream", "is for answers of one message"),
            ("", "raw: { answer: \"data\" produces: \"a/b\" }", "is for answers of one message"),
            ("", "anonymous", "is for callers with a key"),
        ])
    func caches(_ policy: String, _ kind: String, _ reason: String) throws {
        let raw = kind.hasPrefix("raw") ? kind : ""
        let binding =
            kind == "none"
            ? "" : "option (driveline.http) = { verb: \"\(kind == "POST" ? kind : "GET")\" path: \"/v1/a\" \(raw) };"
        let problems = try Self.problems(
            """
            rpc Do(Request) returns (\(kind == "stream" ? kind : "") Response) {
              \(binding) option (driveline.cache) = { \(policy) };
              \(kind == "anonymous" ? "option (driveline.anonymous) = true;" : "")
            }
            """)
        #expect(
            reason.isEmpty
                ? problems.isEmpty : problems.contains { $0.contains("(driveline.cache) ") && $0.contains(reason) },
            "\(problems)")
    }
}
