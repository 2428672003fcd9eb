internal import NIOCore
public import ProtobufC
internal import Wire

/// The methods that a server offers, with their handlers. Generated code fills it.
public struct MethodRegistry {
    private var methods: [UInt32: ServerMethod] = [:]
    /// The interceptors, the first being the outermost.
    private let interceptors: [any ServerInterceptor]
    private let observer: (any RPCObserver)?
    private let defaultTimeout: TimeAmount

    init(interceptors: [any ServerInterceptor], observer: (any RPCObserver)?, defaultTimeout: TimeAmount) {
        self.interceptors = interceptors
        self.observer = observer
        self.defaultTimeout = defaultTimeout
    }

    /// Adds a method whose handler is made.
    ///
    /// - Precondition: No other method has the same id; generated code has been checked for that.
    @usableFromInline
    mutating func add(_ descriptor: MethodDescriptor, _ handler: ServerMethod.Handler) {
        precondition(descriptor.id == methodID(descriptor.name), "\(descriptor.name) has the wrong id")
        if let other = self.methods[descriptor.id] {
            preconditionFailure("\(descriptor.name) and \(other.descriptor.name) have the same id")
        }
        self.methods[descriptor.id] = ServerMethod(
            descriptor, handler, interceptors: self.interceptors, observer: self.observer,
            defaultTimeout: self.defaultTimeout)
    }

    var table: MethodTable { MethodTable(self.methods) }

    /// Adds a method of one request and one response.
    @inlinable
    public mutating func addUnary<Request: Message, Response: Message>(
        _ descriptor: MethodDescriptor,
        _ handler: @escaping @Sendable (Request, ServerContext) async throws -> Response
    ) {
        self.add(
            descriptor,
            .unary { (body: borrowing RawSpan, call: ServerCall) throws(RPCError) in
                let request = try call.decode(Request.self, body)
                call.start {
                    do {
                        call.finish(try await handler(request, ServerContext(call)))
                    } catch {
                        call.fail(error)
                    }
                }
            })
    }

    /// Adds a method of one request and many responses.
    @inlinable
    public mutating func addServerStreaming<Request: Message, Response: Message>(
        _ descriptor: MethodDescriptor,
        _ handler: @escaping @Sendable (Request, ResponseWriter<Response>, ServerContext) async throws -> Void
    ) {
        self.add(
            descriptor,
            .unary { (body: borrowing RawSpan, call: ServerCall) throws(RPCError) in
                let request = try call.decode(Request.self, body)
                call.open()
                call.start {
                    do {
                        try await handler(request, ResponseWriter(call), ServerContext(call))
                        call.finish()
                    } catch {
                        call.fail(error)
                    }
                }
            })
    }

    /// Adds a method of many requests and one response.
    @inlinable
    public mutating func addClientStreaming<Request: Message, Response: Message>(
        _ descriptor: MethodDescriptor,
        _ handler: @escaping @Sendable (RequestStream<Request>, ServerContext) async throws -> Response
    ) {
        self.add(
            descriptor,
            .streaming { (call: ServerCall) in
                call.start {
                    do {
                        call.finish(try await handler(RequestStream(call), ServerContext(call)))
                    } catch {
                        call.fail(error)
                    }
                }
            })
    }

    /// Adds a method of many requests and many responses.
    @inlinable
    public mutating func addBidirectional<Request: Message, Response: Message>(
        _ descriptor: MethodDescriptor,
        _ handler:
            @escaping @Sendable (RequestStream<Request>, ResponseWriter<Response>, ServerContext) async throws ->
            Void
    ) {
        self.add(
            descriptor,
            .streaming { (call: ServerCall) in
                call.start {
                    do {
                        try await handler(RequestStream(call), ResponseWriter(call), ServerContext(call))
                        call.finish()
                    } catch {
                        call.fail(error)
                    }
                }
            })
    }

    /// Adds a method whose handler is a plain function over borrowed views.
    @inlinable
    public mutating func addInline<Request: Message, Response: Message>(
        _ descriptor: MethodDescriptor,
        _ handler:
            @escaping @Sendable (
                borrowing View<Request>, inout Builder<Response>, borrowing InlineContext
            ) throws(RPCError) -> Void
    ) {
        self.add(
            descriptor,
            .inline { (body: borrowing RawSpan, context: borrowing InlineContext) throws(RPCError) in
                let arena = context.arena
                let request = try decodeRequest(Request.self, body, in: arena)
                var failure: RPCError?
                do throws(EncodingError) {
                    let begin = arena.mark
                    var response = try Builder<Response>(in: arena)
                    do throws(RPCError) {
                        try handler(View(request, in: arena), &response, context)
                    } catch {
                        failure = error
                    }
                    if failure == nil {
                        context.answer(try EncodedMessage(response.storage, since: begin, in: arena))
                    }
                } catch {
                    failure = RPCError(error, of: Response.fullName)
                }
                if let failure { throw failure }
            })
    }

    /// Adds a method whose handler takes all calls of a read at once.
    @inlinable
    public mutating func addBatch<Request: Message, Response: Message>(
        _ descriptor: MethodDescriptor,
        _ handler: @escaping @Sendable (borrowing Batch<Request, Response>) -> Void
    ) {
        self.add(
            descriptor,
            .batch(
                ServerMethod.BatchHandler(
                    decode: { (body: borrowing RawSpan, arena: Arena) throws(RPCError) in
                        UnsafeRawPointer(try decodeRequest(Request.self, body, in: arena))
                    },
                    run: { calls in handler(Batch(calls)) }
                )))
    }
}

/// Decodes a request and checks its rules.
@inlinable
func decodeRequest<Request: Message>(
    _: Request.Type,
    _ body: borrowing RawSpan,
    in arena: Arena
) throws(RPCError) -> UnsafePointer<Request.Storage> {
    let storage: UnsafePointer<Request.Storage>
    do {
        storage = try Request.decode(body, in: arena)
    } catch {
        throw RPCError(error, of: Request.fullName)
    }
    let violations = Request.ruleViolations(storage)
    guard violations.isEmpty else { throw RPCError(violations, of: Request.fullName) }
    return storage
}
