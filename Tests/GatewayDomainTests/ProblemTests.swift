import RPCMessages
import Testing
import WellKnownMessages
import Wire

@testable import GatewayDomain

@Suite("Failed calls become problem documents that say what callers may know")
struct ProblemTests {
    private static let statuses = ProblemStatuses([
        "unknown-sku": 422, "field-invalid": 400, "version-mismatch": 412, "version-conflict": 412, "not-found": 404,
        "rate-limited": 429, "overloaded": 503, "unavailable": 503, "call-in-flight": 409, "unauthenticated": 401,
        "broken": 200,
    ])
    private static let places = FieldPlaces(pathParameters: ["sku"], body: .message)

    private func document(
        _ code: StatusCode, _ message: String = "what happened", _ problem: Problem? = nil
    )
        -> ProblemDocument
    {
        ProblemDocument(code, message, problem, statuses: Self.statuses, place: Self.places.place(of:))
    }

    @Test(
        "Each of the sixteen statuses has one of HTTP",
        arguments: [
            (StatusCode.cancelled, 499), (.unknown, 500), (.invalidArgument, 400), (.deadlineExceeded, 504),
            (.notFound, 404), (.alreadyExists, 409), (.permissionDenied, 403), (.resourceExhausted, 429),
            (.failedPrecondition, 409), (.aborted, 409), (.outOfRange, 400), (.unimplemented, 501), (.internal, 500),
            (.unavailable, 503), (.dataLoss, 500),
            // The gateway's own credential was refused, not the caller's.
            (.unauthenticated, 503),
        ])
    func codes(_ code: StatusCode, _ status: Int) {
        #expect(self.document(code).status == status)
    }

    @Test("The refusal's own status goes before that of its reason, and that before the code's")
    func precedence() {
        let refusal = Problem(type: "unknown-sku", reason: .fieldInvalid)
        #expect(self.document(.invalidArgument, "no", refusal).status == 422)
        let other = Problem(type: "something-new", reason: .versionMismatch)
        #expect(self.document(.aborted, "no", other).status == 412)
        #expect(self.document(.aborted, "no", Problem(type: "something-new")).status == 409)
        #expect(self.document(.aborted, "no", Problem(type: "broken")).status == 409)
    }

    @Test("What a fault of ours says stays with us, addresses too")
    func faults() {
        let secret = "cannot connect to 10.1.2.3:7000"
        for code in StatusCode.all where code != .ok {
            let problem = Problem(type: "connection-failed", reason: .unavailable)
            let document = self.document(code, secret, problem)
            if document.status >= 500 { #expect(!document.json(requestID: "r").contains("10.1.2.3")) }
        }
        for code in [StatusCode.internal, .unknown, .dataLoss, .unimplemented, .unauthenticated, .unavailable] {
            #expect(!self.document(code, secret).json(requestID: "r").contains("10.1.2.3"))
        }
    }

    @Test("A refusal by overload keeps its words and says when to come back")
    func overload() {
        let problem = Problem(
            type: "overloaded", reason: .overloaded, retryAfter: ProtoDuration(seconds: 2, nanos: 1))
        let document = self.document(.resourceExhausted, "more commands wait", problem)
        #expect(document.status == 503)
        #expect(document.detail == "more commands wait")
        #expect(document.retryAfterSeconds == 3)
        #expect(document.headerFields.contains(HeaderField("Retry-After", "3")))
        #expect(self.document(.unavailable).retryAfterSeconds == 1)
        let inFlight = Problem(type: "call-in-flight", reason: .callInFlight)
        #expect(self.document(.aborted, "wait", inFlight).retryAfterSeconds == 1)
        let hostile = Problem(
            type: "overloaded", reason: .overloaded, retryAfter: ProtoDuration(seconds: .max, nanos: 1))
        #expect(self.document(.unavailable, "", hostile).retryAfterSeconds == .max)
        #expect(self.document(.notFound).retryAfterSeconds == nil)
    }

    @Test("A stale version comes with the one that is current, as a tag too")
    func version() {
        let problem = Problem(type: "version-conflict", reason: .versionMismatch, version: 8)
        let document = self.document(.aborted, "another version", problem)
        #expect(document.status == 412)
        #expect(document.headerFields.contains(HeaderField("ETag", "\"8\"")))
        #expect(document.json(requestID: "r").contains("\"version\":8"))
    }

    @Test("A type that cannot stand in a URI gives way to its reason")
    func typeNames() {
        #expect(self.document(.notFound, "", Problem(type: "A b", reason: .notFound)).type == "not-found")
        #expect(self.document(.notFound, "", Problem(type: String(repeating: "a", count: 65))).type == "not-found")
        #expect(self.document(.notFound).type == "not-found")
    }

    @Test("The whole document is JSON, whatever stands in the texts")
    func json() {
        let document = ProblemDocument(
            400, "field-invalid", "a \"quote\", a \\ and a \u{1}\n",
            errors: [
                ProblemError(.body(pointer: "/a~1b/0"), "is -1", expected: "at least 0"),
                ProblemError(.query("pageSize"), "is text", expected: ""),
            ], retryAfterSeconds: 2)
        #expect(
            document.json(requestID: "r-1") == #"""
                {"type":"/problems/field-invalid","title":"Field invalid","status":400,"detail":"a \"quote\", a \\ and a \u0001\n","errors":[{"in":"body","pointer":"/a~1b/0","reason":"is -1","expected":"at least 0"},{"in":"query","name":"pageSize","reason":"is text"}],"retryAfter":2,"requestId":"r-1"}
                """#)
    }

    @Test(
        "A field is placed where its value came from",
        arguments: [
            ("sku", ProblemError.Place.path("sku")), ("lines[2].location_id", .body(pointer: "/lines/2/locationId")),
            ("commandId", .body(pointer: "/commandId")), ("idempotency-key", .header("Idempotency-Key")),
            ("", .body(pointer: "")), ("a/b[x]", .body(pointer: "/a~1b/x")),
        ])
    func places(_ field: String, _ place: ProblemError.Place) {
        #expect(Self.places.place(of: field) == place)
    }

    @Test("A field of the body's one field is placed within the body; all others in the query")
    func partialBody() {
        let places = FieldPlaces(pathParameters: ["locationId"], body: .field("location"))
        #expect(places.place(of: "location.name") == .body(pointer: "/name"))
        #expect(places.place(of: "location") == .body(pointer: ""))
        #expect(places.place(of: "location_id") == .path("locationId"))
        #expect(places.place(of: "page_size") == .query("pageSize"))
        #expect(FieldPlaces(pathParameters: [], body: .none).place(of: "page_size") == .query("pageSize"))
    }
}
