import EchoMessages
import ProtobufC
import RPC
import RPCTestSupport
import Testing
import Wire

@Suite("Damaged bytes never harm the server, nor any other connection", .timeLimit(.minutes(2)))
struct BadBytesTests {
    /// A conversation with every kind of frame that a client sends.
    private static func conversation() throws -> [UInt8] {
        let frames = [
            try RawFrame.hello("gateway"), try .caller(1, principal: "anna"),
            try .request(Echoing.unary.id, stream: 1, "one", caller: 1),
            try .request(Echoing.inline.id, stream: 3, "two"), try .request(Echoing.batch.id, stream: 5, "three"),
            try .request(Echoing.clientStreaming.id, stream: 7, flags: .noMessage), try .data(7, "a"),
            .bare(.credit, stream: 7, amount: 1_000), .bare(.ping, word: 7), try .data(7, "b", flags: .endStream),
            try .request(Echoing.bidirectional.id, stream: 9, "c"), .bare(.cancel, stream: 9),
            try .request(Echoing.unary.id, stream: 11, "part", flags: .more),
            try .data(11, "", flags: .endStream),
        ]
        return frames.flatMap(\.bytes)
    }

    /// Sends bytes, closes the sending side's connection when the server has had time to answer what is whole, and sees that a witness is unharmed.
    private static func survives(
        _ server: TestServer, _ bytes: [UInt8], _ witness: RawPeer, _ stream: UInt32
    ) async throws {
        let peer = try await RawPeer.connect(to: server.port)
        await peer.write(bytes)
        try await witness.write(.request(Echoing.unary.id, stream: stream, "witness \(stream)"))
        let answer = try await witness.nextOfCall()
        #expect(answer?.stream == stream)
        #expect(answer?.text == "witness \(stream)")
        await peer.close()
    }

    @Test("Every truncation of a conversation", arguments: [false, true])
    func truncations(_ isReset: Bool) async throws {
        try await withServer { (server) async throws in
            let witness = try await RawPeer.greet(server.port, "witness")
            let bytes = try Self.conversation()
            var stream: UInt32 = 1
            for count in stride(from: 0, to: bytes.count, by: 3) {
                let peer = try await RawPeer.connect(to: server.port)
                await peer.write(Array(bytes.prefix(count)))
                if isReset { await peer.reset() } else { await peer.close() }
                if count % 30 == 0 {
                    try await witness.write(.request(Echoing.unary.id, stream: stream, "alive"))
                    #expect(try await witness.nextOfCall()?.text == "alive")
                    stream += 2
                }
            }
            // Each connection that was broken off says so at most once.
            #expect(server.logs.lines().count <= bytes.count / 3 + 1)
            await witness.close()
        }
    }

    @Test("Bits that are flipped at random", arguments: [1, 2, 8])
    func flippedBits(_ flips: Int) async throws {
        var random = SeededGenerator(seed: Self.seed("flipped bits", flips))
        try await withServer { (server) async throws in
            let witness = try await RawPeer.greet(server.port, "witness")
            let bytes = try Self.conversation()
            for number in 0..<300 {
                var damaged = bytes
                for _ in 0..<flips {
                    damaged[Int.random(in: 0..<damaged.count, using: &random)] ^=
                        1 << UInt8.random(in: 0..<8, using: &random)
                }
                try await Self.survives(server, damaged, witness, UInt32(2 * number + 1))
            }
            #expect(server.logs.lines().count <= 300)
            await witness.close()
        }
    }

    @Test("Random bytes, behind HELLO and without it", arguments: [false, true])
    func randomBytes(_ isGreeted: Bool) async throws {
        var random = SeededGenerator(seed: Self.seed("random bytes", isGreeted ? 1 : 0))
        try await withServer { (server) async throws in
            let witness = try await RawPeer.greet(server.port, "witness")
            for number in 0..<300 {
                var bytes = isGreeted ? try RawFrame.hello("gateway").bytes : []
                bytes += random.bytes(count: Int.random(in: 1...2_000, using: &random))
                try await Self.survives(server, bytes, witness, UInt32(2 * number + 1))
            }
            await witness.close()
        }
    }

    @Test("Valid frames with random contents")
    func randomFrames() async throws {
        var random = SeededGenerator(seed: Self.seed("random frames", 0))
        let methods = [
            Echoing.unary.id, Echoing.inline.id, Echoing.batch.id, Echoing.deferred.id, Echoing.clientStreaming.id,
            Echoing.bidirectional.id, Echoing.serverStreaming.id, 77,
        ]
        try await withServer { (server) async throws in
            let witness = try await RawPeer.greet(server.port, "witness")
            for number in 0..<300 {
                var bytes = try RawFrame.hello("gateway").bytes
                for index in 0..<30 {
                    let type = FrameType(
                        rawValue: [2, 3, 3, 3, 5, 5, 6, 7, 8, 9, 12].randomElement(using: &random) ?? 3)
                    let flags = FrameFlags(rawValue: [0, 0, 1, 1, 2, 4, 5].randomElement(using: &random) ?? 0)
                    let header = FrameHeader(
                        type, flags: flags.intersection(type.allowedFlags), stream: UInt32(2 * (index / 3) + 1),
                        word: methods.randomElement(using: &random) ?? 0,
                        amount: UInt32.random(in: 0...300_000, using: &random),
                        caller: UInt32.random(in: 0...3, using: &random))
                    let body =
                        Bool.random(using: &random)
                        ? random.bytes(count: Int.random(in: 0...40, using: &random))
                        : try Text(text: "text \(index)").encodedBytes()
                    let meta = Int.random(in: 0..<8, using: &random) == 0 ? random.bytes(count: 5) : []
                    bytes += RawFrame(header, meta: meta, body: body).bytes
                }
                try await Self.survives(server, bytes, witness, UInt32(2 * number + 1))
            }
            await witness.close()
        }
    }

    @Test("A small call's bytes give the same answer wherever they are split")
    func splitPoints() async throws {
        let bytes = try RawFrame.hello().bytes + RawFrame.request(Echoing.unary.id, stream: 1, "split").bytes
        try await withServer { (server) async throws in
            for split in 1..<bytes.count {
                let peer = try await RawPeer.connect(to: server.port)
                await peer.write(Array(bytes[..<split]))
                await peer.write(Array(bytes[split...]))
                #expect(try await peer.next()?.type == .hello)
                let answer = try await peer.next()
                #expect(answer?.text == "split", "split at \(split)")
                #expect(answer?.status == .ok)
                await peer.close()
            }
        }
    }

    @Test("A conversation's bytes give the same answers one by one", arguments: [1, 7, 23, 24, 25])
    func slowBytes(_ size: Int) async throws {
        try await withServer { (server) async throws in
            let peer = try await RawPeer.connect(to: server.port)
            let frames = [
                try RawFrame.hello(), try .request(Echoing.clientStreaming.id, stream: 1, flags: .noMessage),
                try .data(1, "a"), try .data(1, "b"), try .data(1, "c", flags: .endStream),
                try .request(Echoing.batch.id, stream: 3, "d"),
            ]
            let bytes = frames.flatMap(\.bytes)
            for start in stride(from: 0, to: bytes.count, by: size) {
                await peer.write(Array(bytes[start..<min(start + size, bytes.count)]))
            }
            #expect(try await peer.next()?.type == .hello)
            let texts = [try await peer.nextOfCall()?.text ?? "", try await peer.nextOfCall()?.text ?? ""]
            #expect(Set(texts) == ["a b c", "d"])
            await peer.close()
        }
    }

    private static func seed(_ name: String, _ number: Int) -> UInt64 {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed of \(name) \(number): \(seed)")
        return seed
    }
}
