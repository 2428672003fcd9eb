public import ReflectionMessages
public import RPC
public enum ReflectionServiceMethods {
    public static let listServices = MethodDescriptor(name: "driveline.reflection.v1.ReflectionService/ListServices", id: 0xd6f290f6, kind: .unary, form: .asynchronous, requestType: "driveline.reflection.v1.ListServicesRequest", responseType: "driveline.reflection.v1.ListServicesResponse", scope: "", isAnonymous: true, idempotency: .natural)
    public static let getDescriptors = MethodDescriptor(name: "driveline.reflection.v1.ReflectionService/GetDescriptors", id: 0x1b473c64, kind: .unary, form: .asynchronous, requestType: "driveline.reflection.v1.GetDescriptorsRequest", responseType: "driveline.reflection.v1.GetDescriptorsResponse", scope: "", isAnonymous: true, idempotency: .natural)
    public static let all: [MethodDescriptor] = [listServices, getDescriptors]
}
public protocol ReflectionService: RPCService {
    func listServices(_ request: ReflectionMessages.ListServicesRequest, context: ServerContext) async throws -> ReflectionMessages.ListServicesResponse
    func getDescriptors(_ request: ReflectionMessages.GetDescriptorsRequest, context: ServerContext) async throws -> ReflectionMessages.GetDescriptorsResponse
}
extension ReflectionService {
    public var serviceDescriptor: ServiceDescriptor { ServiceDescriptor(name: "driveline.reflection.v1.ReflectionService", methods: ReflectionServiceMethods.all, fileDescriptorSet: []) }
    public func register(in registry: inout MethodRegistry) {
        registry.addUnary(ReflectionServiceMethods.listServices) { (request: ReflectionMessages.ListServicesRequest, context) async throws -> ReflectionMessages.ListServicesResponse in try await self.listServices(request, context: context) }
        registry.addUnary(ReflectionServiceMethods.getDescriptors) { (request: ReflectionMessages.GetDescriptorsRequest, context) async throws -> ReflectionMessages.GetDescriptorsResponse in try await self.getDescriptors(request, context: context) }
    }
}
public struct ReflectionServiceClient: Sendable {
    public let client: RPCClient
    public init(_ client: RPCClient) { self.client = client }
    public func listServices(_ request: ReflectionMessages.ListServicesRequest, options: CallOptions = CallOptions()) async throws(RPCError) -> ReflectionMessages.ListServicesResponse { try await self.client.unary(ReflectionServiceMethods.listServices, request, options: options) }
    public func getDescriptors(_ request: ReflectionMessages.GetDescriptorsRequest, options: CallOptions = CallOptions()) async throws(RPCError) -> ReflectionMessages.GetDescriptorsResponse { try await self.client.unary(ReflectionServiceMethods.getDescriptors, request, options: options) }
}
