import Testing

@testable import GatewayDomain

@Suite("What a raw answer says beside its body")
struct RawAnswerHeadTests {
    private func fields(
        _ contentType: String = "", _ fileName: String = "", _ headers: [HeaderField] = []
    ) throws -> [String] {
        let head = try RawAnswerHead(contentType: contentType, fileName: fileName, headers: headers, produces: "a/b")
        return head.fields.map { "\($0.name): \($0.value)" }
    }

    @Test("the binding's type unless another is named, the status 200, further headers")
    func plain() throws {
        #expect(try RawAnswerHead(produces: "a/b").status == 200)
        #expect(try RawAnswerHead(status: 599, produces: "a/b").status == 599)
        #expect(try self.fields() == ["Content-Type: a/b"])
        #expect(
            try self.fields("text/csv", "", [HeaderField("etag", "\"1\"")]) == [
                "Content-Type: text/csv", "etag: \"1\"",
            ])
    }

    @Test(
        "a file's name is quoted, and given in full where it is not plain",
        arguments: [
            ("stock.csv", #"attachment; filename="stock.csv""#),
            (#"a"b\c/d%e"#, #"attachment; filename="a_b_c_d_e"; filename*=UTF-8''a%22b%5Cc%2Fd%25e"#),
            ("é\r\n", #"attachment; filename="___"; filename*=UTF-8''%C3%A9%0D%0A"#),
        ])
    func fileNames(_ name: String, _ value: String) throws {
        #expect(try self.fields("", name).last == "Content-Disposition: \(value)")
    }

    @Test("what cannot be sent, or is not the service's to say, is a fault")
    func faults() {
        for status in [1, 199, 600, .max] as [UInt32] {
            #expect(throws: RawAnswerHead.Fault.self) { try RawAnswerHead(status: status, produces: "a/b") }
        }
        for name in ["content-length", "set-cookie", "connection", "X-Upper", "", "a b", "date", "x-request-id"] {
            #expect(throws: RawAnswerHead.Fault.self) { try self.fields("", "", [HeaderField(name, "v")]) }
        }
        #expect(throws: RawAnswerHead.Fault.self) { try self.fields("text/csv\r\nX: y") }
        #expect(throws: RawAnswerHead.Fault.self) { try self.fields("", "", [HeaderField("x-a", "é")]) }
        #expect(throws: RawAnswerHead.Fault.self) { try self.fields("", String(repeating: "x", count: 256)) }
        let many = Array(repeating: HeaderField("x-a", "1"), count: 33)
        #expect(throws: RawAnswerHead.Fault.self) { try self.fields("", "", many) }
    }

    @Test("the type of a raw body is one of those that are taken, or the first where none is named")
    func types() {
        let csv = ["text/csv", "application/gzip"]
        #expect(MediaTypes.rawType("Text/CSV; charset=utf-8", among: csv) == "text/csv")
        #expect(MediaTypes.rawType(nil, among: csv) == "text/csv")
        #expect(MediaTypes.rawType("text/html", among: csv) == nil && MediaTypes.rawType("", among: csv) == nil)
        #expect(MediaTypes.rawType(nil, among: ["*/*"]) == "" && MediaTypes.rawType("A/B", among: ["*/*"]) == "a/b")
    }
}
