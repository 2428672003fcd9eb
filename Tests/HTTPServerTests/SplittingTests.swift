import HTTPServer
import HTTPTestSupport
import NIOCore
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct SplittingTests {
    /// Streams of several requests each.
    static let streams: [String] = [
        "GET /a?b HTTP/1.1\r\nHost: a\r\nAccept: x\r\n\r\nHEAD /b HTTP/1.1\r\nHost: a\r\n\r\nGET /c HTTP/1.0\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789GET /b HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nT: u\r\n\r\n"
            + "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n\r\nGET /c HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabcGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET http://b:1/x HTTP/1.1\r\nHost: a\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
        MalformedRequests.head + "3\r\nabc\r\nx\r\n" + MalformedRequests.smuggled,
    ]

    private static func play(_ pieces: [ArraySlice<UInt8>]) throws -> [Answer] {
        let connection = try EmbeddedConnection(ClosureHandler.echo)
        defer { connection.finish() }
        for piece in pieces { try connection.receive(piece) }
        // Whether a client is invited to go on depends on whether it has gone on by itself.
        return try connection.answers().filter { $0.status != 100 }
    }

    @Test("Requests that are cut in two at any byte are answered alike", arguments: Self.streams.indices)
    func halves(_ index: Int) throws {
        let bytes = Array(Self.streams[index].utf8)
        let whole = try Self.play([bytes[...]])
        #expect(!whole.isEmpty)
        for position in bytes.indices.dropFirst() {
            #expect(try Self.play([bytes[..<position], bytes[position...]]) == whole, "cut at \(position)")
        }
        #expect(try Self.play(bytes.indices.map { bytes[$0...$0] }) == whole, "cut everywhere")
    }

    @Test("Malformed requests that are cut anywhere are answered with one 400", arguments: MalformedRequests.heads)
    func malformed(_ head: String) throws {
        let bytes = Array((head + MalformedRequests.smuggled).utf8)
        for position in bytes.indices {
            let answers = try Self.play([bytes[..<position], bytes[position...]])
            #expect(answers.map(\.status) == [400], "cut at \(position)")
        }
    }

    @Test("Requests that are cut at random places are answered alike", arguments: 1...20)
    func randomPieces(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let stream = (0..<40).map { _ in Self.streams[Int.random(in: 1...4, using: &generator)] }.joined()
        let bytes = Array(stream.utf8)
        let whole = try Self.play([bytes[...]])
        #expect(whole.count > 80)
        for _ in 0..<5 {
            let largest = Int.random(in: 1...600, using: &generator)
            var pieces: [ArraySlice<UInt8>] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = min(rest.count, Int.random(in: 1...largest, using: &generator))
                pieces.append(rest.prefix(count))
                rest = rest.dropFirst(count)
            }
            #expect(try Self.play(pieces) == whole, "seed \(seed), pieces of at most \(largest)")
        }
    }

    @Test("Of many small requests at once only few are parsed ahead, whatever stands before them")
    func parsedAhead() throws {
        let small = String(repeating: "GET / HTTP/1.1\r\nHost:a\r\n\r\n", count: 2_000)
        for start in ["", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na"] {
            let keeper = ExchangeKeeper()
            let connection = try EmbeddedConnection(keeper)
            defer { connection.finish() }
            try connection.receive((start + small).utf8)
            for index in 0..<300 {
                #expect(connection.backlogCount < 400)
                #expect(keeper.exchanges.count == index + 1)
                keeper.exchanges[index].collectBody { _ in }
                keeper.exchanges[index].respond(.ok)
            }
            #expect(try connection.answers().count == 300)
        }
    }

    @Test("Any bytes are answered with a refusal, or not yet, and never end the process", arguments: 1...50)
    func randomBytes(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            var bytes = Array(Self.streams[Int.random(in: 0..<Self.streams.count, using: &generator)].utf8)
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let position = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[position] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: position)
                default: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: position)
                }
            }
            let whole = try Self.play([bytes[...]])
            let middle = Int.random(in: 0...bytes.count, using: &generator)
            #expect(try Self.play([bytes[..<middle], bytes[middle...]]) == whole, "seed \(seed): \(bytes)")
        }
    }
}
