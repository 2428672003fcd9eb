public import HealthMessages
public import ProtobufC
public import RPC
public enum HealthServiceMethods {
    public static let check = MethodDescriptor(name: "driveline.health.v1.HealthService/Check", id: 0x1f71be2e, kind: .unary, form: .inline, requestType: "driveline.health.v1.CheckRequest", responseType: "driveline.health.v1.CheckResponse", scope: "", isAnonymous: true, idempotency: .natural)
    public static let watch = MethodDescriptor(name: "driveline.health.v1.HealthService/Watch", id: 0xed4a5bbd, kind: .serverStreaming, form: .asynchronous, requestType: "driveline.health.v1.CheckRequest", responseType: "driveline.health.v1.CheckResponse", scope: "", isAnonymous: true, idempotency: .natural)
    public static let all: [MethodDescriptor] = [check, watch]
}
public protocol HealthService: RPCService {
    func check(_ request: borrowing View<HealthMessages.CheckRequest>, into response: inout Builder<HealthMessages.CheckResponse>, context: borrowing InlineContext) throws(RPCError)
    func watch(_ request: HealthMessages.CheckRequest, responses: ResponseWriter<HealthMessages.CheckResponse>, context: ServerContext) async throws
}
extension HealthService {
    public var serviceDescriptor: ServiceDescriptor { ServiceDescriptor(name: "driveline.health.v1.HealthService", methods: HealthServiceMethods.all, fileDescriptorSet: []) }
    public func register(in registry: inout MethodRegistry) {
        registry.addInline(HealthServiceMethods.check) { (request: borrowing View<HealthMessages.CheckRequest>, response: inout Builder<HealthMessages.CheckResponse>, context: borrowing InlineContext) throws(RPCError) in try self.check(request, into: &response, context: context) }
        registry.addServerStreaming(HealthServiceMethods.watch) { (request: HealthMessages.CheckRequest, responses: ResponseWriter<HealthMessages.CheckResponse>, context) in try await self.watch(request, responses: responses, context: context) }
    }
}
public struct HealthServiceClient: Sendable {
    public let client: RPCClient
    public init(_ client: RPCClient) { self.client = client }
    public func check(_ request: HealthMessages.CheckRequest, options: CallOptions = CallOptions()) async throws(RPCError) -> HealthMessages.CheckResponse { try await self.client.unary(HealthServiceMethods.check, request, options: options) }
    public func watch(_ request: HealthMessages.CheckRequest, options: CallOptions = CallOptions()) async throws(RPCError) -> ResponseStream<HealthMessages.CheckResponse> { try await self.client.serverStreaming(HealthServiceMethods.watch, request, options: options) }
}
