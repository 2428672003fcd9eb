import ProtobufC
import SampleMessages
import Testing
import WellKnownMessages

@testable import Transcoding

@Suite("A request finds its route, and its parts make the request message together")
struct RouteTests {
    private let routes: RouteTable

    init() throws { self.routes = try RouteTable(Sample.schema) }

    private func found(_ verb: String, _ path: String) throws -> (Route, PathParameters) {
        let match = self.routes.match(verb: verb, path: path.utf8.span.bytes)
        guard case .found(let route, let parameters) = match else {
            Issue.record("\(verb) \(path): \(match)")
            throw TranscodingError(.malformedMessage, "no route")
        }
        return (route, parameters)
    }

    private func wire(_ verb: String, _ path: String, query: String = "", body: String = "") throws -> [UInt8] {
        let (route, parameters) = try self.found(verb, path)
        let output = OutputBytes()
        try Sample.transcoder.appendWire(
            route: route, path: parameters, query: query.utf8.span.bytes, body: body.utf8.span.bytes, to: output)
        return output.array
    }

    private func request<M: Message>(
        _: M.Type, _ verb: String, _ path: String, query: String = "", body: String = ""
    ) throws -> M {
        try M(decoding: self.wire(verb, path, query: query, body: body))
    }

    private func faults(_ verb: String, _ path: String, query: String = "", body: String = "") throws -> [String] {
        let error = #expect(throws: TranscodingError.self) { try self.wire(verb, path, query: query, body: body) }
        #expect(error?.code == .invalidFields)
        return (error?.fields ?? []).map { "\($0.source) \($0.pointer) \($0.field) \($0.reason)" }
    }

    @Test("text goes before a parameter, but only where it has the verb")
    func matching() throws {
        #expect(try self.found("POST", "/v1/parts/find").0.method.name == "driveline.sample.v1.PartService/FindParts")
        #expect(try self.found("GET", "/v1/parts/find").0.method.name == "driveline.sample.v1.PartService/GetPart")
        #expect(try self.found("POST", "/v1/parts/other").0.method.name == "driveline.sample.v1.PartService/PutPart")
        #expect(
            try self.found("GET", "/v1/makers/a/parts").0.method.name == "driveline.sample.v1.PartService/ListParts")
        #expect(try self.found("GET", "/v1/p%61rts").0.method.name == "driveline.sample.v1.PartService/ListParts")
        for path in [
            "", "/", "v1/parts", "/v1", "/v1/parts/", "//v1/parts", "/v1/parts//", "/v2/parts", "/v1/parts/a/b",
            "/v1/parts?x=1",
        ] {
            guard case .notFound = self.routes.match(verb: "GET", path: path.utf8.span.bytes) else {
                Issue.record("\(path) leads somewhere")
                continue
            }
        }
        guard
            case .verbNotAllowed(let allowed) = self.routes.match(
                verb: "DELETE", path: "/v1/parts/find".utf8.span.bytes)
        else {
            Issue.record("DELETE is allowed")
            return
        }
        #expect(allowed == ["GET", "PATCH", "POST", "PUT"])
        #expect(self.routes.allowedVerbs(path: "/v1/parts".utf8.span.bytes) == ["GET"])
        let long = String(repeating: "/a", count: 100_000)
        guard case .notFound = self.routes.match(verb: "GET", path: long.utf8.span.bytes) else {
            Issue.record("a path without end leads somewhere")
            return
        }
    }

    @Test("a parameter of the path is percent-decoded, and checked like any field")
    func path() throws {
        #expect(try self.request(GetPartRequest.self, "GET", "/v1/parts/A%2Fb+%C3%A9").partID == "A/b+é")
        #expect(try self.faults("GET", "/v1/parts/123456789") == ["path  partId is 9 bytes long"])
        for bad in ["%", "%4", "%GG", "%00", "%FF", "%C3"] {
            #expect(
                try self.faults("GET", "/v1/parts/\(bad)") == ["path  partId is not percent-encoded UTF-8"], "\(bad)")
        }
    }

    @Test("a query fills fields of every type")
    func query() throws {
        let query =
            "skus=a%26b&mode=2_speed&active=true&changedSince=2026-01-31T12:00:00%2B00:00&pageSize=1e1"
            + "&numbers=-5&numbers=7&skus=c+d&priceFrom=12.50&ratio=0.5&limit=3&maker.makerId=m&maker.country=de&token=-__-AQ"
        let request = try self.request(ListPartsRequest.self, "GET", "/v1/parts", query: query)
        #expect(
            request
                == ListPartsRequest(
                    skus: ["a&b", "c d"], mode: .mode2Speed, active: true,
                    changedSince: ProtoTimestamp(seconds: 1_769_860_800), pageSize: 10, numbers: [-5, 7],
                    priceFrom: Decimal(micros: 12_500_000), ratio: 0.5, limit: 3,
                    maker: ListPartsRequest.Maker(makerID: "m", country: "de"), token: [0xFB, 0xFF, 0xFE, 0x01]))
        #expect(try self.request(ListPartsRequest.self, "GET", "/v1/parts") == ListPartsRequest())
        #expect(try self.request(ListPartsRequest.self, "GET", "/v1/parts", query: "&&ratio=0&") == ListPartsRequest())
    }

    @Test("what a query gets wrong is said with the parameter's name")
    func wrongQuery() throws {
        let query =
            "sku=a&mode=onn&active=yes&active=1&changedSince=x&pageSize=101&numbers=1&numbers=x&priceFrom=&ratio="
            + "&limit=0&maker.country=deu&labels=x&skus=%zz&maker=x&maker.x=1&%ff=1&=1"
        #expect(
            try self.faults("GET", "/v1/parts", query: query) == [
                "query  sku is not known; did you mean skus?", "query  labels is not known",
                "query  maker is not known",
                "query  maker.x is not known", "query   has a name that is not percent-encoded UTF-8",
                "query   is not known",
                "query  mode is none of its values; did you mean on?", "query  active is given 2 times",
                "query  changedSince is not valid", "query  pageSize is 101", "query  numbers is not a number",
                "query  priceFrom is not valid", "query  ratio is text", "query  limit is 0",
                "query  maker.country is 3 bytes long", "query  maker.makerId is missing",
                "query  skus is not percent-encoded UTF-8",
            ])
        #expect(
            try self.faults("GET", "/v1/parts", query: "skus=1&skus=2&skus=3&skus=4") == ["query  skus has 4 elements"])
        #expect(try self.faults("GET", "/v1/parts/P1", query: "x=1") == ["query  x is not known"])
        let long = String(repeating: "n", count: 10_000)
        #expect(
            try self.faults("GET", "/v1/parts", query: "\(long)=1")
                == ["query  \(long.prefix(TranscodingError.maximumNameBytes))… is not known"])
        let many = (0..<10_000).map { "skus=\($0)" }.joined(separator: "&")
        #expect(try self.faults("GET", "/v1/parts", query: many).first == "query   has more than 256 parameters")
        let unknown = (0..<10_000).map { "x\($0)=1" }.joined(separator: "&")
        #expect(try self.faults("GET", "/v1/parts", query: unknown).count == TranscodingError.maximumFields)
    }

    @Test("path and query can fill a message within the request together")
    func nestedPath() throws {
        let request = try self.request(
            ListPartsRequest.self, "GET", "/v1/makers/m1/parts", query: "maker.country=de&skus=a")
        #expect(request == ListPartsRequest(skus: ["a"], maker: ListPartsRequest.Maker(makerID: "m1", country: "de")))
        #expect(
            try self.faults("GET", "/v1/makers/m1/parts", query: "maker.makerId=x&ratio=1") == [
                "query  maker.makerId is not known", "query  ratio is not known",
            ])
    }

    @Test("a body is the whole message, or a field of it")
    func body() throws {
        let part = Part(name: "Pad", tags: ["a"])
        let expected = PutPartRequest(partID: "P1", part: part, dryRun: true)
        let json = #"{"name":"Pad","tags":["a"]}"#
        #expect(
            try self.request(PutPartRequest.self, "PUT", "/v1/parts/P1", query: "dryRun=true", body: json) == expected)
        let whole = "{\"part\":\(json),\"dryRun\":true}"
        #expect(try self.request(PutPartRequest.self, "POST", "/v1/parts/P1", body: whole) == expected)
        #expect(
            try self.request(ListPartsRequest.self, "POST", "/v1/parts/find", body: #"{"labels":{"a":"b"}}"#)
                == ListPartsRequest(labels: ["a": "b"]))
        #expect(try self.request(ListPartsRequest.self, "POST", "/v1/parts/find") == ListPartsRequest())
    }

    @Test("what is wrong in path, query and body is said at once")
    func wrongBody() throws {
        #expect(
            try self.faults(
                "PUT", "/v1/parts/123456789", query: "dryRun=1", body: #"{"tags":["A"],"attributes":{"a":1}}"#) == [
                    "path  partId is 9 bytes long", "query  dryRun is neither true nor false",
                    "body /tags/0 part.tags[0] does not match", "body /attributes/a part.attributes[a] is a number",
                    "body /name part.name is missing",
                ])
        #expect(try self.faults("PUT", "/v1/parts/P1") == ["body  part is missing"])
        #expect(try self.faults("PUT", "/v1/parts/P1", body: "[]") == ["body  part is a list"])
        #expect(try self.faults("PUT", "/v1/parts/P1", body: "null") == ["body  part is missing"])
        #expect(try self.faults("POST", "/v1/parts/P1") == ["body /part part is missing"])
        #expect(
            try self.faults("POST", "/v1/parts/P1", body: #"{"partId":"P1","part":{"name":"x"}}"#) == [
                "body /partId partId stands in the URL already"
            ])
        #expect(try self.faults("GET", "/v1/parts/P1", body: "{}") == ["body   is given"])
        let error = #expect(throws: TranscodingError.self) { try self.wire("PUT", "/v1/parts/P1", body: "{} x") }
        #expect(error?.code == .malformedJSON)
    }

    @Test("a PATCH without a mask changes what its body names, null among it")
    func patch() throws {
        let body =
            #"{"name":"Pad","price":null,"dimensions":{"length":5,"width":null},"tags":["a"],"attributes":{"x":"y"},"leadTime":"1s"}"#
        let request = try self.request(PatchPartRequest.self, "PATCH", "/v1/parts/P1", body: body)
        #expect(
            request.updateMask
                == ProtoFieldMask(paths: [
                    "name", "price", "dimensions.length", "dimensions.width", "tags", "attributes", "lead_time",
                ]))
        #expect(request.part?.name == "Pad")
        #expect(request.part?.price == nil)
        let given = try self.request(
            PatchPartRequest.self, "PATCH", "/v1/parts/P1", query: "updateMask=name,leadTime", body: body)
        #expect(given.updateMask == ProtoFieldMask(paths: ["name", "lead_time"]))
    }
}
