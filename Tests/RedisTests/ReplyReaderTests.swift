import Testing

@testable import Redis

@Suite("Bytes of RESP2 become replies, however they are cut") struct ReplyReaderTests {
    static let stream =
        "+OK\r\n:-42\r\n$5\r\nhe\r\no\r\n$-1\r\n*-1\r\n$0\r\n\r\n-WRONGTYPE no\r\n*3\r\n:1\r\n*2\r\n$1\r\na\r\n*0\r\n+end\r\n"
    static let replies: [RedisReply] = [
        .text("OK"), .integer(-42), .bytes(Array("he\r\no".utf8)), .null, .null, .bytes([]),
        .error(RedisError(server: "WRONGTYPE no")),
        .array([.integer(1), .array([.bytes(Array("a".utf8)), .array([])]), .text("end")]),
    ]

    /// Reads pieces one after the other, and copies each reply as it comes.
    static func read(_ pieces: [[UInt8]], limit: Int = 1_000_000) -> (replies: [RedisReply], error: RedisError?) {
        let reader = ReplyReader(maximumReplyBytes: limit)
        var replies: [RedisReply] = []
        for piece in pieces {
            let error = piece.withUnsafeBytes { bytes in
                reader.read(bytes) {
                    let block = reader.block
                    replies.append(RedisReplies(block)[0].copy())
                    block.removeAll()
                    return true
                }
            }
            if let error { return (replies, error) }
        }
        return (replies, nil)
    }

    @Test("a stream that is cut anywhere gives the same replies")
    func everyCut() {
        let bytes = Array(Self.stream.utf8)
        for cut in 0...bytes.count {
            let (replies, error) = Self.read([Array(bytes[..<cut]), Array(bytes[cut...])])
            #expect(error == nil)
            #expect(replies == Self.replies, "cut at \(cut)")
        }
        #expect(Self.read(bytes.map { [$0] }).replies == Self.replies)
    }

    @Test("replies of one batch stay in the block, each found by its number, elements too")
    func batch() throws {
        let reader = ReplyReader(maximumReplyBytes: 1_000_000)
        #expect(Array(Self.stream.utf8).withUnsafeBytes { bytes in reader.read(bytes) { true } } == nil)
        let block = reader.block
        let replies = RedisReplies(block)
        let copies = (0..<replies.count).map { RedisReplies(block)[$0].copy() }
        #expect(copies == Self.replies)
        let array = replies[7]
        let elements = (array.count, array[0].integer, array[1][1].kind, array[2].copy(), replies[6].error?.word)
        #expect(elements == (3, 1, .array, .text("end"), "WRONGTYPE"))
    }

    @Test("seven levels of arrays are read, the next one is refused")
    func nesting() {
        let seven = String(repeating: "*1\r\n", count: 7) + ":1\r\n"
        let expected = (0..<7).reduce(RedisReply.integer(1)) { reply, _ in .array([reply]) }
        #expect(Self.read([Array(seven.utf8)]).replies == [expected])
        let deeper = Self.read([Array(("*1\r\n*1\r\n" + seven).utf8)])
        #expect(deeper.replies.isEmpty)
        #expect(deeper.error?.code == .protocolViolation)
    }

    @Test("what is no RESP2 is refused")
    func garbage() {
        let texts = [
            "HTTP/1.1 400 Bad Request\r\n\r\n", "$x\r\n", ":12a\r\n", "*99999999999999\r\n", "$-2\r\n", "%1\r\n",
            "\0\0",
        ]
        for text in texts {
            let (replies, error) = Self.read([Array(text.utf8)])
            #expect(replies.isEmpty)
            #expect(error?.code == .protocolViolation, "\(text)")
        }
    }

    @Test("what is larger than the limit is refused before it is whole, as one value or as many elements")
    func limit() {
        let value = Array("$100000000\r\n".utf8) + [UInt8](repeating: 0x61, count: 40_000)
        #expect(Self.read([value], limit: 10_000).error?.code == .protocolViolation)
        let elements = Array("*2000000000\r\n".utf8) + (0..<10_000).flatMap { _ in Array(":1\r\n".utf8) }
        #expect(Self.read([elements], limit: 10_000).error?.code == .protocolViolation)
        #expect(
            Self.read([Array("$9000\r\n".utf8) + [UInt8](repeating: 0x61, count: 9_000)], limit: 10_000).error == nil)
    }

    @Test("random bytes never give a trap")
    func randomBytes() {
        let seed = UInt64.random(in: .min ... .max)
        print("ReplyReaderTests.randomBytes seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let alphabet = Array("$*:+-0123456789\r\n\r\n\0aé".utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 1...60, using: &generator)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            }
            _ = Self.read([bytes])
        }
    }
}

/// SplitMix64: the same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
