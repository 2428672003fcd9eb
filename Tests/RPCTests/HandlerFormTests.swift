import EchoMessages
import ProtobufC
import RPC
import RPCMessages
import RPCTestSupport
import Testing
import Wire

@Suite("Handlers of every form run as they should", .timeLimit(.minutes(1)))
struct HandlerFormTests {
    @Test("The calls of one read come to a batch handler together")
    func batchOfOneRead() async throws {
        let sizes = Watched<[Int]>([])
        let method = testMethod("Batch", form: .batch)
        let service = TestService().batch(method) { batch in
            let count = batch.count
            sizes.update { $0.append(count) }
            for index in 0..<count { batch.respond(to: index) { $0.setText(batch[index].text) } }
        }
        try await withServer([service]) { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            let frames = try (0..<50).map { try RawFrame.request(method.id, stream: UInt32(2 * $0 + 1), "\($0)") }
            await peer.write(frames.flatMap(\.bytes))
            for number in 0..<50 {
                let frame = try await peer.nextOfCall()
                #expect(frame?.stream == UInt32(2 * number + 1))
                #expect(frame?.text == "\(number)")
            }
            #expect(sizes.value.reduce(0, +) == 50)
            #expect(sizes.value.max() == 50)
            await peer.close()
        }
    }

    @Test("A batch is handed over when it holds 512 calls")
    func fullBatch() async throws {
        let sizes = Watched<[Int]>([])
        let method = testMethod("Batch", form: .batch)
        let service = TestService().batch(method) { batch in
            let count = batch.count
            sizes.update { $0.append(count) }
            for index in 0..<count { batch.respond(to: index) { $0.setText(batch[index].text) } }
        }
        try await withServer([service]) { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            let frames = try (0..<2_000).map { try RawFrame.request(method.id, stream: UInt32(2 * $0 + 1), "\($0)") }
            await peer.write(frames.flatMap(\.bytes))
            for number in 0..<2_000 { #expect(try await peer.nextOfCall()?.text == "\(number)") }
            #expect(sizes.value.allSatisfy { (1...512).contains($0) })
            await peer.close()
        }
    }

    @Test("A batch handler is never run without a call, whatever is malformed")
    func malformedBatch() async throws {
        let sizes = Watched<[Int]>([])
        let method = testMethod("Batch", form: .batch)
        let service = TestService().batch(method) { batch in
            let count = batch.count
            sizes.update { $0.append(count) }
            for index in 0..<count { batch.respond(to: index) { $0.setText(batch[index].text) } }
        }
        try await withServer([service]) { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            let malformed = RawFrame(
                FrameHeader(.request, flags: .endStream, stream: 1, word: method.id), body: [0xFF, 0xFF])
            try await peer.write(malformed)
            #expect(try await peer.nextOfCall()?.status == .invalidArgument)
            try await peer.write(.request(method.id, stream: 3, "good"))
            #expect(try await peer.nextOfCall()?.text == "good")
            #expect(sizes.value == [1])
            await peer.close()
        }
    }

    @Test("A call that a batch handler leaves unanswered, or whose reply it drops, is INTERNAL")
    func unansweredCalls() async throws {
        let method = testMethod("Batch", form: .batch)
        let service = TestService().batch(method) { batch in
            for index in 0..<batch.count {
                switch String(copying: batch[index].text) {
                case "drop": _ = batch.defer(index)
                case "leave": break
                default: batch.respond(to: index) { $0.setText(batch[index].text) }
                }
            }
        }
        try await withServerAndClient([service]) { (_, client) async throws in
            for text in ["drop", "leave"] {
                let error = await failure { _ = try await client.call(method, text) }
                #expect(error?.code == .internal)
            }
            #expect(try await client.call(method, "answer") == "answer")
        }
    }

    @Test("Deferred calls are answered from any thread, late, in any order, and only once")
    func deferredCalls() async throws {
        let method = testMethod("Batch", form: .batch)
        let replies = Watched<[String: Reply<Text>]>([:])
        let service = TestService().batch(method) { batch in
            for index in 0..<batch.count {
                let text = batch[index].copy().text
                let reply = batch.defer(index)
                replies.update { $0[text] = reply }
            }
        }
        try await withServerAndClient([service]) { (_, client) async throws in
            async let first = client.call(method, "first")
            async let second = failure { _ = try await client.call(method, "second") }
            async let third = client.call(method, "third")
            try await replies.wait { $0.count == 3 }
            let taken = replies.update { replies in
                let taken = replies
                replies = [:]
                return taken
            }
            taken["third"]?.respond(encoded: try Text(text: "third").encodedBytes())
            taken["second"]?.fail(RPCError(.aborted, "not now"))
            taken["first"]?.onEventLoop { taken["first"]?.respond(Text(text: "first")) }
            #expect(try await third == "third")
            #expect(await second?.code == .aborted)
            #expect(try await first == "first")
            taken["first"]?.respond(Text(text: "again"))
            taken["third"]?.fail(RPCError(.aborted, "too late"))
            replies.update { _ in }
        }
    }

    @Test("A batch handler's encoded answers go out as they are", arguments: [0, 10, 65_536, 65_537, 1_000_000])
    func encodedAnswers(_ size: Int) async throws {
        let method = testMethod("Encoded", form: .batch)
        let bytes = try Text(text: String(repeating: "x", count: size)).encodedBytes()
        let service = TestService().batch(method) { batch in
            for index in 0..<batch.count { batch.respond(to: index, encoded: bytes.span.bytes) }
        }
        try await withServerAndClient([service]) { (_, client) async throws in
            #expect(try await client.call(method).utf8.count == size)
        }
    }

    @Test("Large answers of inline and batch handlers come in pieces, beside others", arguments: [70_000, 1_000_000])
    func largeAnswers(_ size: Int) async throws {
        let text = String(repeating: "y", count: size)
        let inline = testMethod("Inline", form: .inline)
        let batch = testMethod("Batch", form: .batch)
        let service = TestService()
            .inline(inline) { _, response, _ in response.setText(text) }
            .batch(batch) { batch in for index in 0..<batch.count { batch.respond(to: index) { $0.setText(text) } } }
        try await withServerAndClient([service]) { (_, client) async throws in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<20 {
                    group.addTask { try await client.call(number % 2 == 0 ? inline : batch).utf8.count }
                }
                for try await count in group { #expect(count == size) }
            }
        }
    }

    @Test("Handlers that do not suspend answer in the order of their calls, even among others")
    func mixedForms() async throws {
        let slow = testMethod("Slow")
        let release = Event()
        let service = TestService.echoing.unary(slow) { request, _ in
            try await release.wait()
            return request
        }
        try await withServer([service]) { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            try await peer.write(
                .request(slow.id, stream: 1, "slow"), .request(Echoing.unary.id, stream: 3, "a"),
                .request(Echoing.inline.id, stream: 5, "b"), .request(Echoing.batch.id, stream: 7, "c"))
            var early: Set<String> = []
            for _ in 0..<3 { early.insert(try await peer.nextOfCall()?.text ?? "") }
            #expect(early == ["a", "b", "c"])
            release.happen()
            #expect(try await peer.nextOfCall()?.text == "slow")
            await peer.close()
        }
    }

    @Test("An offloaded handler that blocks its thread holds up no other call")
    func offloaded() async throws {
        let method = testMethod("Blocking", form: .offloaded)
        let mayReturn = Watched(false)
        let began = Event()
        let service = TestService.echoing.unary(method) { request, _ in
            began.happen()
            while !mayReturn.value { await Task.yield() }
            return request
        }
        try await withServerAndClient([service]) { (_, client) async throws in
            async let offloaded = client.call(method, "done")
            try await began.wait()
            #expect(try await client.call(Echoing.inline, "meanwhile") == "meanwhile")
            mayReturn.update { $0 = true }
            #expect(try await offloaded == "done")
        }
    }

    @Test("Two tasks cannot take from one stream; one of them is told")
    func twoReaders() async throws {
        let method = testMethod("Readers", .clientStreaming)
        let service = TestService().clientStreaming(method) { requests, _ in
            await withTaskGroup(of: StatusCode?.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        var requests = requests.makeAsyncIterator()
                        do throws(RPCError) {
                            _ = try await requests.next()
                            return nil
                        } catch {
                            return error.code
                        }
                    }
                }
                let codes = await group.reduce(into: [StatusCode]()) { codes, code in code.map { codes.append($0) } }
                return Text(text: codes.map(\.description).joined(separator: " "))
            }
        }
        try await withServer([service]) { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            try await peer.write(.request(method.id, stream: 1, flags: .noMessage))
            // The answer to a second call says that the first one's handler has begun to wait.
            try await peer.write(.request(0, stream: 3))
            #expect(try await peer.nextOfCall()?.stream == 3)
            try await peer.write(.data(1, "message", flags: .endStream))
            let answer = try await peer.nextOfCall()?.text
            #expect(answer == "FAILED_PRECONDITION" || answer == "")
            await peer.close()
        }
    }
}
