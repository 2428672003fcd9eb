internal import Buckets
internal import InventoryDomain

/// Which lane takes a command: it decides what waits for what, never what is right.
struct LaneChoice: Hashable {
    /// The lanes of commands on one SKU.
    let bucketLanes: Int

    /// The lane of commands that touch several buckets.
    var severalBuckets: Int { self.bucketLanes }
    /// The lane of bulk calls and of the sweeper.
    var bulk: Int { self.bucketLanes + 1 }
    /// How many lanes there are in all.
    var count: Int { self.bucketLanes + 2 }

    /// The lane of a command.
    func lane(of pending: PendingCommand) -> Int {
        switch pending.command.action {
        case .extend, .confirm, .commit, .release, .expire: return self.severalBuckets
        default: break
        }
        // A reservation's own row waits for nobody who holds an item.
        let skus = pending.command.action.skus
        guard let first = skus.first else { return self.severalBuckets }
        let bucket = pending.brand.bucket(of: first.description)
        let isAlone = skus.dropFirst().allSatisfy { pending.brand.bucket(of: $0.description) == bucket }
        return isAlone ? Int(bucket.number) % self.bucketLanes : self.severalBuckets
    }
}
