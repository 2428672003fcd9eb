import EchoMessages
import Glibc
import NIOCore
import RPC
import RPCTestSupport
import Testing
import Wire

@Suite("A peer that asks for too much is closed, and takes no memory with it", .timeLimit(.minutes(2)))
struct FloodTests {
    /// Sees that another connection of the server still works.
    private static func expectAlive(_ server: TestServer) async throws {
        let peer = try await RawPeer.greet(server.port)
        try await peer.write(.request(Echoing.unary.id, stream: 1, "alive"))
        #expect(try await peer.nextOfCall()?.text == "alive")
        await peer.close()
    }

    @Test("100,000 cancels are GOAWAY with RESOURCE_EXHAUSTED and one log line")
    func cancels() async throws {
        try await withServer { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            var bytes: [UInt8] = []
            for number in 0..<100_000 {
                let stream = UInt32(2 * number + 1)
                bytes += try RawFrame.request(Echoing.suspending.id, stream: stream).bytes
                bytes += RawFrame.bare(.cancel, stream: stream).bytes
            }
            let flood = bytes
            let writing = Task { await peer.write(flood) }
            let last = try await peer.rest().last { $0.type == .goAway }
            #expect(last == nil || last?.status == .resourceExhausted)
            await writing.value
            #expect(server.logs.lines().count == 1)
            try await Self.expectAlive(server)
        }
    }

    @Test("Pings beyond the limit are GOAWAY with RESOURCE_EXHAUSTED; with requests between them they are not")
    func pings() async throws {
        try await withServer { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            for number in 0..<50 {
                try await peer.write(
                    .bare(.ping, word: UInt32(number)), .request(Echoing.unary.id, stream: UInt32(2 * number + 1)))
                #expect(try await peer.next()?.header.word == UInt32(number))
                #expect(try await peer.next()?.type == .response)
            }
            await peer.write((0..<200).flatMap { RawFrame.bare(.ping, word: $0).bytes })
            let frames = try await peer.rest()
            #expect(frames.last?.type == .goAway)
            #expect(frames.last?.status == .resourceExhausted)
            #expect(frames.count { $0.type == .pong } <= 20)
            #expect(server.logs.lines().count == 1)
            try await Self.expectAlive(server)
        }
    }

    @Test("A peer that asks for much and reads nothing is closed before much waits for it")
    func deafPeer() async throws {
        let large = testMethod("Large", form: .inline)
        let text = String(repeating: "x", count: 60_000)
        let service = TestService.echoing.inline(large) { _, response, _ in response.setText(text) }
        let configuration = serverConfiguration {
            $0.limits = WireLimits(maximumQueuedBytes: 4_194_304)
            $0.stallTimeout = .milliseconds(200)
        }
        try await withServer([service], configuration: configuration) { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            try await peer.stopReading()
            let before = residentBytes()
            var bytes: [UInt8] = []
            for number in 0..<60_000 { bytes += try RawFrame.request(large.id, stream: UInt32(2 * number + 1)).bytes }
            let flood = bytes
            let writing = Task { await peer.write(flood) }
            // 60,000 answers would be 3.6 GB; other tests take memory meanwhile.
            try await server.logs.wait(forLines: 1)
            #expect(residentBytes() - before < 1_500_000_000)
            await peer.reset()
            await writing.value
            #expect(server.logs.lines().count == 1)
            try await Self.expectAlive(server)
        }
    }

    @Test("A stream whose reader gives no credit holds its handler, not its messages")
    func noCredit() async throws {
        let written = Counter()
        let method = testMethod("Endless", .serverStreaming)
        let service = TestService.echoing.serverStreaming(method) { _, responses, _ in
            let text = Text(text: String(repeating: "x", count: 1_000))
            while true {
                try await responses.write(text)
                written.add()
            }
        }
        try await withServer([service]) { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            try await peer.write(.request(method.id, stream: 1))
            var received = 0
            while received + 24 < 262_144 { received += try await peer.next(.data)?.header.credit ?? 262_144 }
            // The next write waits for credit; a PING shows that nothing else came.
            try await peer.write(.bare(.ping, word: 1))
            #expect(try await peer.next()?.type == .pong)
            #expect(written.value <= 256)
            try await peer.write(.bare(.credit, stream: 1, amount: 2_000))
            #expect(try await peer.next()?.type == .data)
            await peer.close()
        }
    }

    @Test("A peer with much credit that reads nothing for a while holds the handler, and then gets everything in order")
    func pausedReader() async throws {
        let (written, count) = (Counter(), 400)
        let method = testMethod("Large", .serverStreaming)
        let text = String(repeating: "x", count: 60_000)
        let service = TestService().serverStreaming(method) { _, responses, _ in
            for number in 0..<count {
                try await responses.write(Text(text: "\(number) \(text)"))
                written.add()
            }
        }
        let configuration = serverConfiguration { $0.stallTimeout = .seconds(300) }
        try await withServer([service], configuration: configuration) { (server) async throws in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.write(.hello("tester", limits: PeerLimits(initialCreditBytes: 1_000_000_000)))
            #expect(try await peer.next()?.type == .hello)
            try await peer.stopReading()
            try await peer.write(.request(method.id, stream: 1, timeout: 200_000_000))
            // What the sockets and the channel take; 400 messages are 24 MB, beyond what may wait.
            try await written.wait(for: 17)
            try await peer.resumeReading()
            var received = 0
            while let frame = try await peer.next(), frame.type == .data {
                let expected = try RawFrame.data(1, "\(received) \(text)")
                try #require(frame.body == expected.body)
                received += 1
            }
            #expect(received == count)
            #expect(written.value == count)
            #expect(server.logs.lines().isEmpty)
            await peer.close()
        }
    }

    @Test("A handler that does not read keeps its caller from sending more than the credit")
    func heldBack() async throws {
        let (began, release) = (Event(), Event())
        let method = testMethod("Unread", .clientStreaming)
        let service = TestService().clientStreaming(method) { requests, _ in
            began.happen()
            try await release.wait()
            var count = 0
            for try await _ in requests { count += 1 }
            return Text(text: "\(count)")
        }
        try await withServerAndClient([service]) { (_, client) async throws in
            let sent = Counter()
            let call = Task {
                let answer: Text = try await client.clientStreaming(method) { (requests: RequestWriter<Text>) in
                    for _ in 0..<2_000 {
                        try await requests.write(Text(text: String(repeating: "x", count: 1_000)))
                        sent.add()
                    }
                }
                return answer.text
            }
            try await began.wait()
            try await sent.wait(for: 200)
            #expect(sent.value <= 256)
            release.happen()
            #expect(try await call.value == "2000")
        }
    }

    @Test("Many callers that wait for credit at once hold bounded bytes: beyond the limit the connection is closed")
    func manyStreamsWithoutCredit() async throws {
        let method = testMethod("Large")
        let text = String(repeating: "x", count: 1_000_000)
        let service = TestService.echoing.unary(method) { _, _ in Text(text: text) }
        let configuration = serverConfiguration { $0.limits = WireLimits(maximumQueuedBytes: 4_194_304) }
        try await withServer([service], configuration: configuration) { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            let before = residentBytes()
            // Each answer exceeds its stream's credit, so the rest of each waits in the server.
            var bytes: [UInt8] = []
            for number in 0..<3_000 { bytes += try RawFrame.request(method.id, stream: UInt32(2 * number + 1)).bytes }
            await peer.write(bytes)
            _ = try await peer.rest()
            // 3,000 answers would be 3 GB; other tests take memory meanwhile.
            #expect(residentBytes() - before < 1_500_000_000)
            #expect(server.logs.lines().count == 1)
            try await Self.expectAlive(server)
        }
    }
}

/// The memory that this process holds.
private func residentBytes() -> Int {
    var text = [CChar](repeating: 0, count: 256)
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    guard fgets(&text, 256, file) != nil else { return 0 }
    let fields = String(decoding: text.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: " ")
    return (Int(fields.dropFirst().first ?? "") ?? 0) * 4_096
}
