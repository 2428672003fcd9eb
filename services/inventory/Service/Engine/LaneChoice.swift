internal import Buckets
internal import InventoryDomain
internal import Postgres

/// Which lane takes a command: it decides what waits for what, never what is right.
struct LaneChoice: Hashable {
    /// The lanes of commands on one SKU.
    let bucketLanes: Int

    /// The lanes of commands that touch several buckets, or a reservation by its id.
    var severalBuckets: Range<Int> { self.bucketLanes..<self.bucketLanes + EngineLimits.lanesOfSeveralBuckets }
    /// The lane of bulk calls and of the sweeper.
    var bulk: Int { self.severalBuckets.upperBound }
    /// How many lanes there are in all.
    var count: Int { self.bulk + 1 }

    /// The lane of a command.
    ///
    /// - Parameter waiting: How many commands wait in the first lane of those on several buckets.
    func lane(of pending: PendingCommand, behind waiting: Int) -> Int {
        // A reservation's own row waits for nobody who holds an item.
        if let reservation = pending.command.action.existingReservation {
            return self.severalBuckets(pending.brand, reservation.description, behind: waiting)
        }
        var bucket: Bucket?
        var isAlone = true
        pending.command.action.forEachSKU { sku in
            let next = pending.brand.bucket(of: sku.description)
            isAlone = isAlone && (bucket ?? next) == next
            bucket = next
        }
        guard let bucket else { return self.severalBuckets.lowerBound }
        if isAlone { return Int(bucket.number) % self.bucketLanes }
        guard case .reserve(let order) = pending.command.action else { return self.severalBuckets.lowerBound }
        return self.severalBuckets(pending.brand, order.id.description, behind: waiting)
    }

    /// The first, unless many wait there: then what is done with one reservation meanwhile comes to one lane.
    private func severalBuckets(_ brand: PostgresUUID, _ key: String, behind waiting: Int) -> Int {
        guard waiting >= EngineLimits.waitingInFirstLane else { return self.severalBuckets.lowerBound }
        return self.severalBuckets.lowerBound + Int(brand.bucket(of: key).number) % self.severalBuckets.count
    }
}

extension Action {
    /// The reservation that a command is about which must be there already.
    fileprivate var existingReservation: ReservationID? {
        switch self {
        case .extend(let id, _), .confirm(let id), .commit(let id, _), .release(let id, _), .expire(let id): id
        default: nil
        }
    }
}
