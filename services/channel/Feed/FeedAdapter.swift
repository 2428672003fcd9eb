/// The adapter of its platform.
public struct FeedAdapter: Sendable {
    /// It holds nothing.
    public init() {}
}
