import EchoMessages
import RPC
import RPCMessages
import RPCTestSupport
import Synchronization
import Testing
import WellKnownMessages
import Wire

@Suite("Metadata and failures travel unchanged", .timeLimit(.minutes(1)))
struct MetadataTests {
    @Test("A request's metadata reach every form of handler that can see them, in order")
    func requestMetadata() async throws {
        let form = testMethod("Form")
        let inline = testMethod("InlineForm", form: .inline)
        let service = TestService()
            .unary(form) { _, context in Text(text: context.metadata.summary) }
            .inline(inline) { _, response, context in response.setText(context.metadata.summary) }
        try await withServerAndClient([service]) { (_, client) async throws in
            var metadata = RPC.Metadata()
            try metadata.append("a-key", "one")
            try metadata.append("other_key.2", "two")
            try metadata.append("a-key", "three")
            let options = CallOptions(metadata: metadata)
            for method in [form, inline] {
                #expect(try await client.call(method, options: options) == "a-key=one other_key.2=two a-key=three")
            }
        }
    }

    @Test("Any bytes are a value")
    func binaryValues() async throws {
        let method = testMethod("Binary")
        let bytes = (0...255).map { UInt8($0) }
        let service = TestService().unary(method) { _, context in
            #expect(context.metadata[bytes: "bytes"] == bytes)
            await context.sendTrailing(context.metadata)
            return Text()
        }
        try await withServerAndClient([service]) { (_, client) async throws in
            let trailing = Watched<RPC.Metadata?>(nil)
            var metadata = RPC.Metadata()
            try metadata.append("bytes", bytes: bytes)
            let options = CallOptions(metadata: metadata) { metadata in trailing.update { $0 = metadata } }
            _ = try await client.call(method, options: options)
            #expect(trailing.value?[bytes: "bytes"] == bytes)
        }
    }

    @Test("A stream's initial metadata come before its first message, its trailing metadata at its end")
    func streamMetadata() async throws {
        let method = testMethod("Stream", .serverStreaming)
        let service = TestService().serverStreaming(method) { _, responses, context in
            await context.sendInitial(try RPC.Metadata(["initial": "yes"]))
            try await responses.write(Text(text: "message"))
            await context.sendTrailing(try RPC.Metadata(["trailing": "yes"]))
        }
        try await withServerAndClient([service]) { (_, client) async throws in
            let trailing = Watched<RPC.Metadata?>(nil)
            let options = CallOptions { metadata in trailing.update { $0 = metadata } }
            let responses = try await client.stream(method, options: options)
            var iterator = responses.makeAsyncIterator()
            #expect(try await iterator.next()?.text == "message")
            #expect(await responses.initialMetadata["initial"] == "yes")
            #expect(try await iterator.next() == nil)
            #expect(trailing.value?["trailing"] == "yes")
        }
    }

    @Test("Every status arrives with its message, its problem and its metadata", arguments: StatusCode.all.dropFirst())
    func status(_ code: StatusCode) async throws {
        let thrown = RPCError(
            code, "it failed: \(code)",
            problem: Problem(
                type: "some-problem", reason: .conflict,
                fields: [
                    FieldProblem(field: "items[0].sku", reason: "is missing", expected: "a SKU"),
                    FieldProblem(field: "count", reason: "is negative", expected: "at least 0"),
                ],
                retryAfter: ProtoDuration(seconds: 100, nanos: 5), version: 42),
            metadata: try RPC.Metadata(["key": "value"]))
        let method = testMethod("Fail")
        let inline = testMethod("FailInline", form: .inline)
        let batch = testMethod("FailBatch", form: .batch)
        let stream = testMethod("FailStream", .serverStreaming)
        let service = TestService()
            .unary(method) { _, _ in throw thrown }
            .inline(inline) { (_, _, _) throws(RPCError) in throw thrown }
            .batch(batch) { $0.fail(0, thrown) }
            .serverStreaming(stream) { _, responses, _ in
                try await responses.write(Text(text: "before"))
                throw thrown
            }
        try await withServerAndClient([service]) { (_, client) async throws in
            for method in [method, inline, batch] {
                let error = await failure { _ = try await client.call(method) }
                #expect(error == thrown)
            }
            var responses = try await client.stream(stream).makeAsyncIterator()
            #expect(try await responses.next()?.text == "before")
            await #expect(throws: thrown) { _ = try await responses.next() }
        }
    }

    @Test("What else a handler throws is INTERNAL, without its text")
    func foreignError() async throws {
        struct Secret: Error { let password = "geheim" }
        let method = testMethod("Secret")
        let service = TestService().unary(method) { _, _ in throw Secret() }
        try await withServerAndClient([service]) { (_, client) async throws in
            let error = await failure { _ = try await client.call(method) }
            #expect(error?.code == .internal)
            #expect(error.map { "\($0)".contains("geheim") } == false)
        }
    }

    @Test("A message of a failure that is far too long is cut, and the status arrives")
    func longMessage() async throws {
        let method = testMethod("Long")
        let service = TestService().unary(method) { _, _ in
            throw RPCError(.notFound, String(repeating: "\u{1F4A5}", count: 200_000))
        }
        try await withServerAndClient([service]) { (_, client) async throws in
            let error = await failure { _ = try await client.call(method) }
            #expect(error?.code == .notFound)
            #expect(error?.message.hasPrefix("\u{1F4A5}") == true)
        }
    }

    @Test("A failure whose texts hold NUL still arrives with its status", arguments: [true, false])
    func failureWithNUL(_ isInProblem: Bool) async throws {
        let method = testMethod("NUL")
        let service = TestService().unary(method) { _, _ in
            let field = FieldProblem(field: "a\u{0}b", reason: "is wrong", expected: "")
            let problem = isInProblem ? Problem(type: "type", reason: .conflict, fields: [field]) : nil
            throw RPCError(.aborted, "a\u{0}b", problem: problem)
        }
        try await withServerAndClient([service]) { (_, client) async throws in
            let error = await failure { _ = try await client.call(method) }
            #expect(error?.code == .aborted)
        }
    }

    @Test("64 pairs are taken; a key outside the alphabet, or one pair more, is refused where it is made")
    func limits() throws {
        var metadata = RPC.Metadata()
        for number in 0..<WireLimits.maximumMetadataPairs { try metadata.append("key-\(number)", "value") }
        #expect(throws: RPCError.self) { try metadata.append("one-more", "value") }
        for key in ["", "Upper", "space key", "ümlaut", String(repeating: "a", count: 129)] {
            var metadata = RPC.Metadata()
            #expect(throws: RPCError.self) { try metadata.append(key, "value") }
        }
    }

    @Test("64 pairs reach the handler; metadata that exceed a frame are refused before they are sent")
    func manyPairs() async throws {
        let method = testMethod("Count")
        let service = TestService().unary(method) { _, context in Text(text: "\(context.metadata.pairs.count)") }
        try await withServerAndClient([service]) { (_, client) async throws in
            var metadata = RPC.Metadata()
            for number in 0..<64 { try metadata.append("key-\(number)", "value") }
            #expect(try await client.call(method, options: CallOptions(metadata: metadata)) == "64")
            var huge = RPC.Metadata()
            try huge.append("key", bytes: [UInt8](repeating: 1, count: 70_000))
            let options = CallOptions(metadata: huge)
            let error = await failure { _ = try await client.call(method, options: options) }
            #expect(error?.code == .invalidArgument)
            #expect(try await client.call(method) == "0")
        }
    }
}

extension RPC.Metadata {
    fileprivate var summary: String {
        self.pairs.map { "\($0.key)=\(String(decoding: $0.value, as: UTF8.self))" }.joined(separator: " ")
    }
}
