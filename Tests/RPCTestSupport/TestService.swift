package import EchoMessages
package import ProtobufC
package import RPC
internal import Wire

/// A message of one text without rules, which may be as long as a message may be.
package typealias Text = EchoResponse

/// Describes a method of the test service.
package func testMethod(
    _ name: String,
    _ kind: MethodDescriptor.Kind = .unary,
    form: MethodDescriptor.Form = .asynchronous,
    scope: String = "",
    isAnonymous: Bool = false,
    idempotency: MethodDescriptor.Idempotency = .none,
    timeoutMilliseconds: UInt32 = 0,
    concurrencyLimit: UInt32 = 0
) -> MethodDescriptor {
    let fullName = "\(TestService.name)/\(name)"
    return MethodDescriptor(
        name: fullName, id: methodID(fullName), kind: kind, form: form, requestType: Text.fullName,
        responseType: Text.fullName, scope: scope, isAnonymous: isAnonymous, idempotency: idempotency,
        timeoutMilliseconds: timeoutMilliseconds, concurrencyLimit: concurrencyLimit)
}

/// A service whose methods are given as closures over ``Text``.
package struct TestService: RPCService {
    package static let name = "driveline.test.v1.TestService"

    private var descriptors: [MethodDescriptor] = []
    private var registrations: [@Sendable (inout MethodRegistry) -> Void] = []

    package init() {}

    package var serviceDescriptor: ServiceDescriptor {
        ServiceDescriptor(name: Self.name, methods: self.descriptors, fileDescriptorSet: [1, 2, 3])
    }

    package func register(in registry: inout MethodRegistry) {
        for registration in self.registrations { registration(&registry) }
    }

    private mutating func add(
        _ method: MethodDescriptor, _ register: @escaping @Sendable (inout MethodRegistry) -> Void
    ) {
        self.descriptors.append(method)
        self.registrations.append(register)
    }
}

extension TestService {
    /// Adds a unary method.
    package func unary(
        _ method: MethodDescriptor, _ handler: @escaping @Sendable (Text, ServerContext) async throws -> Text
    ) -> TestService {
        self.with(method) { $0.addUnary(method, handler) }
    }

    /// Adds a server-streaming method.
    package func serverStreaming(
        _ method: MethodDescriptor,
        _ handler: @escaping @Sendable (Text, ResponseWriter<Text>, ServerContext) async throws -> Void
    ) -> TestService {
        self.with(method) { $0.addServerStreaming(method, handler) }
    }

    /// Adds a client-streaming method.
    package func clientStreaming(
        _ method: MethodDescriptor,
        _ handler: @escaping @Sendable (RequestStream<Text>, ServerContext) async throws -> Text
    ) -> TestService {
        self.with(method) { $0.addClientStreaming(method, handler) }
    }

    /// Adds a bidirectional method.
    package func bidirectional(
        _ method: MethodDescriptor,
        _ handler: @escaping @Sendable (RequestStream<Text>, ResponseWriter<Text>, ServerContext) async throws -> Void
    ) -> TestService {
        self.with(method) { $0.addBidirectional(method, handler) }
    }

    /// Adds an inline method.
    package func inline(
        _ method: MethodDescriptor,
        _ handler:
            @escaping @Sendable (borrowing View<Text>, inout Builder<Text>, borrowing InlineContext) throws(RPCError) ->
            Void
    ) -> TestService {
        self.with(method) { $0.addInline(method, handler) }
    }

    /// Adds a batch method.
    package func batch(
        _ method: MethodDescriptor, _ handler: @escaping @Sendable (borrowing Batch<Text, Text>) -> Void
    ) -> TestService {
        self.with(method) { $0.addBatch(method, handler) }
    }

    private func with(
        _ method: MethodDescriptor, _ register: @escaping @Sendable (inout MethodRegistry) -> Void
    ) -> TestService {
        var service = self
        service.add(method, register)
        return service
    }
}

/// The methods of ``TestService/echoing``.
package enum Echoing {
    package static let unary = testMethod("Unary", idempotency: .natural)
    package static let suspending = testMethod("Suspending", idempotency: .natural)
    package static let inline = testMethod("Inline", form: .inline, idempotency: .natural)
    package static let batch = testMethod("Batch", form: .batch, idempotency: .natural)
    package static let deferred = testMethod("Deferred", form: .batch, idempotency: .natural)
    package static let deferredTogether = testMethod("DeferredTogether", form: .batch, idempotency: .natural)
    package static let offloaded = testMethod("Offloaded", form: .offloaded, idempotency: .natural)
    package static let serverStreaming = testMethod("ServerStreaming", .serverStreaming, idempotency: .natural)
    package static let clientStreaming = testMethod("ClientStreaming", .clientStreaming)
    package static let bidirectional = testMethod("Bidirectional", .bidirectional)

    /// The methods of one request and one response, one for each form of handler.
    package static let unaryForms = [unary, suspending, inline, batch, deferred, deferredTogether, offloaded]
}

extension TestService {
    /// Answers what it is sent, in every form of handler and kind of call.
    package static let echoing = TestService()
        .unary(Echoing.unary) { request, _ in request }
        .unary(Echoing.suspending) { request, _ in
            await Task.yield()
            return request
        }
        .inline(Echoing.inline) { request, response, _ in response.setText(request.text) }
        .batch(Echoing.batch) { batch in
            for index in 0..<batch.count { batch.respond(to: index) { $0.setText(batch[index].text) } }
        }
        .batch(Echoing.deferred) { batch in
            for index in 0..<batch.count {
                let text = batch[index].copy()
                let reply = batch.defer(index)
                Task { reply.respond(text) }
            }
        }
        .batch(Echoing.deferredTogether) { batch in
            let texts = (0..<batch.count).map { batch[$0].copy() }
            let replies = batch.deferRest()
            Task {
                replies.onEventLoop { for (index, text) in texts.enumerated() { replies.respond(to: index, text) } }
            }
        }
        .unary(Echoing.offloaded) { request, _ in request }
        .serverStreaming(Echoing.serverStreaming) { request, responses, _ in
            for part in request.text.split(separator: " ") { try await responses.write(Text(text: String(part))) }
        }
        .clientStreaming(Echoing.clientStreaming) { requests, _ in
            var joined: [String] = []
            for try await request in requests { joined.append(request.text) }
            return Text(text: joined.joined(separator: " "))
        }
        .bidirectional(Echoing.bidirectional) { requests, responses, _ in
            for try await request in requests { try await responses.write(request) }
        }
}
