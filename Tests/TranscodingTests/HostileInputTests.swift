import ProtobufC
import SampleMessages
import TestSupport
import Testing

@testable import Transcoding

@Suite("Whatever the bytes are, the answer is a message or an error")
struct HostileInputTests {
    @Test(
        "what is not JSON is refused as such",
        arguments: [
            "", " ", "{", "}", "[", "{]", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}",
            "{\"a\" 1}",
            "{\"a\":1 \"b\":2}", "{a:1}", "{'a':1}", "{1:1}", "{}{}", "{} x", "{}\0", "{\"a\":01}", "{\"a\":+1}",
            "{\"a\":.5}", "{\"a\":1.}", "{\"a\":1e}", "{\"a\":-}", "{\"a\":1e+}", "{\"a\":0x1}", "{\"a\":1_0}",
            "{\"a\":NaN}", "{\"a\":Infinity}", "{\"a\":tru}", "{\"a\":True}", "{\"a\":nul", "{\"a\":[1,]}",
            "{\"a\":[,1]}",
            "{\"a\":[1 2]}", "{\"a\":[1}", "{\"a\":\"x}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"\\u12G4\"}",
            "{\"a\":\"\n\"}", "{\"a\":\"\t\"}", "{\"a\":\"\u{1}\"}", "{\"a\":\"\\\"}", "// x\n{}", "{/**/}", "{}\u{A0}",
            "\u{FEFF}{}", "{\"a\":\"\\", "{\"a\":\"\\u", "{\u{C}}",
        ])
    func malformed(_ json: String) throws {
        let error = try #require(try Sample.error("Nesting", Array(json.utf8)))
        #expect(error.code == .malformedJSON, "\(error)")
        #expect(error.offset.map { (0...json.utf8.count).contains($0) } == true)
    }

    @Test(
        "text that is not UTF-8 is refused",
        arguments: [
            [0xFF], [0xC3], [0xC3, 0x28], [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80],
            [0xF4, 0x90, 0x80, 0x80],
            [0xF8, 0x88, 0x80, 0x80, 0x80], [0x80], [0xE2, 0x82],
        ] as [[UInt8]])
    func notUTF8(_ bytes: [UInt8]) throws {
        for (before, after) in [("{\"stringValue\":\"", "\"}"), ("{\"", "\":1}"), ("{\"x\":[\"12345678", "\"]}")] {
            let error = try #require(try Sample.error("Scalars", Array(before.utf8) + bytes + Array(after.utf8)))
            #expect(error.code == .malformedJSON)
            #expect(error.message.contains("not UTF-8"))
        }
    }

    @Test("nesting without end is refused, wherever it stands", arguments: ["[", "{\"a\":", "[[{\"a\":["])
    func deep(_ piece: String) throws {
        for before in ["", "{\"empties\":", "{\"unknown\":", "{\"lists\":{\"x\":"] {
            let json = before + String(repeating: piece, count: 100_000)
            let error = try #require(try Sample.error("Nesting", Array(json.utf8)))
            #expect(error.code == .malformedJSON)
            #expect(error.message.contains("more than 64 deep"))
        }
    }

    @Test("64 levels are read, 65 are not")
    func deepest() throws {
        func json(_ count: Int) -> [UInt8] {
            Array(
                ("{\"x\":" + String(repeating: "[", count: count - 1) + "1" + String(repeating: "]", count: count - 1)
                    + "}").utf8)
        }
        #expect(try Sample.error("Empty", json(64))?.code == .invalidFields)
        #expect(try Sample.error("Empty", json(65))?.code == .malformedJSON)
    }

    @Test("every beginning of a text is refused")
    func truncated() throws {
        var random = RandomWire(Sample.schema, seed: testSeed())
        let type = try Sample.type("Nesting")
        let json = try Sample.transcoder.json(wire: random.message(type.index), of: type)
        #expect(try Sample.error("Nesting", json) == nil)
        let step = max(1, json.count / 2_000)
        for count in stride(from: 0, to: json.count, by: step) {
            let error = try #require(try Sample.error("Nesting", Array(json[..<count])))
            #expect(error.code == .malformedJSON)
        }
    }

    @Test("a text with random changes is a message or an error, and a message can be read again")
    func mutated() throws {
        var random = RandomWire(Sample.schema, seed: testSeed())
        let pieces =
            [
                "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "\\ud800", "null", "true", "-", "0", "1e999",
                "9999999999999999999",
                ".", "\u{0}", "\u{1F}", "é", " ", "\"sku\":", "{}", "[]", "\"\"",
            ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0x80]]
        var accepted = 0
        for name in ["Scalars", "Lists", "Maps", "Choices", "Nesting", "Ruled", "Part", "ListPartsRequest"] {
            let type = try Sample.type(name)
            for _ in 0..<300 {
                var json = try Sample.transcoder.json(wire: random.message(type.index), of: type)
                for _ in 0..<random.number(1..<4) {
                    let place = random.number(0..<json.count)
                    let end = min(json.count, place + random.number(0..<4))
                    json.replaceSubrange(place..<end, with: pieces[random.number(0..<pieces.count)])
                }
                guard let wire = try? Sample.transcoder.wire(json: json, of: type) else { continue }
                accepted += 1
                let again = try Sample.transcoder.json(wire: wire, of: type)
                let once = try Sample.transcoder.wire(json: again, of: type)
                #expect(try Sample.transcoder.json(wire: once, of: type) == again)
            }
        }
        #expect(accepted > 0)
    }

    @Test("random changes on the wire are JSON or an error, and the JSON is JSON")
    func mutatedWire() throws {
        var random = RandomWire(Sample.schema, seed: testSeed())
        random.isScattered = true
        for name in ["Scalars", "Lists", "Maps", "Choices", "Nesting", "Part"] {
            let type = try Sample.type(name)
            for _ in 0..<200 {
                var wire = random.message(type.index)
                guard !wire.isEmpty else { continue }
                for _ in 0..<random.number(1..<4) {
                    wire[random.number(0..<wire.count)] = UInt8(random.number(0..<256))
                }
                guard let json = try? Sample.transcoder.json(wire: wire, of: type) else { continue }
                var scanner = JSONScanner(json.span.bytes)
                do throws(JSONError) {
                    try scanner.skip()
                    try scanner.finish()
                } catch {
                    Issue.record("\(error): \(String(decoding: json, as: UTF8.self))")
                }
            }
        }
    }
}
