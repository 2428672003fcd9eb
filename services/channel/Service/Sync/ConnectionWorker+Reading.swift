internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import Logging
internal import Postgres

extension ConnectionWorker {
    /// How long a listing whose reading failed waits, in seconds.
    private static let readAgainSeconds: Int64 = 10

    /// Reads back listings that are due for it.
    func read(
        _ listings: [ListingReference], on connection: SyncConnection, _ permit: QuotaPlanner.Permit
    ) async throws {
        let skus = listings.map(\.sku)
        do {
            _ = try await self.readBack(listings, on: connection, permit)
            self.ended(skus)
        } catch {
            self.ended(skus)
            throw error
        }
    }

    /// Reads back listings of which the platform has just said that it shows something else.
    func readAgain(_ skus: [String], lane: SyncLane, on connection: SyncConnection) async throws {
        let rows = await self.quota.rows(of: "read")
        var left = skus.sorted()[...]
        while !left.isEmpty {
            let some = Array(left.prefix(rows))
            left = left.dropFirst(rows)
            guard let permit = try await self.waitForRead(lane: lane) else { return }
            let listings = try await ReadBack.references(self.key, some, from: self.parts.pool)
            guard try await self.readBack(listings, on: connection, permit) else { return }
        }
    }

    /// - Returns: nil: the circuit does not let it; the listings are due to be read all the same.
    private func waitForRead(lane: SyncLane) async throws -> QuotaPlanner.Permit? {
        while true {
            switch await self.quota.take("read", lane: lane) {
            case .go(let permit): return permit
            case .wait(let until):
                let microseconds = until - MicrosecondClock.now
                guard microseconds < SyncLimits.staleMilliseconds * 1_000 else { return nil }
                try await Task.sleep(for: .microseconds(max(0, microseconds)))
            }
        }
    }

    /// - Returns: Whether the platform answered.
    private func readBack(
        _ listings: [ListingReference], on connection: SyncConnection, _ permit: QuotaPlanner.Permit
    ) async throws -> Bool {
        let skus = listings.map(\.sku)
        let platform = connection.adapter.platform
        let back = ReadBack(
            key: self.key, pool: self.parts.pool, lease: self.lease, sellsFromShelf: platform.sellsFromShelf,
            pollsOrders: platform.pollsOrders, settleSeconds: platform.pushSettleSeconds ?? 0,
            everySeconds: self.parts.readEverySeconds)
        let since = try await self.databaseTime()
        let session = connection.adapter.session(connection.account, transport: self.parts.transport)
        let readings: [ShelfReading]
        do throws(PlatformFault) {
            readings = try await session.shelves(listings)
        } catch {
            try await self.answered(permit, [], fault: error)
            try await back.postpone(skus, seconds: Self.readAgainSeconds)
            return false
        }
        try await self.answered(permit, [], fault: nil)
        let finding = try await back.apply(readings, asked: skus, since: since) { .random(in: 0...1) }
        if finding.mayHaveSold { await self.parts.orderIntake?.pollNow(self.key) }
        if finding.drifted > 0 {
            self.parts.logger.notice(
                "a platform shows something else than thought",
                metadata: self.metadata(["listings": "\(finding.drifted)"]))
        }
        return true
    }

    private func databaseTime() async throws(PostgresError) -> PostgresTimestamp {
        try await self.parts.pool.query(Self.time).first?.decode(PostgresTimestamp.self)
            ?? PostgresTimestamp.ofSystemClock
    }

    private static let time = PostgresStatement("select clock_timestamp()", readOnly: true)
}
