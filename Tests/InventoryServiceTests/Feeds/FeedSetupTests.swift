import DrivelineTesting
import InventoryAPI
import InventoryMessages
import Postgres
import RPC
import RPCMessages
import Testing
import WellKnownMessages
import Wire

@testable import InventoryService

@Suite("Feeds, as they are set up")
struct FeedSetupTests {
    @Test("a feed is read back as it was put; versions guard it; it ends with all that belongs to it")
    func roundTrip() async throws {
        try await FeedHarness.with(looking: 0) { harness in
            let put = try await harness.put {
                $0.staleAfter = ProtoDuration(seconds: 60)
                $0.staleRule = .hide
                $0.fallLimits = FeedFallLimits(skusPercent: 0)
            }
            #expect(put.feedID == "acme" && put.version == 1 && put.status?.nextDueAt == nil)
            // There are no figures that could have an age.
            #expect(put.status?.locations.map(\.locationID) == ["WHS1"] && put.status?.locations.first?.age == nil)
            #expect(try await harness.client.getFeed(GetFeedRequest(feedID: "acme")) == put)
            #expect(try await harness.client.listFeeds(ListFeedsRequest()).feeds == [put])
            let location = try await harness.client.getLocation(GetLocationRequest(locationID: "WHS1"))
            #expect(location.staleRule == .hide && location.staleAfter?.seconds == 60)
            var request = PutFeedRequest(feedID: "acme", feed: FeedHarness.feed(), expectedVersion: 0)
            let error = await #expect(throws: RPCError.self) { try await harness.client.putFeed(request) }
            #expect(error?.code == .aborted)
            request.expectedVersion = 1
            request.feed?.active = true
            request.feed?.schedule = FeedSchedule(dailyMinutes: [0, 720], timeZone: "Europe/Berlin")
            let again = try await harness.client.putFeed(request)
            #expect(again.version == 2 && again.status?.nextDueAt != nil)

            let stranger = try harness.inventory.client(
                of: PostgresUUID(high: .random(in: 1 ... .max), low: .random(in: 1 ... .max)))
            defer { stranger.shutDown() }
            let other = InventoryServiceClient(stranger)
            await #expect(throws: RPCError.self) { try await other.getFeed(GetFeedRequest(feedID: "acme")) }
            await #expect(throws: RPCError.self) { try await other.runFeed(RunFeedRequest(feedID: "acme")) }
            await #expect(throws: RPCError.self) { try await other.listFeedRuns(ListFeedRunsRequest(feedID: "acme")) }
            _ = try await other.deleteFeed(DeleteFeedRequest(feedID: "acme"))

            try await harness.look().run()
            try harness.drop("one.csv", "Item,Qty\nA,10\n")
            try await harness.look().run()
            _ = try await harness.client.deleteFeed(DeleteFeedRequest(feedID: "acme"))
            _ = try await harness.client.deleteFeed(DeleteFeedRequest(feedID: "acme"))
            let types = try await harness.inventory.eventTypes()
            #expect(types["inventory.feed.changed"] == 2 && types["inventory.feed.deleted"] == 1)
            for table in ["feed", "feed_run", "feed_row", "feed_level", "feed_location"] {
                let rows = try await harness.inventory.pool.query(
                    PostgresStatement("select count(*) from pg_class c where relname = $1"), table)
                #expect(try rows.first?.decode(Int64.self) == 1)
            }
            #expect(
                try await harness.inventory.number(
                    """
                    select (select count(*) from feed) + (select count(*) from feed_run)
                        + (select count(*) from feed_level) + (select count(*) from feed_location)
                    """) == 0)
            #expect(try await harness.available("A") == 10)
            #expect(try await harness.client.getLocation(GetLocationRequest(locationID: "WHS1")).fedAt == nil)
        }
    }

    @Test("what cannot be is refused, with the field named")
    func refused() async throws {
        try await FeedHarness.with(looking: 0) { harness in
            let cases: [(String, (inout Feed) -> Void)] = [
                ("feed.dropFolder", { $0.source = nil }), ("feed.coverage", { $0.coverage = .unspecified }),
                ("feed.table.locationId", { $0.table?.locationID = "" }),
                ("feed.table.locationId", { $0.table?.locationID = "NOWHERE" }),
                ("feed.table.locationId", { $0.table?.locationColumn = "Whse" }),
                ("feed.table.locations", { $0.table?.locations = [FeedLocationName(theirs: "a", ours: "WHS1")] }),
                ("feed.table.delimiter", { $0.table?.delimiter = "x" }),
                ("feed.table.format", { $0.table?.format = .unspecified }),
                ("feed.table.skuColumn", { $0.table?.skuColumn = "" }),
                ("feed.table.quantityColumn", { $0.table?.quantityColumn = "" }),
                (
                    "feed.table.delimiter",
                    {
                        $0.table?.format = .json
                        $0.table?.delimiter = ";"
                    }
                ), ("feed.table.listMember", { $0.table?.listMember = "items" }),
                (
                    "feed.table.stockDocuments",
                    {
                        $0.table = FeedTable(format: .csv, quantity: .onHand, stockDocuments: true)
                    }
                ),
                (
                    "feed.table.locationId",
                    {
                        $0.table = FeedTable(
                            format: .json, quantity: .onHand, locationID: "WHS1", stockDocuments: true)
                    }
                ),
                ("feed.table.quantity", { $0.table?.quantity = .unspecified }),
                ("feed.schedule.intervalMinutes", { $0.schedule = FeedSchedule() }),
                ("feed.schedule.timeZone", { $0.schedule = FeedSchedule(dailyMinutes: [1], timeZone: "Mars/Olympus") }),
                ("feed.schedule.dailyMinutes[0]", { $0.schedule = FeedSchedule(dailyMinutes: [1_440]) }),
                ("feed.staleAfter", { $0.staleAfter = ProtoDuration(seconds: 0) }),
                (
                    "feed.table.words[1].word",
                    { $0.table?.words = [FeedQuantityWord(word: "out"), FeedQuantityWord(word: "OUT")] }
                ),
                ("feed.web.url", { $0.source = .web(WebSource(url: "http://example.com/a")) }),
                ("feed.web.url", { $0.source = .web(WebSource(url: "https://user:pw@example.com/a")) }),
                ("feed.web.url", { $0.source = .web(WebSource(url: "file:///etc/passwd")) }),
                ("feed.web.url", { $0.source = .web(WebSource(url: "https:///a")) }),
                ("feed.web.secretName", { $0.source = .web(WebSource(url: "https://a.example/", secretHeader: "X")) }),
                (
                    "feed.web.secretName",
                    {
                        $0.source = .web(
                            WebSource(url: "https://a.example/", secretHeader: "X", secretName: "../../token"))
                    }
                ),
            ]
            for (field, change) in cases {
                let error = await #expect(throws: RPCError.self, "\(field)") { try await harness.put("acme", change) }
                #expect(error?.code == .invalidArgument)
                #expect(error?.problem?.fields.first?.field == field, "\(field) \(String(describing: error))")
            }
            let id = await #expect(throws: RPCError.self) { try await harness.put("../x") }
            #expect(id?.code == .invalidArgument)
            let missing = await #expect(throws: RPCError.self) {
                try await harness.client.runFeed(RunFeedRequest(feedID: "none"))
            }
            #expect(missing?.code == .notFound)
            let reader = try harness.inventory.client(of: harness.inventory.brand, scopes: "inventory:read")
            defer { reader.shutDown() }
            let denied = await #expect(throws: RPCError.self) {
                try await InventoryServiceClient(reader).putFeed(
                    PutFeedRequest(feedID: "acme", feed: FeedHarness.feed()))
            }
            #expect(denied?.code == .permissionDenied)
        }
    }

    @Test("runs come in pages, the newest first, and only the latest are kept")
    func runs() async throws {
        try await FeedHarness.with(looking: 0) { harness in
            try await harness.put()
            for number in 1...3 {
                try harness.drop("one.csv", "Item,Qty\nA,\(number)\n")
                try await harness.look().run()
            }
            let first = try await harness.client.listFeedRuns(ListFeedRunsRequest(feedID: "acme", pageSize: 2))
            let rest = try await harness.client.listFeedRuns(
                ListFeedRunsRequest(feedID: "acme", pageSize: 2, pageToken: first.nextPageToken))
            #expect(first.runs.count == 2 && rest.runs.count == 1 && rest.nextPageToken.isEmpty)
            let ids = (first.runs + rest.runs).map(\.runID)
            #expect(ids == ids.sorted(by: >))
            await #expect(throws: RPCError.self) {
                try await harness.client.listFeedRuns(ListFeedRunsRequest(feedID: "acme", pageToken: "x"))
            }
            try await harness.inventory.pool.runScript(
                """
                insert into feed_run (brand_id, feed_id, run_id, state, is_by_hand, started_at, ended_at, file, is_on_hand)
                select brand_id, feed_id, ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 3, false, now(),
                    now(), 'old', false from feed, generate_series(1, 300) n
                """)
            try harness.drop("one.csv", "Item,Qty\nA,4\n")
            try await harness.look().run()
            #expect(try await harness.inventory.number("select count(*) from feed_run") == FeedLimits.runsKept)
            #expect(try await harness.lastRun().rowsChanged == 1)
        }
    }
}
