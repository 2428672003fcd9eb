public import RPC

/// A service whose bound methods the gateway offers: all that a new one needs is a line where the gateway is put together.
public struct PublicService: Sendable {
    let methods: [MethodDescriptor]
    let fileDescriptorSet: [UInt8]
    let client: RPCClient
    let name: String

    /// A service.
    ///
    /// - Parameters:
    ///   - methods: All of its methods, as they are generated.
    ///   - fileDescriptorSet: Its proto files, as they are linked.
    ///   - client: Reaches its servers, and may act for brands.
    ///   - name: Of a service that several processes offer, the name of this one: what the ids of its objects begin with.
    public init(
        _ methods: [MethodDescriptor], _ fileDescriptorSet: [UInt8], at client: RPCClient, name: String = ""
    ) {
        self.name = name
        self.methods = methods
        self.fileDescriptorSet = fileDescriptorSet
        self.client = client
    }
}

/// Why the gateway cannot offer what the proto files say. It is found when the gateway starts, not by a request.
public struct EndpointError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The method or route.
    public let subject: String
    /// What is wrong with it.
    public let reason: String

    /// The subject and the reason.
    public var description: String { "\(self.subject): \(self.reason)" }
}
