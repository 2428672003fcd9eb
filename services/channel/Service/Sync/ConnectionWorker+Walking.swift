internal import ChannelMessages
internal import Leasing
internal import Postgres

extension ConnectionWorker {
    /// Carries out a piece of each walk over the connection's listings.
    ///
    /// - Returns: When to look again, in microseconds.
    func walk() async throws -> Int64 {
        var hasMore = false
        for pass in try await SyncPass.open(of: self.key, in: self.parts.pool) {
            let count = try await self.walk(pass)
            hasMore = hasMore || count >= Int(SyncPass.portion)
        }
        let now = MicrosecondClock.now
        return hasMore ? now : now + SyncLimits.lookMicroseconds
    }

    private func walk(_ pass: SyncPass) async throws -> Int {
        try await self.parts.pool.withTransaction { transaction in
            try await self.lease.check(in: transaction)
            let skus = try await pass.next(of: self.key, in: transaction)
            let keys = skus.map { SKUKey(brand: self.key.brand, sku: $0) }
            let advance = pass.advance(past: skus, of: self.key)
            switch pass.kind {
            case .price:
                let isPushed = self.connection.connection.prices?.push ?? false
                _ = try await transaction.commit(
                    with: PriceWork.marking(keys, on: [self.key], isWanted: isPushed, isForced: pass.isForced)
                        + [advance])
            case .content:
                let isPushed = self.connection.connection.pushContent
                _ = try await transaction.commit(
                    with: ContentWork.marking(keys, on: [self.key], isWanted: isPushed, isForced: pass.isForced)
                        + [advance])
            default:
                let answers = try await transaction.execute(
                    [StockCopy.locking(keys)] + ListingDecisions.reading(keys))
                let decisions = try ListingDecisions(answers.dropFirst()).decisions.filter {
                    $0.key.connection == self.key.id
                }
                _ = try await transaction.commit(
                    with: StockWork.commands(decisions, isForced: pass.isForced) + [advance])
            }
            return skus.count
        }
    }
}
