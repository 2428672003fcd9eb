import EchoMessages
import ProtobufC
import RPC
import RPCMessages
import RPCTestSupport
import Testing
import Wire

@Suite("Calls of a batch that are deferred together end each on their own", .timeLimit(.minutes(1)))
struct BatchRepliesTests {
    private typealias Replies = BatchReplies<Text>

    /// Defers every batch and keeps its replies.
    private struct Keeping {
        let method = testMethod("Kept", form: .batch)
        let kept = Watched<[Replies]>([])
        /// How many calls were deferred.
        let calls = Watched<Int>(0)

        var service: TestService {
            let (kept, calls) = (self.kept, self.calls)
            return TestService.echoing.batch(self.method) { batch in
                let count = batch.count
                let replies = batch.deferRest()
                kept.update { $0.append(replies) }
                calls.update { $0 += count }
            }
        }

        /// The replies of all calls so far, which are forgotten here.
        func take(_ count: Int) async throws -> [Replies] {
            try await self.kept.wait { $0.count == count }
            return self.kept.update { kept in
                let taken = kept
                kept = []
                return taken
            }
        }
    }

    @Test("They are answered late, in any order, from the event loop, and only once")
    func answers() async throws {
        let method = testMethod("Batch", form: .batch)
        let service = TestService().batch(method) { batch in
            let texts = (0..<batch.count).map { batch[$0].copy().text }
            let replies = batch.deferRest()
            Task {
                replies.onEventLoop {
                    for (index, text) in texts.enumerated().reversed() {
                        if text == "fail" {
                            replies.fail(index, RPCError(.aborted, "not now"))
                        } else {
                            replies.respond(to: index, Text(text: text))
                        }
                        replies.respond(to: index, Text(text: "again"))
                        replies.fail(index, RPCError(.aborted, "too late"))
                    }
                }
            }
        }
        try await withServer([service]) { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            var frames: [UInt8] = []
            for (number, text) in ["first", "fail", "third"].enumerated() {
                frames += try RawFrame.request(method.id, stream: UInt32(2 * number + 1), text).bytes
            }
            await peer.write(frames)
            var answers: [UInt32: RawFrame] = [:]
            for _ in 0..<3 {
                let answer = try #require(try await peer.nextOfCall())
                answers[answer.stream] = answer
            }
            #expect(answers[1]?.text == "first")
            #expect(answers[3]?.status == .aborted)
            #expect(answers[5]?.text == "third")
            try await peer.write(.request(0, stream: 7))
            #expect(try await peer.nextOfCall()?.stream == 7)
            await peer.close()
        }
    }

    @Test("Those that are answered at once are left out, and those that get no answer are INTERNAL")
    func rest() async throws {
        let method = testMethod("Batch", form: .batch)
        let service = TestService().batch(method) { batch in
            for index in 0..<batch.count where batch[index].text == "now" {
                batch.respond(to: index) { $0.setText(batch[index].text) }
            }
            _ = batch.deferRest()
        }
        try await withServerAndClient([service]) { (_, client) async throws in
            #expect(try await client.call(method, "now") == "now")
            let error = await failure { _ = try await client.call(method, "never") }
            #expect(error?.code == .internal)
        }
    }

    @Test("One that is cancelled is not answered, and its neighbours are")
    func cancellation() async throws {
        let keeping = Keeping()
        try await withServer([keeping.service]) { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            var frames: [UInt8] = []
            for stream: UInt32 in [1, 3] { frames += try RawFrame.request(keeping.method.id, stream: stream).bytes }
            await peer.write(frames)
            try await keeping.kept.wait { !$0.isEmpty }
            await peer.write(RawFrame.bare(.cancel, stream: 1).bytes)
            // What comes behind is read behind.
            try await peer.write(.request(Echoing.inline.id, stream: 5, "here"))
            #expect(try await peer.nextOfCall()?.text == "here")
            for replies in try await keeping.take(1) {
                replies.onEventLoop { for index in 0..<2 { replies.respond(to: index, Text(text: "\(index)")) } }
            }
            let answer = try await peer.nextOfCall()
            #expect(answer?.stream == 3)
            #expect(answer?.text == "1")
            await peer.close()
        }
    }

    @Test("Each has its deadline")
    func deadlines() async throws {
        let keeping = Keeping()
        try await withServer([keeping.service]) { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            let short = try RawFrame.request(keeping.method.id, stream: 1, timeout: 20_000).bytes
            let long = try RawFrame.request(keeping.method.id, stream: 3, timeout: 60_000_000).bytes
            await peer.write(short + long)
            let expired = try await peer.nextOfCall()
            #expect(expired?.stream == 1)
            #expect(expired?.status == .deadlineExceeded)
            for replies in try await keeping.take(1) {
                replies.onEventLoop { for index in 0..<2 { replies.respond(to: index, Text(text: "late")) } }
            }
            #expect(try await peer.nextOfCall()?.stream == 3)
            await peer.close()
        }
    }

    @Test("They count as open calls: more than may be are refused, until some end")
    func limit() async throws {
        let keeping = Keeping()
        let configuration = serverConfiguration { $0.limits.maximumStreams = 2 }
        try await withServer([keeping.service], configuration: configuration) { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            for stream: UInt32 in [1, 3] { try await peer.write(.request(keeping.method.id, stream: stream)) }
            let kept = keeping.kept
            // Calls of one read are one batch, and count from its end on.
            try await keeping.calls.wait(for: 2)
            try await peer.write(.request(keeping.method.id, stream: 5))
            let refused = try await peer.nextOfCall()
            #expect(refused?.stream == 5)
            #expect(refused?.status == .resourceExhausted)
            // Dropped, they are answered.
            kept.update { $0 = [] }
            for _ in 0..<2 { #expect(try await peer.nextOfCall()?.status == .internal) }
            try await peer.write(.request(Echoing.inline.id, stream: 7, "again"))
            #expect(try await peer.nextOfCall()?.text == "again")
            await peer.close()
        }
    }

    @Test("A connection that goes takes them along, and a drain waits for them")
    func ends() async throws {
        let keeping = Keeping()
        try await withServer([keeping.service]) { (server) async throws in
            let lost = try await RawPeer.greet(server.port)
            try await lost.write(.request(keeping.method.id, stream: 1))
            let gone = try await keeping.take(1)
            await lost.close()
            for replies in gone { replies.onEventLoop { replies.respond(to: 0, Text(text: "to nobody")) } }

            let peer = try await RawPeer.greet(server.port)
            try await peer.write(.request(keeping.method.id, stream: 1))
            let open = try await keeping.take(1)
            await server.beginDrain()
            #expect(try await peer.next(.goAway) != nil)
            let ping = try await peer.next(.ping)
            try await peer.write(.bare(.pong, word: ping?.header.word ?? 0))
            #expect(try await peer.next(.goAway) != nil)
            for replies in open { replies.onEventLoop { replies.respond(to: 0, Text(text: "the last")) } }
            #expect(try await peer.next(.response)?.text == "the last")
            await peer.waitForClose()
            try await server.ended.wait()
        }
    }
}
