import DrivelineTesting
import Events
import Foundation
import InventoryAPI
import InventoryMessages
import Leasing
import Logging
import Postgres
import Testing

@testable import InventoryService

/// The inventory service with a folder of feeds of its own, and copies of what looks after feeds.
struct FeedHarness {
    let inventory: InventoryHarness
    let configuration: FeedConfiguration
    /// The drop folder `acme` of the brand.
    let folder: URL

    var client: InventoryServiceClient { self.inventory.client }

    static let logger = Logger(label: "feeds") { _ in SwiftLogNoOpLogHandler() }

    /// Runs a body beside imports, and beside so many copies of what looks after feeds.
    static func with(
        looking copies: Int = 1, locations: [String] = ["WHS1", "WHS2"],
        _ configure: (inout FeedConfiguration) -> Void = { _ in }, _ body: (FeedHarness) async throws -> Void
    ) async throws {
        try await InventoryHarness.with(locations: locations) { inventory in
            let root = FileManager.default.temporaryDirectory.appending(path: "driveline-feeds-\(UUID())")
            defer { try? FileManager.default.removeItem(at: root) }
            let folder = root.appending(path: "drop/\(inventory.brand)/acme")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let secrets = root.appending(path: "secrets/\(inventory.brand)")
            try FileManager.default.createDirectory(at: secrets, withIntermediateDirectories: true)
            var configuration = FeedConfiguration()
            configuration.dropRoot = root.appending(path: "drop").path
            configuration.secretsRoot = root.appending(path: "secrets").path
            configuration.limits.importPollMilliseconds = 10
            configure(&configuration)
            let harness = FeedHarness(inventory: inventory, configuration: configuration, folder: folder)
            let files = inventory.copies[0].inventory.files
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await files.run() }
                for _ in 0..<copies {
                    let feeds = harness.feeds(files)
                    group.addTask { await feeds.run() }
                }
                defer { group.cancelAll() }
                try await body(harness)
            }
        }
    }

    /// What looks after feeds, with a lease that is short enough for a test.
    func feeds(_ files: StockFiles? = nil) -> StockFeeds {
        var intervals = LeaseHolder.Intervals()
        intervals.leaseMilliseconds = 4_000
        intervals.renewalMilliseconds = 500
        intervals.retryMilliseconds = 50
        intervals.marginMilliseconds = 1_000
        let inventory = self.inventory.copies[0].inventory
        return StockFeeds(
            inventory.pool, files: files ?? inventory.files, configuration: self.configuration, news: inventory.news,
            logger: Self.logger, intervals: intervals)
    }

    /// A look at a feed by hand, under a lease of its own.
    func look(
        _ id: String = "acme", _ configure: (inout FeedConfiguration) -> Void = { _ in }
    ) async throws -> FeedLook {
        var configuration = self.configuration
        configure(&configuration)
        let pool = self.inventory.pool
        let holder = PostgresUUID(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
        let leases = Leases(pool, holder: holder)
        let lease = try #require(try await leases.acquire("by-hand-\(holder)", milliseconds: 600_000))
        let row = try #require(try await pool.query(FeedRecord.one(id, of: self.inventory.brand)).first)
        let record = try FeedRecord(row)
        let inventory = self.inventory.copies[0].inventory
        return FeedLook(
            feed: record, definition: try FeedDefinition(record.feed), lease: lease, pool: pool, files: inventory.files,
            configuration: configuration, news: inventory.news, logger: Self.logger)
    }

    /// A feed of the drop folder, full files with units that are free, looked after by hand.
    static func feed(_ change: (inout Feed) -> Void = { _ in }) -> Feed {
        var feed = Feed(
            name: "Acme", active: false,
            source: .dropFolder(DropFolder(folder: "acme", filePattern: "*.csv", completion: .renamed)),
            schedule: FeedSchedule(intervalMinutes: 60),
            table: FeedTable(
                format: .csv, skuColumn: "Item", quantityColumn: "Qty", quantity: .stockAvailable, locationID: "WHS1"),
            coverage: .full)
        change(&feed)
        return feed
    }

    @discardableResult
    func put(_ id: String = "acme", _ change: (inout Feed) -> Void = { _ in }) async throws -> Feed {
        try await self.client.putFeed(PutFeedRequest(feedID: id, feed: Self.feed(change)))
    }

    /// Leaves a file in the drop folder, under its name at once.
    func drop(_ name: String, _ text: String) throws { try self.drop(name, Array(text.utf8)) }

    func drop(_ name: String, _ bytes: [UInt8]) throws {
        let hidden = self.folder.appending(path: ".\(name).upload")
        try Data(bytes).write(to: hidden)
        try FileManager.default.moveItem(at: hidden, to: self.folder.appending(path: name))
    }

    /// The names in a folder below the drop folder, without those of runs; none where there is no such folder.
    func names(_ folder: String) -> [String] {
        let path = self.folder.appending(path: folder).path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.map { PostgresUUID($0.prefix(36)) == nil ? $0 : String($0.dropFirst(37)) }.sorted()
    }

    /// Asks for a look, and waits until it has been.
    @discardableResult
    func run(_ id: String = "acme", acceptFall: Bool = false) async throws -> Feed {
        let asked = try await self.client.runFeed(RunFeedRequest(feedID: id, acceptFall: acceptFall))
        let pool = self.inventory.pool
        try await until {
            let rows = try await pool.query(Self.asked, self.inventory.brand, id)
            return try rows.first?.decode(Bool.self) == false
        }
        try await self.untilPutAway()
        #expect(asked.feedID == id)
        return try await self.client.getFeed(GetFeedRequest(feedID: id))
    }

    /// Waits for what is done behind a run's end: its file is put away, then its rows are.
    func untilPutAway() async throws {
        try await until {
            guard self.names(".processing").isEmpty else { return false }
            return try await self.inventory.number("select count(*) from feed_row") == 0
        }
    }

    private static let asked = PostgresStatement(
        "select asked_at is not null from feed where brand_id = $1 and feed_id = $2")

    /// The latest run.
    func lastRun(_ id: String = "acme") async throws -> FeedRun {
        let runs = try await self.client.listFeedRuns(ListFeedRunsRequest(feedID: id)).runs
        return try #require(runs.first)
    }

    func available(_ sku: String, at location: String = "WHS1") async throws -> Int64 {
        try await self.inventory.balance(sku, at: location).available
    }
}
