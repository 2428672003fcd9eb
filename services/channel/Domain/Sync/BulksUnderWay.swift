public import ChannelMessages

/// The bulks of a connection that are under way: one of each kind at most.
public struct BulksUnderWay: Hashable, Sendable {
    private var skus: [SyncKind: Set<String>] = [:]
    /// Whether some may be under way that a process that has ended left behind.
    public var hasEarlier = false

    /// None.
    public init() {}

    /// One has begun.
    public mutating func began(_ kind: SyncKind, _ skus: Set<String>) { self.skus[kind] = skus }

    /// That of a kind has ended.
    public mutating func ended(_ kind: SyncKind) { self.skus[kind] = nil }

    /// Whether a listing is in that of a kind.
    public func contains(_ sku: String, _ kind: SyncKind) -> Bool { self.skus[kind]?.contains(sku) ?? false }

    /// Whether another one of a kind may begin, where the circuit is as it is: a bulk would be a trial of minutes, for which
    /// all that is urgent waits, so none begins while the circuit is not closed.
    public func state(of kind: SyncKind, isClosed: Bool) -> BulkLimit.State {
        guard isClosed else { return .barred }
        return self.hasEarlier || self.skus[kind] != nil ? .busy : .free
    }
}
