internal import Events
internal import InventoryDomain
public import InventoryMessages
internal import Postgres
internal import ProtobufC
public import RPC
internal import RPCMessages
internal import Waking
internal import Wire

extension Inventory {
    /// Makes or replaces a feed.
    public func putFeed(_ request: PutFeedRequest, context: ServerContext) async throws -> Feed {
        let brand = try self.brand(of: context.caller)
        let (feed, definition) = try Self.feed(request)
        let bytes = try feed.encodedBytes()
        return try await self.answering(context) {
            let put = try await SetupChange.run(of: brand, in: self.pool) { change in
                let existing = try await change.transaction.execute([
                    FeedRecord.all(of: brand), LocationRecord.all(of: brand),
                    PostgresCommand(Self.clock),
                ])
                let others = try existing[0].map { (row) throws(PostgresError) in try FeedRecord(row) }
                let known = try existing[1].map { (row) throws(PostgresError) in try LocationRecord.read(row).locationID
                }
                let now = try existing[2].first?.decode(PostgresTimestamp.self) ?? PostgresTimestamp(microseconds: 0)
                let before = others.first { $0.id == feed.feedID }
                try RPCError.check(request.expectedVersion, against: before?.version ?? 0, field: "expectedVersion")
                guard before != nil || others.count < FeedLimits.feedsOfBrand else {
                    throw RPCError.tooMany("feeds", limit: FeedLimits.feedsOfBrand)
                }
                try Self.check(definition, locations: known)
                return try await Self.put(feed, bytes, definition, change, now, trace: context.trace)
            }
            self.feedSignal.wake()
            self.news.committed()
            return put
        }
    }

    private static func put(
        _ feed: Feed, _ bytes: [UInt8], _ definition: FeedDefinition, _ change: SetupChange, _ now: PostgresTimestamp,
        trace: TraceContext?
    ) async throws -> Feed {
        let named = definition.namedLocations.map(\.description)
        // One with times of the day waits for the first; one with an interval shows at once whether it works.
        let due: PostgresTimestamp? =
            switch definition.ownSchedule {
            case nil: nil
            case .interval: now
            case .daily(let minutes):
                InventoryDomain.FeedSchedule.daily(minutes: minutes)
                    .nextDue(after: Timestamp(now), offset: definition.offset).map { PostgresTimestamp($0) }
            }
        let answers = try await change.transaction.execute([
            FeedRecord.put(bytes, feed.feedID, of: change.brand, dueAt: due),
            PostgresCommand(Self.locationsRemoval, change.brand, feed.feedID, named),
            PostgresCommand(Self.locations, change.brand, feed.feedID, named),
            PostgresCommand(
                Self.locationRules, change.brand, named, definition.staleAfterSeconds, definition.staleRule.rawValue),
            FeedLocation.of(feed.feedID, brand: change.brand),
        ])
        guard let row = answers.first?.first, let last = answers.last else {
            throw PostgresError(.server, "a feed without a row")
        }
        let put = Feed(try FeedRecord(row), locations: try FeedLocation.read(last)[feed.feedID] ?? [])
        var news = try await LocationNotices.news(of: change.brand, in: change.transaction, trace: trace)
        news.events.append(
            change.event(
                "inventory.feed.changed", of: feed.feedID,
                try FeedChanged(feedID: feed.feedID, version: put.version).encodedBytes(), trace: trace))
        _ = try await change.transaction.commit(with: try news.commands())
        return put
    }

    /// Answers one feed.
    public func getFeed(_ request: GetFeedRequest, context: ServerContext) async throws -> Feed {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            guard let row = try await self.pool.query(FeedRecord.one(request.feedID, of: brand)).first else {
                throw RPCError.feedNotFound
            }
            let locations = try FeedLocation.read(
                try await self.pool.query(FeedLocation.of(request.feedID, brand: brand)))
            return Feed(try FeedRecord(row), locations: locations[request.feedID] ?? [])
        }
    }

    /// Answers all feeds of the brand.
    public func listFeeds(_ request: ListFeedsRequest, context: ServerContext) async throws -> ListFeedsResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let rows = try await self.pool.query(FeedRecord.all(of: brand))
            let locations = try FeedLocation.read(try await self.pool.query(FeedLocation.of(nil, brand: brand)))
            return ListFeedsResponse(
                feeds: try rows.map { (row) throws(PostgresError) in
                    let record = try FeedRecord(row)
                    return Feed(record, locations: locations[record.id] ?? [])
                })
        }
    }

    /// Ends a feed; one that is not there stays so.
    public func deleteFeed(_ request: DeleteFeedRequest, context: ServerContext) async throws -> DeleteFeedResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            try await SetupChange.run(of: brand, in: self.pool) { change in
                let answers = try await change.transaction.execute([
                    PostgresCommand(Self.locationsRelease, brand, request.feedID),
                    FeedRecord.removing(request.feedID, of: brand),
                ])
                guard answers.last?.isEmpty == false else { return }
                let event = change.event(
                    "inventory.feed.deleted", of: request.feedID,
                    try FeedDeleted(feedID: request.feedID).encodedBytes(), trace: context.trace)
                _ = try await change.transaction.commit(with: try EventLog.append([event]))
            }
            self.news.committed()
            return DeleteFeedResponse()
        }
    }

    /// Makes a feed due now.
    public func runFeed(_ request: RunFeedRequest, context: ServerContext) async throws -> Feed {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let asking = FeedRecord.asking(request.feedID, of: brand, acceptsFall: request.acceptFall)
            guard let row = try await self.pool.query(asking).first else { throw RPCError.feedNotFound }
            self.feedSignal.wake()
            let locations = try FeedLocation.read(
                try await self.pool.query(FeedLocation.of(request.feedID, brand: brand)))
            return Feed(try FeedRecord(row), locations: locations[request.feedID] ?? [])
        }
    }

    /// Answers a feed's latest runs.
    public func listFeedRuns(
        _ request: ListFeedRunsRequest, context: ServerContext
    ) async throws -> ListFeedRunsResponse {
        let brand = try self.brand(of: context.caller)
        var before: PostgresUUID?
        if !request.pageToken.isEmpty {
            guard let token = PostgresUUID(request.pageToken) else { throw StockReads.invalidPageToken }
            before = token
        }
        let size = request.pageSize == 0 ? 50 : min(Int64(request.pageSize), FeedLimits.runsKept)
        return try await self.answering(context) {
            guard try await !self.pool.query(FeedRecord.one(request.feedID, of: brand)).isEmpty else {
                throw RPCError.feedNotFound
            }
            let rows = try await self.pool.query(
                FeedRunRecord.page(of: request.feedID, brand: brand, before: before, limit: size))
            let runs = try rows.map { (row) throws(PostgresError) in try FeedRunRecord(row) }
            let isFull = Int64(runs.count) == size
            return ListFeedRunsResponse(
                runs: runs.map { FeedRun($0) }, nextPageToken: isFull ? runs.last?.id.description ?? "" : "")
        }
    }

    private static func feed(_ request: PutFeedRequest) throws(RPCError) -> (Feed, FeedDefinition) {
        guard var feed = request.feed else { throw RPCError(field: "feed", "is missing", expected: "the feed") }
        guard feed.feedID.isEmpty || feed.feedID == request.feedID else {
            throw RPCError(field: "feed.feedId", "is another than that of the path", expected: "the same, or none")
        }
        guard FeedNames.isValid(request.feedID) else {
            throw RPCError(field: "feedId", "is no name of a feed", expected: FeedNames.expected)
        }
        feed.feedID = request.feedID
        feed.version = 0
        feed.status = nil
        return (feed, try FeedDefinition(feed))
    }

    private static func check(_ definition: FeedDefinition, locations known: [String]) throws(RPCError) {
        let field =
            if case .location = definition.mapping.place { "feed.table.locationId" } else { "feed.table.locations" }
        let names = Set(known)
        for location in definition.namedLocations where !names.contains(location.description) {
            throw RPCError(
                field: field, "names \(location.description.debugDescription), which is no location",
                expected: "one that was put before")
        }
    }

    private static let clock = PostgresStatement("select now()")

    // Locations with figures stay the feed's, as long as it may speak for them again.
    private static let locationsRemoval = PostgresStatement(
        """
        delete from feed_location where brand_id = $1 and feed_id = $2 and fed_at is null
            and location_id <> all($3::text[])
        """)

    private static let locations = PostgresStatement(
        """
        insert into feed_location (brand_id, feed_id, location_id) select $1, $2, unnest($3::text[])
        on conflict do nothing
        """)

    private static let locationRules = PostgresStatement(
        """
        update location set stale_after_seconds = $3, stale_rule = $4, version = version + 1
        where brand_id = $1 and location_id = any($2::text[]) and $3::bigint is not null
            and (stale_after_seconds, stale_rule) is distinct from ($3, $4)
        """)

    // A location that no feed speaks for any more has no age; else the age of what its other feeds said.
    private static let locationsRelease = PostgresStatement(
        """
        update location l set fed_at = (
            select max(o.fed_at) from feed_location o
            where o.brand_id = $1 and o.location_id = l.location_id and o.feed_id <> $2)
        where l.brand_id = $1 and l.location_id in (
            select location_id from feed_location where brand_id = $1 and feed_id = $2)
        """)
}

extension RPCError {
    static let feedNotFound = RPCError(
        .notFound, "there is no such feed", type: "feed-not-found", reason: .notFound)
}
