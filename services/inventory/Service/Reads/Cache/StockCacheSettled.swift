/// What this process has settled in the cache by itself after its commits, so that its follower of the event log need not do
/// it once more.
///
/// Of one Redis process at a time: what was settled in another says nothing about this one. Pure.
struct StockCacheSettled {
    /// The most items that are remembered; of more, all are forgotten and settled once more.
    static let maximumItems = 65_536

    private var epoch: StockCacheEpoch?
    private var versions: [StockKey: Int64] = [:]

    /// Redis has carried out that these items have at least their versions.
    mutating func settled(_ changes: [StockCacheChange], in epoch: StockCacheEpoch) {
        if self.epoch != epoch || self.versions.count + changes.count > Self.maximumItems {
            self.epoch = epoch
            self.versions.removeAll(keepingCapacity: true)
        }
        guard changes.count <= Self.maximumItems else { return }
        for change in changes {
            self.versions[change.key] = max(change.version, self.versions[change.key] ?? change.version)
        }
    }

    /// What of these changes, which the event log tells of, is still to be settled. What is not is forgotten with it.
    mutating func unsettled(of changes: [StockCacheChange], in epoch: StockCacheEpoch) -> [StockCacheChange] {
        guard self.epoch == epoch else { return changes }
        return changes.filter { change in
            guard let version = self.versions[change.key] else { return true }
            if version <= change.version { self.versions[change.key] = nil }
            return version < change.version
        }
    }
}
