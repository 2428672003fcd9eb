/// The adapter of its platform.
public struct ShopifyAdapter: Sendable {
    /// It holds nothing.
    public init() {}
}
