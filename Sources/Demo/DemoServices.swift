public import RPC

/// Where the services are that the demo brand is kept by; each client shows the brand's key.
public struct DemoServices: Sendable {
    /// The service `catalog`.
    public let catalog: RPCClient
    /// The service `inventory`.
    public let inventory: RPCClient
    /// The service `pricing`.
    public let pricing: RPCClient
    /// The service `order`.
    public let order: RPCClient

    /// Services that are reached by clients.
    public init(catalog: RPCClient, inventory: RPCClient, pricing: RPCClient, order: RPCClient) {
        self.catalog = catalog
        self.inventory = inventory
        self.pricing = pricing
        self.order = order
    }
}

/// Runs work on elements beside each other, at most so many at a time.
///
/// - Throws: What the first failure was; the others are cancelled.
func concurrently<Element: Sendable>(
    _ elements: some Sequence<Element>, width: Int, _ work: @escaping @Sendable (Element) async throws -> Void
) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        var running = 0
        for element in elements {
            if running >= width { try await group.next() } else { running += 1 }
            group.addTask { try await work(element) }
        }
        try await group.waitForAll()
    }
}
