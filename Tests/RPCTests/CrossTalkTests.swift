import EchoMessages
import RPC
import RPCTestSupport
import Testing
import Wire

@Suite("Every answer belongs to its request", .timeLimit(.minutes(2)))
struct CrossTalkTests {
    /// What a call came to.
    private enum Outcome {
        case right
        case wrong
        /// Cancelled, or out of time, as it was meant to be.
        case givenUp
        case failed
    }

    @Test("16 clients make 8,000 calls at once, of every form and size, many of which are given up")
    func crossTalk() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed of the cross-talk: \(seed)")
        let tally = Watched<[String: Int]>([:])
        try await withServer { (server) async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<16 {
                    group.addTask {
                        try await withClient(of: [server.address], credential: "client-\(number)") {
                            (client) async throws in
                            await Self.run(client, number, SeededGenerator(seed: seed &+ UInt64(number)), tally)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(server.logs.lines().isEmpty)
        }
        let total = tally.value
        print("cross-talk: \(total)")
        #expect(total.values.reduce(0, +) == 8_000)
        #expect(total["wrong"] == nil)
        #expect(total["failed"] == nil)
        #expect(total["right", default: 0] > 4_000)
    }

    private static func run(
        _ client: RPCClient, _ number: Int, _ generator: SeededGenerator, _ tally: Watched<[String: Int]>
    ) async {
        var random = generator
        await withTaskGroup(of: Outcome.self) { group in
            for call in 0..<500 {
                let seed = random.next()
                if call >= 64, let outcome = await group.next() { tally.update { $0["\(outcome)", default: 0] += 1 } }
                group.addTask { await Self.call(client, "client \(number) call \(call)", SeededGenerator(seed: seed)) }
            }
            for await outcome in group { tally.update { $0["\(outcome)", default: 0] += 1 } }
        }
    }

    private static func call(_ client: RPCClient, _ tag: String, _ generator: SeededGenerator) async -> Outcome {
        var random = generator
        let sizes = [0, 10, 100, 1_000, 70_000, 300_000]
        let size = sizes[Int.random(in: 0..<(Int.random(in: 0..<10, using: &random) == 0 ? 6 : 4), using: &random)]
        let text =
            "\(tag) \(String(repeating: Character(UnicodeScalar(UInt8.random(in: 97...122, using: &random))), count: size))"
        let form = Int.random(in: 0..<Echoing.unaryForms.count + 3, using: &random)
        let isHasty = Int.random(in: 0..<10, using: &random) == 0
        let timeout = isHasty ? Duration.microseconds(Int.random(in: 1...20_000, using: &random)) : .seconds(60)
        let options = CallOptions(timeout: timeout)
        let isCancelled = Int.random(in: 0..<10, using: &random) == 0
        let delay = Int.random(in: 0..<3_000, using: &random)
        let call = Task { try await Self.answer(client, form, text, options) }
        if isCancelled {
            try? await Task.sleep(for: .microseconds(delay))
            call.cancel()
        }
        do {
            return try await call.value == text ? .right : .wrong
        } catch let error as RPCError {
            let isMeant = isHasty && error.code == .deadlineExceeded || isCancelled && error.code == .cancelled
            if !isMeant { print("cross-talk: form \(form) failed by \(error)") }
            return isMeant ? .givenUp : .failed
        } catch {
            return .failed
        }
    }

    private static func answer(
        _ client: RPCClient, _ form: Int, _ text: String, _ options: CallOptions
    ) async throws -> String {
        let unaryForms = Echoing.unaryForms
        if form < unaryForms.count { return try await client.call(unaryForms[form], text, options: options) }
        let words = text.split(separator: " ").map(String.init)
        switch form - unaryForms.count {
        case 0:
            var received: [String] = []
            for try await response in try await client.stream(Echoing.serverStreaming, text, options: options) {
                received.append(response.text)
            }
            return text.hasSuffix(" ") ? received.joined(separator: " ") + " " : received.joined(separator: " ")
        case 1:
            let joined = try await client.collect(Echoing.clientStreaming, words, options: options)
            return text.hasSuffix(" ") ? joined + " " : joined
        default:
            let call = try await client.converse(Echoing.bidirectional, options: options)
            var responses = call.responses.makeAsyncIterator()
            var received: [String] = []
            for word in words {
                // Where the call is over, the responses say why.
                try? await call.requests.write(Text(text: word))
                guard let response = try await responses.next() else { return "" }
                received.append(response.text)
            }
            await call.requests.finish()
            guard try await responses.next() == nil else { return "" }
            return text.hasSuffix(" ") ? received.joined(separator: " ") + " " : received.joined(separator: " ")
        }
    }
}
