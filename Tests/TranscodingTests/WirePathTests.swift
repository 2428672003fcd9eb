import ProtobufC
import SampleMessages
import Testing

@testable import Transcoding

@Suite("A field of a message within a message is read from wire bytes")
struct WirePathTests {
    private func path(_ path: String, _ kind: WireField.Kind = .unsigned) throws -> WirePath? {
        WirePath(path, kind, of: try Sample.type("SaveRecordResponse"), in: Sample.schema)
    }

    @Test("the number is found where it stands, and what is absent or cut off is nil")
    func reading() throws {
        let version = try #require(try self.path("record.version"))
        let response = SaveRecordResponse(record: Record(name: "a", version: 1 << 60), created: true)
        let bytes = try response.encodedBytes()
        #expect(version.unsigned(in: bytes.span.bytes) == 1 << 60)
        for absent in [SaveRecordResponse(created: true), SaveRecordResponse(record: Record(name: "a"))] {
            let bytes = try absent.encodedBytes()
            #expect(version.unsigned(in: bytes.span.bytes) == nil)
        }
        for count in 0..<bytes.count - 2 {
            let cut = Array(bytes[..<count])
            #expect(version.unsigned(in: cut.span.bytes) == nil)
        }
    }

    @Test("of a message that stands there twice the last counts")
    func last() throws {
        let version = try #require(try self.path("record.version"))
        let first = try SaveRecordResponse(record: Record(name: "a", version: 1)).encodedBytes()
        let second = try SaveRecordResponse(record: Record(name: "b", version: 2)).encodedBytes()
        let (rising, falling) = (first + second, second + first)
        #expect(version.unsigned(in: rising.span.bytes) == 2)
        #expect(version.unsigned(in: falling.span.bytes) == 1)
    }

    @Test("a path that leads nowhere, through a list or to another kind is none")
    func unknown() throws {
        for name in ["", ".", "record", "record.", "record.nothing", "record.text", "created.version", "version"] {
            #expect(try self.path(name) == nil, "\(name)")
        }
        let list = try Sample.type("ListRecordsResponse")
        #expect(WirePath("records.version", .unsigned, of: list, in: Sample.schema) == nil)
        #expect(try self.path("record.text", .text) != nil && self.path("created", .bool) != nil)
    }

    @Test("options of answers and of caches are read from the descriptors")
    func options() throws {
        let routes = try RouteTable(Sample.schema).routes
        let save = try #require(routes.first { $0.template == "/v1/records" && $0.verb == "POST" })
        #expect(save.responseBody == "record" && save.created == "created" && save.method.cache == nil)
        let get = try #require(routes.first { $0.template == "/v1/records/{name}" })
        #expect(get.responseBody.isEmpty && get.created.isEmpty)
        #expect(get.method.cache?.maximumAgeSeconds == 0 && get.method.cache?.sharedAgeSeconds == 300)
        #expect(get.method.cache?.keys == ["record/{name}", "records"])
    }
}
