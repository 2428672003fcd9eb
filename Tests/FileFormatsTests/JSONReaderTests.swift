import FileFormats
import Testing

@Suite("Documents of JSON")
struct JSONReaderTests {
    private func read(_ pieces: [[UInt8]]) -> [String] {
        var reader = JSONReader(FileBuffer(offset: 0, line: 1))
        var record = JSONRecord()
        var all: [String] = []
        var pieces = pieces[...]
        while true {
            switch reader.next(into: &record) {
            case .end: return all
            case .needsMore:
                if let piece = pieces.popFirst() { reader.buffer.append(piece) } else { reader.buffer.complete() }
            case .record:
                let text = String(decoding: record.text, as: UTF8.self)
                all.append("\(record.line)@\(record.offset):\(record.fault?.message ?? text)")
            }
        }
    }

    private func read(_ text: String) -> [String] { self.read([Array(text.utf8)]) }

    @Test("one document, an array, lines, and documents over several lines")
    func forms() {
        #expect(self.read("{\"a\":1}") == ["1@0:{\"a\":1}"])
        #expect(self.read("[{\"a\":1},\n {\"b\":\"}\"}]\n") == ["1@1:{\"a\":1}", "2@11:{\"b\":\"}\"}"])
        #expect(self.read("{}\n{}\r\n\n{}") == ["1@0:{}", "2@3:{}", "4@8:{}"])
        #expect(self.read("{\n\"a\":{\"b\":\"\\\"{\"}\n}") == ["1@0:{\n\"a\":{\"b\":\"\\\"{\"}\n}"])
        #expect(self.read(" [ ] ") == [])
    }

    @Test("what is no document is named by its line, and harms no other")
    func faults() {
        #expect(
            self.read("{}\nnonsense {}\n{}") == ["1@0:{}", "2@3:something stands between the documents", "3@15:{}"])
        #expect(self.read("{}\n{\"a\":\n{}") == ["1@0:{}", "2@3:the document has no end", "3@9:{}"])
        let long = "{\"a\":\"" + String(repeating: "x", count: 200_000) + "\"}\n{}"
        #expect(self.read(long) == ["1@0:the document has more than 131072 bytes", "2@200009:{}"])
    }

    @Test("where a file is cut into pieces makes no difference")
    func splits() {
        let bytes = Array("[{\"a\":\"\\\\\"},\n{\"b\":{\"c\":[1]}}\nx\n,{}]".utf8)
        let whole = self.read([bytes])
        #expect(whole.count == 4)
        for first in 0...bytes.count {
            #expect(self.read([Array(bytes[..<first]), Array(bytes[first...])]) == whole, "cut at \(first)")
        }
    }

    @Test(
        "values as RFC 8259 has them",
        arguments: [
            ("null", JSONValue.null), (" true ", .bool(true)), ("-1.5e+3", .number("-1.5e+3")),
            ("9007199254740993", .number("9007199254740993")), ("\"\\u00e4\\ud83d\\ude00\\n\"", .string("ä😀\n")),
            ("[1,[]]", .array([.number("1"), .array([])])),
            ("{\"a\":false}", .object([JSONValue.Member(name: "a", value: .bool(false))])),
        ])
    func values(text: String, value: JSONValue) throws {
        #expect(try JSONValue(Array(text.utf8)[...]) == value)
    }

    @Test(
        "what is no JSON is refused",
        arguments: [
            "", "nul", "01", "1.", "1e", "-", "[1,]", "{\"a\" 1}", "{a:1}", "\"\\x\"", "\"\\ud800\"", "\"\n\"", "\"a",
            "1 2",
            "{\"a\":1,}", "[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]", "+1", "\"\\u12\"",
        ])
    func noJSON(text: String) {
        #expect(throws: JSONFault.self) { try JSONValue(Array(text.utf8)[...]) }
    }

    @Test("a text that is not UTF-8 is refused")
    func notUTF8() {
        #expect(throws: JSONFault.self) { try JSONValue([0x22, 0xFF, 0x22]) }
    }
}
