public import RPC
internal import RPCMessages
public import ReflectionAPI
public import ReflectionMessages
internal import Wire

/// `driveline.reflection.v1.ReflectionService`: says what the server offers.
public struct Reflection: ReflectionService {
    private let descriptors: [ServiceDescriptor]

    /// Reflection of these services, and of itself.
    public init(_ services: [any RPCService]) {
        let own = ServiceDescriptor(
            name: "driveline.reflection.v1.ReflectionService", methods: ReflectionServiceMethods.all,
            fileDescriptorSet: [])
        self.descriptors = services.map(\.serviceDescriptor) + [own]
    }

    /// Lists the services by name.
    public func listServices(
        _ request: ListServicesRequest, context: ServerContext
    ) async throws -> ListServicesResponse {
        ListServicesResponse(
            services: self.descriptors.sorted { $0.name < $1.name }.map { descriptor in
                Service(name: descriptor.name, methods: descriptor.methods.map(Self.method))
            }
        )
    }

    /// Answers the descriptors of a service's package; NOT_FOUND where the service is not known.
    public func getDescriptors(
        _ request: GetDescriptorsRequest, context: ServerContext
    ) async throws -> GetDescriptorsResponse {
        if request.service == self.serviceDescriptor.name {
            return GetDescriptorsResponse(fileDescriptorSet: self.serviceDescriptor.fileDescriptorSet)
        }
        guard let descriptor = self.descriptors.first(where: { $0.name == request.service }) else {
            throw RPCError(
                .notFound, "there is no service \(request.service)", type: "service-unknown", reason: .notFound)
        }
        return GetDescriptorsResponse(fileDescriptorSet: descriptor.fileDescriptorSet)
    }

    private static func method(_ descriptor: MethodDescriptor) -> Method {
        Method(
            name: String(descriptor.name.split(separator: "/").last ?? ""),
            id: descriptor.id,
            requestType: descriptor.requestType,
            responseType: descriptor.responseType,
            clientStreaming: descriptor.kind == .clientStreaming || descriptor.kind == .bidirectional,
            serverStreaming: descriptor.kind == .serverStreaming || descriptor.kind == .bidirectional,
            scope: descriptor.scope,
            anonymous: descriptor.isAnonymous,
            idempotency: Self.number(of: descriptor.idempotency)
        )
    }

    private static func number(of idempotency: MethodDescriptor.Idempotency) -> UInt32 {
        switch idempotency {
        case .none: 0
        case .natural: 1
        case .keyRequired: 2
        }
    }
}
