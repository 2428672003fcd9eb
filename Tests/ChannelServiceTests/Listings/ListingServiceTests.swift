import ChannelAPI
import ChannelAdapter
import ChannelMessages
import DrivelineTesting
import Postgres
import Testing

@testable import ChannelService

@Suite(.timeLimit(.minutes(5))) struct ListingServiceTests {
    private static let shop = SyncHarness.connection

    private static func put(
        _ harness: ListingHarness, _ listings: [Listing]
    ) async throws -> [ListingOutcome] {
        try await harness.listings.putListings(PutListingsRequest(listings: listings)).outcomes
    }

    @Test("rows are put each for itself, in the order of the request, and what cannot be says why")
    func puts() async throws {
        try await ListingHarness.with(products: ["A", "B"]) { harness in
            let outcomes = try await Self.put(
                harness,
                [
                    Listing(connection: Self.shop, sku: "B"), Listing(connection: "none", sku: "A"),
                    Listing(connection: Self.shop, sku: "C"), Listing(connection: Self.shop, sku: "A"),
                ])
            #expect(outcomes.map(\.sku) == ["B", "A", "C", "A"])
            #expect(outcomes.map(\.problem) == [.unspecified, .connectionNotFound, .unknownSku, .unspecified])
            #expect(outcomes.map(\.created) == [true, false, false, true])
            let again = try await Self.put(harness, [Listing(connection: Self.shop, sku: "B")])
            #expect(again.map(\.created) == [false])
            #expect(
                try await harness.problem {
                    _ = try await Self.put(
                        harness, [Listing(connection: Self.shop, sku: "A"), Listing(connection: Self.shop, sku: "A")])
                } == "duplicate-entry")
        }
    }

    @Test("a new listing is filled from inventory, sent, and told of with its state")
    func getsInStep() async throws {
        try await ListingHarness.with(products: ["A"]) { harness in
            _ = harness.sync.inventory.set("A", 12)
            harness.sync.shop.put("p-A", 0)
            _ = try await Self.put(
                harness,
                [Listing(connection: Self.shop, sku: "A", platformSku: "p-A", platformIDs: ["id": "1"], buffer: 2)])
            try await harness.sync.fill()
            var listing = try await harness.listings.getListing(ListingRequest(connection: Self.shop, sku: "A"))
            #expect(listing.sync.first?.status == .pending)
            #expect(listing.sync.first?.wantedQuantity == 10)
            try await harness.sync.withWorkers {
                try await until { harness.sync.shop.shelf["p-A"] == 10 }
                try await harness.sync.untilInStep()
            }
            listing = try await harness.listings.getListing(ListingRequest(connection: Self.shop, sku: "A"))
            #expect(listing.sync.map(\.status) == [.inStep, .off, .off])
            #expect(listing.sync.first?.pushedQuantity == 10)
            #expect(listing.platformIDs == ["id": "1"])
            #expect(listing.buffer == 2)
        }
    }

    @Test("a changed rule is sent at once, and a paused listing goes to zero")
    func changes() async throws {
        try await ListingHarness.with(products: ["A"]) { harness in
            _ = harness.sync.inventory.set("A", 12)
            try await harness.sync.list(["A"], shelf: 12)
            _ = try await Self.put(harness, [Listing(connection: Self.shop, sku: "A", cap: 5)])
            #expect(try await harness.sync.number("select wanted_quantity from sync_work") == 5)
            _ = try await Self.put(harness, [Listing(connection: Self.shop, sku: "A", cap: 5, paused: true)])
            #expect(try await harness.sync.number("select wanted_quantity from sync_work") == 0)
            #expect(try await harness.sync.number("select lane::bigint from sync_work") == 0)
        }
    }

    @Test(
        "a withdrawn listing is paused, taken off the platform, and keeps what the brand said of it; a repeat is done")
    func withdrawing() async throws {
        try await ListingHarness.with(products: ["A", "B"], withdraws: true) { harness in
            let platform = harness.sync.shop.withdrawals
            let request = ListingRequest(connection: Self.shop, sku: "A")
            for sku in ["A", "B"] { _ = harness.sync.inventory.set(sku, 12) }
            try await harness.sync.list(["A", "B"], shelf: 12)
            _ = try await Self.put(
                harness,
                [
                    Listing(
                        connection: Self.shop, sku: "A", platformSku: "p-A", platformIDs: ["live": "1", "id": "2"],
                        overrides: ["title": "PADS"], buffer: 2)
                ])
            harness.sync.shop.put("p-A", 12)
            // The platform fails: nothing is offered any more all the same.
            platform.fault = PlatformFault(.retry, code: "http-500", "down", isOutcomeUnknown: true)
            #expect(
                try await harness.problem { _ = try await harness.listings.withdrawListing(request) }
                    == "platform-failed")
            var listing = try await harness.listings.getListing(request)
            #expect(listing.paused && listing.platformIDs == ["live": "1", "id": "2"])
            #expect(try await harness.sync.number("select wanted_quantity from sync_work where sku = 'A'") == 0)
            platform.fault = nil
            listing = try await harness.listings.withdrawListing(request)
            #expect(listing.paused && listing.platformIDs == ["id": "2", "made": "yes"])
            #expect(listing.overrides == ["title": "PADS"] && listing.buffer == 2)
            platform.fault = PlatformFault(.doneAlready, code: "gone", "")
            let again = try await harness.listings.withdrawListing(request)
            #expect(again.paused && again.platformIDs == ["id": "2", "made": "yes"])
            #expect(platform.asked.allSatisfy { $0.platformSKU == "p-A" })
            #expect(platform.asked.first?.ids["live"] == "1" && platform.asked.last?.ids["live"] == nil)
            let other = try await harness.listings.getListing(ListingRequest(connection: Self.shop, sku: "B"))
            #expect(!other.paused)
            try await harness.sync.withWorkers { try await until { harness.sync.shop.shelf["p-A"] == 0 } }
        }
    }

    @Test("what cannot be withdrawn is refused, and changes nothing")
    func withdrawingRefused() async throws {
        let request = ListingRequest(connection: Self.shop, sku: "A")
        try await ListingHarness.with { harness in
            try await harness.sync.list(["A"], shelf: 3)
            #expect(
                try await harness.problem { _ = try await harness.listings.withdrawListing(request) } == "not-offered")
            #expect(try await harness.listings.getListing(request).paused == false)
        }
        try await ListingHarness.with(withdraws: true) { harness in
            try await harness.sync.list(["A"], shelf: 3)
            let problem = { (listings: ListingServiceClient, connection: String, sku: String) in
                try await harness.problem {
                    _ = try await listings.withdrawListing(ListingRequest(connection: connection, sku: sku))
                }
            }
            #expect(try await problem(harness.listings, "none", "A") == "connection-not-found")
            #expect(try await problem(harness.listings, Self.shop, "C") == "listing-not-found")
            #expect(try await problem(harness.strangers, Self.shop, "A") == "connection-not-found")
            _ = try await harness.sync.pool.query(PostgresStatement("update connection set status = 2"))
            #expect(try await problem(harness.listings, Self.shop, "A") == "state-not-allowed")
            #expect(harness.sync.shop.withdrawals.asked.isEmpty)
            #expect(try await harness.listings.getListing(request).paused == false)
        }
    }

    @Test("lists go by connection and SKU, in pages, and by status")
    func lists() async throws {
        try await ListingHarness.with { harness in
            let skus = (0..<5).map { "S\($0)" }
            try await harness.sync.list(skus, shelf: 0)
            try await harness.sync.stock("S3", 4)
            var (found, token): ([String], String) = ([], "")
            repeat {
                let page = try await harness.listings.listListings(
                    ListListingsRequest(connection: Self.shop, pageSize: 2, pageToken: token))
                #expect(page.listings.count <= 2)
                found += page.listings.map(\.sku)
                token = page.nextPageToken
            } while !token.isEmpty
            #expect(found == skus)
            let pending = try await harness.listings.listListings(ListListingsRequest(status: [.pending]))
            #expect(pending.listings.map(\.sku) == ["S3"])
            #expect(
                try await harness.problem {
                    _ = try await harness.listings.listListings(ListListingsRequest(pageToken: "00"))
                } == "invalid-page-token")
            #expect(
                try await harness.problem {
                    _ = try await harness.listings.listListings(ListListingsRequest(connection: "none"))
                } == "connection-not-found")
        }
    }

    @Test("matching makes listings of the platform's items that are ours, and tells of those that are not")
    func matches() async throws {
        try await ListingHarness.with(products: ["A", "B"]) { harness in
            for sku in ["A", "B", "X", "Y"] { harness.sync.shop.put(sku, 1) }
            var (matched, unknown, token): (UInt32, [String], String) = (0, [], "")
            repeat {
                let page = try await harness.listings.matchListings(
                    MatchListingsRequest(connection: Self.shop, pageToken: token))
                matched += page.matched
                unknown += page.unknown
                token = page.nextPageToken
            } while !token.isEmpty
            #expect(matched == 2)
            #expect(unknown == ["X", "Y"])
            let listing = try await harness.listings.getListing(ListingRequest(connection: Self.shop, sku: "B"))
            #expect(listing.platformIDs == ["id": "p-B"])
        }
    }

    @Test("a sync call sends again what the platform is thought to have, and heals what has drifted")
    func syncs() async throws {
        try await ListingHarness.with { harness in
            _ = harness.sync.inventory.set("A", 7)
            try await harness.sync.list(["A"], shelf: 7)
            harness.sync.shop.put("A", 99)
            let answer = try await harness.listings.syncListings(
                SyncListingsRequest(connection: Self.shop, skus: ["A"], readBackOnly: true))
            #expect(answer.scheduled == 1)
            try await harness.sync.withWorkers {
                try await until { harness.sync.shop.shelf["A"] == 7 }
                try await until {
                    try await harness.sync.number("select count(*) from drift where healed_at is not null") == 1
                }
                let calls = harness.sync.shop.calls.filter { $0.operation == "stock" }.count
                _ = try await harness.listings.syncListings(SyncListingsRequest(connection: Self.shop))
                try await until { harness.sync.shop.calls.filter { $0.operation == "stock" }.count > calls }
                try await harness.sync.untilInStep()
            }
            let drift = try await harness.listings.listDrift(ListDriftRequest(connection: Self.shop))
            #expect(drift.drifts.map(\.cause) == [.foreignEdit])
            #expect(drift.drifts.map(\.expected) == ["7"])
            #expect(drift.drifts.map(\.found) == ["99"])
            #expect(try await harness.listings.listDrift(ListDriftRequest(open: true)).drifts.isEmpty)
        }
    }

    @Test("a listing that the platform does not have is refused until it is there again")
    func gone() async throws {
        try await ListingHarness.with { harness in
            try await harness.sync.list(["A"], shelf: 0)
            try await harness.sync.stock("A", 3)
            harness.sync.shop.remove("A")
            _ = try await harness.listings.syncListings(
                SyncListingsRequest(connection: Self.shop, readBackOnly: true))
            try await harness.sync.withWorkers {
                try await until { try await harness.sync.number("select count(*) from listing where is_gone") == 1 }
                try await until {
                    try await harness.sync.number("select count(*) from sync_work where status = 4") == 1
                }
                harness.sync.shop.put("A", 0)
                _ = try await harness.listings.syncListings(
                    SyncListingsRequest(connection: Self.shop, readBackOnly: true))
                try await until { harness.sync.shop.shelf["A"] == 3 }
            }
            let drift = try await harness.listings.listDrift(ListDriftRequest(cause: [.listingGone]))
            #expect(drift.drifts.count == 1)
        }
    }

    @Test("another brand sees and changes no listing, and no drift, of a connection of the same name")
    func strangers() async throws {
        try await ListingHarness.with(products: ["A"]) { harness in
            try await harness.sync.list(["A"], shelf: 7)
            _ = try await harness.sync.pool.query(
                PostgresStatement(
                    """
                    insert into drift (bucket, brand_id, drift_id, connection_id, sku, kind, cause, expected, found, wanted)
                    select bucket, brand_id, gen_random_uuid(), connection_id, sku, 1, 2, '7', '9', '7' from listing
                    """))
            let (own, strangers) = (harness.listings, harness.strangers)
            #expect(try await own.listListings(ListListingsRequest()).listings.count == 1)
            #expect(try await own.listDrift(ListDriftRequest()).drifts.count == 1)
            #expect(try await strangers.listListings(ListListingsRequest()).listings.isEmpty)
            #expect(try await strangers.listDrift(ListDriftRequest()).drifts.isEmpty)
            let request = ListingRequest(connection: Self.shop, sku: "A")
            let calls: [() async throws -> Void] = [
                { _ = try await strangers.getListing(request) },
                { _ = try await strangers.deleteListing(request) },
                { _ = try await strangers.listListings(ListListingsRequest(connection: Self.shop)) },
                { _ = try await strangers.listDrift(ListDriftRequest(connection: Self.shop)) },
                { _ = try await strangers.syncListings(SyncListingsRequest(connection: Self.shop, skus: ["A"])) },
                { _ = try await strangers.matchListings(MatchListingsRequest(connection: Self.shop)) },
            ]
            for call in calls { #expect(try await harness.problem(call) == "connection-not-found") }
            let put = try await strangers.putListings(
                PutListingsRequest(listings: [Listing(connection: Self.shop, sku: "A", paused: true)]))
            #expect(put.outcomes.map(\.problem) == [.connectionNotFound])
            #expect(try await own.getListing(request).paused == false)
        }
    }

    @Test("what waits is counted by lanes, with how long it takes by the platform's limits")
    func reports() async throws {
        try await SyncHarness.with { harness in
            let skus = (0..<30).map { "S\($0)" }
            try await harness.list(skus, shelf: 5)
            for sku in skus.dropFirst(10) { try await harness.stock(sku, 9) }
            try await harness.stock("S29", 5)
            let adapter = FakePlatformAdapter(harness.shop, ratePerSecond: 2, burst: 4, rows: 1)
            let reports = SyncReports(
                pool: harness.pool, connections: FakeConnections(pool: harness.pool, adapter: adapter))
            let report = try await reports.sync(of: harness.key)
            #expect(report.listings == 30 && report.inStep == 1)
            #expect(report.lanes.map(\.pending) == [10, 19, 0, 0])
            #expect(report.lanes.map(\.forecastSeconds) == [3, 12.5, 0, 0])
            #expect(report.quotas.map(\.operation) == ["main", "read"])
            // The limits are those of the account, which may have others than the platform gives everybody.
            var faster = adapter
            faster.accountRatePerSecond = 4
            let other = SyncReports(
                pool: harness.pool, connections: FakeConnections(pool: harness.pool, adapter: faster))
            #expect(try await other.sync(of: harness.key).lanes.map(\.forecastSeconds) == [1.5, 6.25, 0, 0])
        }
    }
}
