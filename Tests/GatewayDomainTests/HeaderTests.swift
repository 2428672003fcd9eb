import TestSupport
import Testing

@testable import GatewayDomain

@Suite("Headers are read as their RFCs have it")
struct HeaderTests {
    private func problem(_ body: () throws(ProblemDocument) -> Void) -> ProblemDocument? {
        do throws(ProblemDocument) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    @Test("A key is taken from Authorization: Bearer, in any case, and from nothing else")
    func bearer() throws {
        #expect(try BearerCredential(authorization: ["Bearer dl_live_1"]).key == "dl_live_1")
        #expect(try BearerCredential(authorization: ["bEARER   dl_live_1 "]).key == "dl_live_1")
        for fields in [
            [], ["Basic abc"], ["Bearer"], ["Bearer "], ["dl_live_1"], ["Bearer a b"], ["Bearer a", "Bearer b"],
        ] {
            let problem = self.problem { () throws(ProblemDocument) in _ = try BearerCredential(authorization: fields) }
            #expect(problem?.status == 401, "\(fields)")
            #expect(problem?.headerFields.contains { $0.name == "WWW-Authenticate" } == true)
        }
    }

    @Test(
        "A write builds on the version that If-Match names",
        arguments: [
            ("\"7\"", nil, 7), ("\"7-gzip\"", nil, 7), (nil, "*", 0), (nil, nil, nil),
            ("\"18446744073709551615\"", nil, UInt64.max),
        ] as [(String?, String?, UInt64?)])
    func expectedVersion(_ match: String?, _ noneMatch: String?, _ version: UInt64?) throws {
        #expect(try Preconditions(ifMatch: match, ifNoneMatch: noneMatch).expectedVersion() == version)
    }

    @Test(
        "A condition that names no one version is refused",
        arguments: [
            ("W/\"7\"", nil, 412), ("\"abc\"", nil, 412), ("\"07\"", nil, 412), ("\"0\"", nil, 412),
            ("\"18446744073709551616\"", nil, 412), ("*", nil, 428), ("\"7\", \"8\"", nil, 400), ("7", nil, 400),
            ("", nil, 400), ("\"7", nil, 400), (nil, "\"7\"", 400), ("\"7\"", "*", 400), (nil, "", 400),
        ] as [(String?, String?, Int)])
    func refusedConditions(_ match: String?, _ noneMatch: String?, _ status: Int) {
        let problem = self.problem { () throws(ProblemDocument) in
            _ = try Preconditions(ifMatch: match, ifNoneMatch: noneMatch).expectedVersion()
        }
        #expect(problem?.status == status)
    }

    @Test(
        "A read is sent, not modified, or refused",
        arguments: [
            (nil, "\"7\"", .notModified), (nil, "W/\"7\"", .notModified), (nil, "\"6\", \"7-gzip\"", .notModified),
            (nil, "*", .notModified), (nil, "\"8\"", .send), (nil, nil, .send), ("\"7\"", nil, .send),
            ("W/\"7\"", nil, .failed), ("\"8\"", nil, .failed), ("*", nil, .send), ("\"8\"", "\"7\"", .failed),
        ] as [(String?, String?, Preconditions.Verdict)])
    func reads(_ match: String?, _ noneMatch: String?, _ verdict: Preconditions.Verdict) throws {
        #expect(
            try Preconditions(ifMatch: match, ifNoneMatch: noneMatch).verdict(on: EntityTag(version: 7)) == verdict)
    }

    @Test("Commas within a tag part nothing, and too many tags are refused")
    func tagLists() throws {
        let conditions = try Preconditions(ifMatch: nil, ifNoneMatch: "\"a,b\" , \"7\"")
        #expect(conditions.verdict(on: EntityTag(version: 7)) == .notModified)
        let many = Array(repeating: "\"1\"", count: 33).joined(separator: ",")
        let problem = self.problem { () throws(ProblemDocument) in
            _ = try Preconditions(ifMatch: nil, ifNoneMatch: many)
        }
        #expect(problem?.status == 400)
    }

    @Test("Bodies that differ have different tags")
    func bodyTags() {
        let (left, right) = (Array("{\"a\":1}".utf8), Array("{\"a\":2}".utf8))
        #expect(EntityTag(body: left.span.bytes) == EntityTag(body: left.span.bytes))
        #expect(EntityTag(body: left.span.bytes) != EntityTag(body: right.span.bytes))
    }

    @Test(
        "A type is accepted as the most exact range says",
        arguments: [
            (nil, true), ("*/*", true), ("application/json", true), ("application/*;q=0.1", true), ("", true),
            ("text/html", false), ("application/json;q=0", false), ("*/*, application/json;q=0.0", false),
            ("application/*;q=0, application/json", true), ("text/html, */*;q=0.8", true), ("nonsense", false),
            ("Application/JSON; charset=utf-8", true),
        ] as [(String?, Bool)])
    func accept(_ header: String?, _ isAccepted: Bool) {
        #expect(MediaTypes.isAccepted(MediaTypes.json, by: header) == isAccepted)
    }

    @Test(
        "A body is JSON in UTF-8, or its type is not taken",
        arguments: [
            (nil, true), ("application/json", true), ("Application/JSON; charset=UTF-8", true),
            ("application/json;charset=\"utf-8\"", true), ("application/merge-patch+json", true),
            ("application/json; charset=latin1", false), ("text/json", false), ("", false),
            ("application/x-www-form-urlencoded", false),
        ] as [(String?, Bool)])
    func contentType(_ header: String?, _ isJSON: Bool) {
        #expect(MediaTypes.isJSON(header) == isJSON)
    }

    @Test("An idempotency key is 1 to 255 visible characters, bare or quoted")
    func idempotencyKeys() throws {
        #expect(try IdempotencyKeyHeader.key([]) == nil)
        #expect(try IdempotencyKeyHeader.key(["k-1"]) == "k-1")
        #expect(try IdempotencyKeyHeader.key([" \"k-1\" "]) == "k-1")
        let longest = String(repeating: "k", count: 255)
        #expect(try IdempotencyKeyHeader.key([longest]) == longest)
        for fields in [[""], ["\"\""], ["a b"], ["ä"], [longest + "k"], ["a", "a"], ["a\"b"], ["\u{7}"]] {
            let problem = self.problem { () throws(ProblemDocument) in _ = try IdempotencyKeyHeader.key(fields) }
            #expect(problem?.status == 400, "\(fields)")
        }
    }

    @Test(
        "What is no traceparent begins a new trace",
        arguments: [
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0", "00-0af7651916cd43dd8448eb211c80319c",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-+1", "",
        ])
    func traceParents(_ text: String) { #expect(TraceParent(text) == nil) }

    // Of the state 1, 2, 3, 4 the generator of the paper's authors gives these.
    @Test("Ids are made by the generator that they are said to be made by, and differ")
    func ids() {
        var generator = IDGenerator(state: (1, 2, 3, 4))
        #expect((0..<4).map { _ in generator.next() } == [11_520, 0, 1_509_978_240, 1_215_971_899_390_074_240])
        var (left, right) = (IDGenerator(), IDGenerator())
        #expect(left.next() != right.next() || left.next() != right.next())
    }

    @Test("A trace is carried on under a span of our own")
    func traces() throws {
        var generator = SeededGenerator(seed: 1)
        let parent = try #require(TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
        let child = parent.child(using: &generator)
        #expect(child.traceID == parent.traceID)
        #expect(child.spanID != parent.spanID)
        #expect(child.isSampled)
        #expect(TraceParent(child.text) == child)
        let new = TraceParent(using: &generator)
        #expect(TraceParent(new.text) == new)
        #expect(TraceParent("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more") != nil)
    }

    @Test("A client's request id is taken where it has the form of one")
    func requestIDs() {
        #expect(RequestID.chosen("order-7_a.b") == "order-7_a.b")
        for text in [nil, "", "a b", "a\"b", "ä", "a\nb", String(repeating: "a", count: 129)] {
            #expect(RequestID.chosen(text) == nil)
        }
    }

    @Test("Other origins may read what the policy says, and nothing by default")
    func crossOrigin() {
        #expect(CrossOriginPolicy(origins: []).fields(origin: "https://a").isEmpty)
        let some = CrossOriginPolicy(origins: ["https://a"])
        #expect(some.fields(origin: "https://a").contains(HeaderField("Access-Control-Allow-Origin", "https://a")))
        #expect(some.fields(origin: "https://b") == [HeaderField("Vary", "Origin")])
        #expect(some.fields(origin: nil) == [HeaderField("Vary", "Origin")])
        #expect(some.preflightFields(origin: "https://b", verbs: ["GET"]).isEmpty)
        let all = CrossOriginPolicy(origins: ["*"])
        #expect(all.fields(origin: "https://b").contains(HeaderField("Access-Control-Allow-Origin", "*")))
        #expect(
            all.preflightFields(origin: "https://b", verbs: ["GET", "POST"])
                .contains(HeaderField("Access-Control-Allow-Methods", "GET, POST")))
        // No answer ever lets a browser send credentials by itself.
        #expect(!all.fields(origin: "https://b").contains { $0.name == "Access-Control-Allow-Credentials" })
    }

    @Test("What is going away says so")
    func retirement() throws {
        let retirement = try #require(Retirement(deprecatedOn: "2026-01-31", sunsetOn: "2028-02-29"))
        #expect(
            retirement.fields == [
                HeaderField("Deprecation", "@1769817600"), HeaderField("Sunset", "Tue, 29 Feb 2028 00:00:00 GMT"),
            ])
        #expect(Retirement(deprecatedOn: "", sunsetOn: "")?.fields == [])
        for text in ["2026-02-29", "2026-13-01", "26-01-01", "2026-1-1", "soon", "2026-00-10", "1969-01-01"] {
            #expect(Retirement(deprecatedOn: text, sunsetOn: "") == nil)
        }
    }

    @Test("Caches are told how long, and by which keys of the brand, as far as there is something to keep")
    func caches() {
        let both = CacheLifetime(clientSeconds: 0, sharedSeconds: 300)
        #expect(
            both.fields == [
                HeaderField("Cache-Control", "private, no-cache"), HeaderField("Surrogate-Control", "max-age=300"),
                HeaderField("Vary", "Authorization"),
            ])
        #expect(
            SurrogateKeys.fields(["a/1", "b"], brand: "0 1", both)
                == [HeaderField("Surrogate-Key", "brand-0%201/a/1 brand-0%201/b")])
        let client = CacheLifetime(clientSeconds: 60, sharedSeconds: 0)
        #expect(
            client.fields == [
                HeaderField("Cache-Control", "private, max-age=60"), HeaderField("Vary", "Authorization"),
            ])
        #expect(SurrogateKeys.fields(["a"], brand: "0", client).isEmpty)
        #expect(SurrogateKeys.fields([], brand: "0", both).isEmpty)
        // What would part keys, end a header or look like another one's brand does none of it.
        #expect(SurrogateKeys.encoded("a b/c\r\nd%é") == "a%20b%2Fc%0D%0Ad%25%C3%A9")
        #expect(SurrogateKeys.encoded("AZaz09-._~") == "AZaz09-._~")
    }
}
