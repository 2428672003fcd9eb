import FileFormats
import Testing

@Suite("Elements of a JSON list")
struct JSONListReaderTests {
    private func read(_ pieces: [[UInt8]], _ member: String? = nil) -> [String] {
        var reader = JSONListReader(member: member)
        var element = JSONElement()
        var all: [String] = []
        var pieces = pieces[...]
        while true {
            do throws(RowFault) {
                switch try reader.next(into: &element) {
                case .end: return all
                case .needsMore:
                    if let piece = pieces.popFirst() { reader.buffer.append(piece) } else { reader.buffer.complete() }
                case .record:
                    let text = element.isTooLong ? "too long" : String(decoding: element.text, as: UTF8.self)
                    all.append("\(element.number):\(text)")
                }
            } catch {
                return all + [error.reason]
            }
        }
    }

    private func read(_ text: String, _ member: String? = nil) -> [String] { self.read([Array(text.utf8)], member) }

    @Test("a list of anything, alone")
    func list() {
        #expect(self.read("[]") == [] && self.read(" [ \n ] \n") == [])
        #expect(
            self.read("[{\"a\":\"}]\\\"\"}, 1 ,\"x,]\",[[],{}],null\n]") == [
                "1:{\"a\":\"}]\\\"\"}", "2:1", "3:\"x,]\"", "4:[[],{}]", "5:null",
            ])
    }

    @Test("a list under a name, whatever stands beside it")
    func member() {
        let text = """
            {"next": null, "meta": {"items": [1], "x": "}"}, "n": -1.5, "s": "a\\"b", "it\\u0065ms": [{"a":1}, {"b":2}],
             "more": [{"c":3}]}
            """
        #expect(self.read(text, "items") == ["1:{\"a\":1}", "2:{\"b\":2}"])
        #expect(self.read("{\"items\":[]}", "items") == [])
        for text in ["{}", "{\"other\":[1]}", "{\"items\":{}}", "{\"items\":null}", "[1]", "1", "\"items\""] {
            #expect(self.read(text, "items") == ["list-missing"], "\(text)")
        }
        #expect(self.read("{\"items\":[1],\"items\":[2]}", "items") == ["1:1", "json-malformed"])
        #expect(self.read("{\"error\":\"too many requests\"}") == ["list-missing"])
    }

    @Test("a file that ends early is told as such, wherever it ends")
    func incomplete() {
        for (text, member) in [
            ("[{\"a\":[1]},{\"b\":\"x\\\"\"}]", nil), ("{\"n\":{\"x\":1},\"items\":[1,{}],\"m\":\"y\"}", "items"),
        ] as [(String, String?)] {
            for length in 0..<text.utf8.count {
                let found = self.read(String(decoding: text.utf8.prefix(length), as: UTF8.self), member)
                #expect(found.last == "json-incomplete", "\(text.prefix(length))")
            }
        }
    }

    @Test("what is no JSON around elements is refused")
    func malformed() {
        for text in ["[1,]", "[,1]", "[1 2]", "[1,,2]", "[}", "[1}", "[1]]", "[1] x", "[{} {}]"] {
            #expect(self.read(text).last == "json-malformed", "\(text)")
        }
        for text in [
            "{\"items\":[1],}", "{\"items\":[1]]", "{\"a\" 1}", "{\"a\":}", "{\"a\":,\"items\":[]}", "{a:1}",
            "{\"a\":1 2}",
            "{\"items\":[1]}{", "{\"a\\x\":1}",
        ] {
            #expect(self.read(text, "items").last == "json-malformed", "\(text)")
        }
    }

    @Test("an element that is too long is passed over, and its memory with it; names have a limit, too")
    func tooLong() {
        let long = String(repeating: "x", count: 300_000)
        let text = "[{\"a\":1},{\"b\":\"\(long)\"},{\"c\":3}]"
        let bytes = Array(text.utf8)
        let pieces = stride(from: 0, to: bytes.count, by: 10_000).map {
            Array(bytes[$0..<min($0 + 10_000, bytes.count)])
        }
        #expect(self.read(pieces) == ["1:{\"a\":1}", "2:too long", "3:{\"c\":3}"])
        #expect(self.read(text) == ["1:{\"a\":1}", "2:too long", "3:{\"c\":3}"])
        #expect(self.read("{\"\(long)\":1}", "items") == ["json-malformed"])
        #expect(self.read("{\"note\":\"\(long)\",\"items\":[1]}", "items") == ["1:1"])
    }

    @Test("where a file is cut into pieces makes no difference")
    func splits() {
        let texts: [(String, String?)] = [
            (" [{\"a\":\"\\\\\"},\n-12,{\"b\":{\"c\":[1]}} ,\"\\\"\",true]\n", nil),
            ("{\"n\":{\"x\":\"\\\"}\"},\"items\":[1,{}], \"m\":12}", "items"),
        ]
        for (text, member) in texts {
            let bytes = Array(text.utf8)
            let whole = self.read([bytes], member)
            #expect(whole.count >= 2 && whole.last != "json-malformed")
            for first in 0...bytes.count {
                #expect(
                    self.read([Array(bytes[..<first]), Array(bytes[first...])], member) == whole, "cut at \(first)")
            }
            #expect(self.read(bytes.map { [$0] }, member) == whole)
        }
    }
}
