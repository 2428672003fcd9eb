public import EchoMessages
public import ProtobufC
public import RPC
public enum EchoServiceMethods {
    public static let echo = MethodDescriptor(name: "driveline.echo.v1.EchoService/Echo", id: 0xc6d646b, kind: .unary, form: .asynchronous, requestType: "driveline.echo.v1.EchoRequest", responseType: "driveline.echo.v1.EchoResponse", scope: "", isAnonymous: false, idempotency: .natural)
    public static let speak = MethodDescriptor(name: "driveline.echo.v1.EchoService/Speak", id: 0xed0e2c54, kind: .unary, form: .asynchronous, requestType: "driveline.echo.v1.EchoRequest", responseType: "driveline.echo.v1.EchoResponse", scope: "echo:speak", isAnonymous: false, idempotency: .none)
    public static let expand = MethodDescriptor(name: "driveline.echo.v1.EchoService/Expand", id: 0x22c0900e, kind: .serverStreaming, form: .asynchronous, requestType: "driveline.echo.v1.ExpandRequest", responseType: "driveline.echo.v1.EchoResponse", scope: "", isAnonymous: false, idempotency: .natural)
    public static let collect = MethodDescriptor(name: "driveline.echo.v1.EchoService/Collect", id: 0xb59135bc, kind: .clientStreaming, form: .asynchronous, requestType: "driveline.echo.v1.EchoRequest", responseType: "driveline.echo.v1.CollectResponse", scope: "", isAnonymous: false, idempotency: .none)
    public static let chat = MethodDescriptor(name: "driveline.echo.v1.EchoService/Chat", id: 0xf0f6ae64, kind: .bidirectional, form: .asynchronous, requestType: "driveline.echo.v1.EchoRequest", responseType: "driveline.echo.v1.EchoResponse", scope: "", isAnonymous: false, idempotency: .none)
    public static let lookup = MethodDescriptor(name: "driveline.echo.v1.EchoService/Lookup", id: 0x5e998f5c, kind: .unary, form: .asynchronous, requestType: "driveline.echo.v1.LookupRequest", responseType: "driveline.echo.v1.LookupResponse", scope: "", isAnonymous: false, idempotency: .natural)
    public static let lookupInline = MethodDescriptor(name: "driveline.echo.v1.EchoService/LookupInline", id: 0x83f2ae79, kind: .unary, form: .inline, requestType: "driveline.echo.v1.LookupRequest", responseType: "driveline.echo.v1.LookupResponse", scope: "", isAnonymous: false, idempotency: .natural)
    public static let lookupBatch = MethodDescriptor(name: "driveline.echo.v1.EchoService/LookupBatch", id: 0x8e292e64, kind: .unary, form: .batch, requestType: "driveline.echo.v1.LookupRequest", responseType: "driveline.echo.v1.LookupResponse", scope: "", isAnonymous: false, idempotency: .natural)
    public static let all: [MethodDescriptor] = [echo, speak, expand, collect, chat, lookup, lookupInline, lookupBatch]
}
public protocol EchoService: RPCService {
    func echo(_ request: EchoMessages.EchoRequest, context: ServerContext) async throws -> EchoMessages.EchoResponse
    func speak(_ request: EchoMessages.EchoRequest, context: ServerContext) async throws -> EchoMessages.EchoResponse
    func expand(_ request: EchoMessages.ExpandRequest, responses: ResponseWriter<EchoMessages.EchoResponse>, context: ServerContext) async throws
    func collect(_ requests: RequestStream<EchoMessages.EchoRequest>, context: ServerContext) async throws -> EchoMessages.CollectResponse
    func chat(_ requests: RequestStream<EchoMessages.EchoRequest>, responses: ResponseWriter<EchoMessages.EchoResponse>, context: ServerContext) async throws
    func lookup(_ request: EchoMessages.LookupRequest, context: ServerContext) async throws -> EchoMessages.LookupResponse
    func lookupInline(_ request: borrowing View<EchoMessages.LookupRequest>, into response: inout Builder<EchoMessages.LookupResponse>, context: borrowing InlineContext) throws(RPCError)
    func lookupBatch(_ batch: borrowing Batch<EchoMessages.LookupRequest, EchoMessages.LookupResponse>)
}
extension EchoService {
    public var serviceDescriptor: ServiceDescriptor { ServiceDescriptor(name: "driveline.echo.v1.EchoService", methods: EchoServiceMethods.all, fileDescriptorSet: []) }
    public func register(in registry: inout MethodRegistry) {
        registry.addUnary(EchoServiceMethods.echo) { (request: EchoMessages.EchoRequest, context) async throws -> EchoMessages.EchoResponse in try await self.echo(request, context: context) }
        registry.addUnary(EchoServiceMethods.speak) { (request: EchoMessages.EchoRequest, context) async throws -> EchoMessages.EchoResponse in try await self.speak(request, context: context) }
        registry.addServerStreaming(EchoServiceMethods.expand) { (request: EchoMessages.ExpandRequest, responses: ResponseWriter<EchoMessages.EchoResponse>, context) in try await self.expand(request, responses: responses, context: context) }
        registry.addClientStreaming(EchoServiceMethods.collect) { (requests: RequestStream<EchoMessages.EchoRequest>, context) async throws -> EchoMessages.CollectResponse in try await self.collect(requests, context: context) }
        registry.addBidirectional(EchoServiceMethods.chat) { (requests: RequestStream<EchoMessages.EchoRequest>, responses: ResponseWriter<EchoMessages.EchoResponse>, context) in try await self.chat(requests, responses: responses, context: context) }
        registry.addUnary(EchoServiceMethods.lookup) { (request: EchoMessages.LookupRequest, context) async throws -> EchoMessages.LookupResponse in try await self.lookup(request, context: context) }
        registry.addInline(EchoServiceMethods.lookupInline) { (request: borrowing View<EchoMessages.LookupRequest>, response: inout Builder<EchoMessages.LookupResponse>, context: borrowing InlineContext) throws(RPCError) in try self.lookupInline(request, into: &response, context: context) }
        registry.addBatch(EchoServiceMethods.lookupBatch) { (batch: borrowing Batch<EchoMessages.LookupRequest, EchoMessages.LookupResponse>) in self.lookupBatch(batch) }
    }
}
public struct EchoServiceClient: Sendable {
    public let client: RPCClient
    public init(_ client: RPCClient) { self.client = client }
    public func echo(_ request: EchoMessages.EchoRequest, options: CallOptions = CallOptions()) async throws(RPCError) -> EchoMessages.EchoResponse { try await self.client.unary(EchoServiceMethods.echo, request, options: options) }
    public func speak(_ request: EchoMessages.EchoRequest, options: CallOptions = CallOptions()) async throws(RPCError) -> EchoMessages.EchoResponse { try await self.client.unary(EchoServiceMethods.speak, request, options: options) }
    public func expand(_ request: EchoMessages.ExpandRequest, options: CallOptions = CallOptions()) async throws(RPCError) -> ResponseStream<EchoMessages.EchoResponse> { try await self.client.serverStreaming(EchoServiceMethods.expand, request, options: options) }
    public func collect(options: CallOptions = CallOptions(), _ send: (RequestWriter<EchoMessages.EchoRequest>) async throws -> Void) async throws(RPCError) -> EchoMessages.CollectResponse { try await self.client.clientStreaming(EchoServiceMethods.collect, options: options, send) }
    public func chat(options: CallOptions = CallOptions()) async throws(RPCError) -> BidirectionalCall<EchoMessages.EchoRequest, EchoMessages.EchoResponse> { try await self.client.bidirectional(EchoServiceMethods.chat, options: options) }
    public func lookup(_ request: EchoMessages.LookupRequest, options: CallOptions = CallOptions()) async throws(RPCError) -> EchoMessages.LookupResponse { try await self.client.unary(EchoServiceMethods.lookup, request, options: options) }
    public func lookupInline(_ request: EchoMessages.LookupRequest, options: CallOptions = CallOptions()) async throws(RPCError) -> EchoMessages.LookupResponse { try await self.client.unary(EchoServiceMethods.lookupInline, request, options: options) }
    public func lookupBatch(_ request: EchoMessages.LookupRequest, options: CallOptions = CallOptions()) async throws(RPCError) -> EchoMessages.LookupResponse { try await self.client.unary(EchoServiceMethods.lookupBatch, request, options: options) }
}
