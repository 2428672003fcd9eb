import EchoMessages
import RPC
import RPCMessages
import RPCTestSupport
import Testing
import Wire

@Suite("Each kind of call carries its messages, in order and whole", .timeLimit(.minutes(2)))
struct CallKindTests {
    /// After how many messages one who need not wait lets others have its thread: there are as few as cores, and all that
    /// talks in other tests would stand still, for longer than their calls may take.
    private static let turn = 100

    @Test("A unary call is answered by every form of handler", arguments: Echoing.unaryForms)
    func unaryForm(_ method: MethodDescriptor) async throws {
        try await withServerAndClient { (_, client) async throws in
            for text in ["hello", "", "grüße, 世界"] { #expect(try await client.call(method, text) == text) }
        }
    }

    @Test("A server stream brings each message once and in order, and then ends")
    func serverStream() async throws {
        try await withServerAndClient { (_, client) async throws in
            let words = (0..<100).map { "word\($0)" }
            var received: [String] = []
            for try await response in try await client.stream(
                Echoing.serverStreaming, words.joined(separator: " "))
            {
                received.append(response.text)
            }
            #expect(received == words)
        }
    }

    @Test("100,000 small messages come through the flow control of one stream")
    func manyMessages() async throws {
        let count = 100_000
        let method = testMethod("Many", .serverStreaming)
        let service = TestService().serverStreaming(method) { _, responses, _ in
            for number in 0..<count {
                try await responses.write(Text(text: "\(number)"))
                if number.isMultiple(of: Self.turn) { await Task.yield() }
            }
        }
        try await withServerAndClient([service]) { (_, client) async throws in
            var next = 0
            // Some seconds alone; beside thousands of other tests each message waits for its turn on the few threads.
            let options = CallOptions(timeout: .seconds(600))
            for try await response in try await client.stream(method, options: options) {
                guard response.text == "\(next)" else { break }
                next += 1
                if next.isMultiple(of: Self.turn) { await Task.yield() }
            }
            #expect(next == count)
        }
    }

    @Test("A stream without messages only ends")
    func emptyStream() async throws {
        try await withServerAndClient { (_, client) async throws in
            var responses = try await client.stream(Echoing.serverStreaming, "").makeAsyncIterator()
            #expect(try await responses.next() == nil)
            #expect(try await responses.next() == nil)
        }
    }

    @Test("A client stream is collected to its end", arguments: [0, 1, 2, 5_000])
    func clientStream(_ count: Int) async throws {
        try await withServerAndClient { (_, client) async throws in
            let texts = (0..<count).map { "\($0)" }
            #expect(try await client.collect(Echoing.clientStreaming, texts) == texts.joined(separator: " "))
        }
    }

    @Test("A bidirectional call answers each message before the next is sent")
    func conversation() async throws {
        try await withServerAndClient { (_, client) async throws in
            let call = try await client.converse(Echoing.bidirectional)
            var responses = call.responses.makeAsyncIterator()
            for number in 0..<1_000 {
                try await call.requests.write(Text(text: "\(number)"))
                #expect(try await responses.next()?.text == "\(number)")
            }
            await call.requests.finish()
            #expect(try await responses.next() == nil)
        }
    }

    @Test("Empty messages are messages, in both directions of a stream")
    func emptyMessages() async throws {
        try await withServerAndClient { (_, client) async throws in
            let call = try await client.converse(Echoing.bidirectional)
            for _ in 0..<3 { try await call.requests.write(Text()) }
            await call.requests.finish()
            var count = 0
            for try await response in call.responses {
                #expect(response.text.isEmpty)
                count += 1
            }
            #expect(count == 3)
        }
    }

    @Test("A handler may answer before the client has ended its side; writing then fails and the answer stands")
    func earlyAnswer() async throws {
        let method = testMethod("Early", .clientStreaming)
        let service = TestService().clientStreaming(method) { requests, _ in
            var requests = requests.makeAsyncIterator()
            return Text(text: "enough after \(try await requests.next()?.text ?? "nothing")")
        }
        try await withServerAndClient([service]) { (_, client) async throws in
            let answer: Text = try await client.clientStreaming(method) { (requests: RequestWriter<Text>) in
                while true { try await requests.write(Text(text: "one")) }
            }
            #expect(answer.text == "enough after one")
        }
    }

    @Test("A handler may go on writing after the client has ended its side")
    func halfClosed() async throws {
        let method = testMethod("After", .bidirectional)
        let service = TestService().bidirectional(method) { requests, responses, _ in
            var count = 0
            for try await _ in requests { count += 1 }
            for number in 0..<count {
                try await responses.write(Text(text: "\(number)"))
                if number.isMultiple(of: Self.turn) { await Task.yield() }
            }
        }
        try await withServerAndClient([service]) { (_, client) async throws in
            let call = try await client.converse(method)
            for _ in 0..<10 { try await call.requests.write(Text(text: "x")) }
            await call.requests.finish()
            var received: [String] = []
            for try await response in call.responses { received.append(response.text) }
            #expect(received == (0..<10).map { "\($0)" })
        }
    }

    @Test("A thousand calls share a connection")
    func sharedConnection() async throws {
        try await withServerAndClient { (_, client) async throws in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<1_000 {
                    group.addTask {
                        let method = Echoing.unaryForms[number % Echoing.unaryForms.count]
                        return try await client.call(method, "call \(number)") == "call \(number)"
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
    }

    @Test("A method that the server does not have is UNIMPLEMENTED")
    func unknownMethod() async throws {
        try await withServerAndClient { (_, client) async throws in
            let error = await failure { _ = try await client.call(testMethod("Absent")) }
            #expect(error?.code == .unimplemented)
            #expect(error?.problem?.reason == .methodUnknown)
        }
    }
}
