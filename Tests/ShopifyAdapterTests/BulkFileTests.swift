import ChannelAdapter
import FileFormats
import TestSupport
import Testing

@testable import ShopifyAdapter

@Suite("The lines of a bulk operation, and what is said of each")
struct BulkFileTests {
    private static func line(_ text: String) -> JSONValue { .members(["text": .string(text)]) }

    @Test("each call is one line, whatever its texts hold")
    func lines() {
        let texts = ["a", "two\nlines\r\nand \u{2028} a third", "\"quoted\" \\ ü 🚗", "", "\0"]
        let file = ShopifyBulkFile(texts.map(Self.line))
        let lines = file.bytes.split(separator: UInt8(ascii: "\n"))
        #expect(file.count == texts.count && lines.count == texts.count && file.bytes.last == UInt8(ascii: "\n"))
        #expect(lines.map { try? JSONValue($0)["text"]?.text } == texts)
    }

    @Test("what does not fit into a file is left out, but for the first line")
    func full() {
        let lines = (0..<10).map { _ in Self.line(String(repeating: "x", count: 90)) }
        #expect(ShopifyBulkFile(lines, limit: 350).count == 3)
        #expect(ShopifyBulkFile(lines, limit: 10).count == 1)
        #expect(ShopifyBulkFile(lines).count == 10)
    }

    @Test("the platform's fields stand before the file in the form, and the file is whole")
    func form() {
        let file = ShopifyBulkFile([Self.line("a"), Self.line("--driveline-b")])
        let (body, type) = file.form([("key", "tmp/1"), ("policy", "p")])
        let boundary = type.dropFirst("multipart/form-data; boundary=".count)
        let expected = """
            --\(boundary)\r\nContent-Disposition: form-data; name="key"\r\n\r\ntmp/1\r\n\
            --\(boundary)\r\nContent-Disposition: form-data; name="policy"\r\n\r\np\r\n\
            --\(boundary)\r\nContent-Disposition: form-data; name="file"; filename="rows.jsonl"\r\n\
            Content-Type: text/jsonl\r\n\r\n{"text":"a"}\n{"text":"--driveline-b"}\n\r\n--\(boundary)--\r\n
            """
        #expect(String(decoding: body, as: UTF8.self) == expected)
    }

    @Test("results count for the line whose number they have, in whatever order; a line without one has none")
    func shuffled() {
        let seed = testSeed()
        var numbers = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let count = Int.random(in: 0...40, using: &numbers)
            let told = (0..<count).filter { _ in Bool.random(using: &numbers) }
            let lines = told.shuffled(using: &numbers).map {
                ScriptedBulk.line($0, #"{"n":"\#($0)"}"#)
            }
            let results = ShopifyBulkFile.results(in: Array(lines.joined()), count: count)
            #expect(results.count == count)
            for (index, result) in results.enumerated() {
                let said = result.flatMap { try? $0.data.get() }?["n"]?.text
                #expect(said == (told.contains(index) ? "\(index)" : nil), "seed \(seed), line \(index)")
            }
        }
    }

    @Test("what is no result says nothing, and spoils no other line")
    func broken() {
        let good = ScriptedBulk.line(1, "{}")
        let cases: [[UInt8]] = [
            Array("{\"data\":{},\"__lineNumber\":0\n".utf8), [0xFF, 0xFE, 0x0A], Array("[]\n".utf8),
            Array("\n\n\r\n".utf8),
            Array("{\"data\":{\"a\":\"".utf8) + [0xC3, 0x28] + Array("\"},\"__lineNumber\":0}\n".utf8),
            Array("{\"data\":{}}\n".utf8), ScriptedBulk.line(2, "{}"), ScriptedBulk.line(-1, "{}"),
            Array("{\"data\":{},\"__lineNumber\":0.5}\n".utf8),
            Array("{\"data\":{},\"__lineNumber\":99999999999999999999}\n".utf8),
            ScriptedBulk.line(0, "{}") + ScriptedBulk.line(0, "{}"),
        ]
        for bytes in cases {
            for content in [bytes + good, good + bytes] {
                let results = ShopifyBulkFile.results(in: content, count: 2)
                #expect(results.count == 2 && results[0] == nil, "\(String(decoding: bytes, as: UTF8.self))")
                #expect(results[1].flatMap { try? $0.data.get() } != nil, "\(String(decoding: bytes, as: UTF8.self))")
            }
        }
        #expect(ShopifyBulkFile.results(in: Array("{\"__lineNumber\":0}".utf8), count: 1)[0]?.quota == nil)
    }

    @Test("a file of results that ends anywhere says what its whole lines say")
    func cutOff() {
        let content = (0..<3).flatMap { ScriptedBulk.line($0, #"{"n":"\#($0)"}"#) }
        for end in content.indices {
            let results = ShopifyBulkFile.results(in: Array(content[..<end]), count: 3)
            let told = results.prefix { $0 != nil }.count
            #expect(results.dropFirst(told).allSatisfy { $0 == nil })
            #expect(told <= content[...end].count { $0 == UInt8(ascii: "}") } / 2)
        }
    }

    @Test("it is looked less and less often")
    func pace() {
        let pace = ShopifyBulkPace()
        var (wait, waits) = (pace.wait(after: nil), [Int64]())
        for _ in 0..<10 {
            waits.append(wait)
            wait = pace.wait(after: wait)
        }
        #expect(waits == waits.sorted() && waits[0] == 500 && waits[9] == 10_000)
    }
}
