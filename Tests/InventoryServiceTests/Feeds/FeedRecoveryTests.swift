import DrivelineTesting
import Foundation
import InventoryAPI
import InventoryMessages
import Leasing
import Postgres
import RPC
import Synchronization
import Testing
import Wire

@testable import InventoryService

@Suite("Runs of feeds that are cut off, and files that change under them")
struct FeedRecoveryTests {
    private static let text = "Item,Qty\nA,10\nB,20\n"

    /// How far a run has come when its process ends.
    enum Cut: CaseIterable, Sendable {
        case begun, claimed, kept, imported, concluded
    }

    @Test("a run goes on wherever its process was killed, and is carried out once", arguments: Cut.allCases)
    func killed(at cut: Cut) async throws {
        try await FeedHarness.with(looking: 0) { harness in
            try await harness.put()
            try harness.drop("one.csv", Self.text)
            let look = try await harness.look()
            var run = try await look.newRun("one.csv", figuresAt: nil)
            try await look.begin(run)
            let access = try DropFolderAccess(
                root: harness.configuration.dropRoot, brand: harness.inventory.brand, folder: "acme")
            guard case .dropFolder(let source) = look.definition.source else { return }
            if cut != .begun { #expect(try access.claim("one.csv", for: run.id)) }
            if [.kept, .imported, .concluded].contains(cut) { try await look.readClaimed(&run, in: source) }
            if cut == .imported {
                let rows = look.rows(of: run)
                _ = try await harness.inventory.copies[0].inventory.files.createImport(
                    ImportOptions(
                        format: .csv, context: CommandContext(source: .feed, reference: "feed acme \(run.id)")),
                    of: harness.inventory.brand, by: "feed:acme", key: "feed-\(run.id)",
                    from: rows.importFile(isOnHand: run.isOnHand))
            }
            if cut == .concluded {
                try await look.importRows(&run)
                let done = harness.folder.appending(path: "done/\(run.id)-one.csv")
                let processing = harness.folder.appending(path: ".processing/\(run.id)-one.csv")
                try FileManager.default.moveItem(at: done, to: processing)
            }
            try await self.withFeeds(harness.feeds()) {
                if cut == .concluded { try await harness.run() }
                try await until { harness.names("done") == ["one.csv"] }
                // Whoever is cancelled between the two leaves the rows to the next run.
                try await harness.untilPutAway()
            }
            #expect(harness.names(".processing").isEmpty && !harness.names(".").contains("one.csv"))
            #expect(try await harness.available("A") == 10)
            #expect(try await harness.available("B") == 20)
            let runs = try await harness.client.listFeedRuns(ListFeedRunsRequest(feedID: "acme")).runs
            #expect(runs.map(\.state) == [.succeeded] && runs.first?.rowsChanged == 2)
            #expect(try await harness.inventory.number("select count(*) from movement") == 2)
            #expect(try await harness.inventory.number("select count(*) from job") == 1)
            #expect(try await harness.inventory.number("select count(*) from feed_row") == 0)
            try await harness.inventory.expectSoundLedger()
        }
    }

    private func withFeeds(_ feeds: StockFeeds, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await feeds.run() }
            defer { group.cancelAll() }
            try await body()
        }
    }

    @Test("whoever has lost the lease has no effect")
    func lostLease() async throws {
        try await FeedHarness.with(looking: 0) { harness in
            try await harness.put()
            try harness.drop("one.csv", Self.text)
            let look = try await harness.look()
            try await harness.inventory.pool.runScript("update lease set token = token + 1")
            await #expect(throws: LeaseError.self) { try await look.run() }
            #expect(try await harness.inventory.number("select count(*) from feed_run") == 0)
            // And in the middle of a run.
            let second = try await harness.look()
            var run = try await second.newRun("one.csv", figuresAt: nil)
            try await second.begin(run)
            guard case .dropFolder(let source) = second.definition.source else { return }
            try await second.readClaimed(&run, in: source)
            try await harness.inventory.pool.runScript("update lease set token = token + 1")
            await #expect(throws: LeaseError.self) { try await second.importRows(&run) }
            #expect(try await harness.inventory.number("select count(*) from feed_run where state > 2") == 0)
            #expect(try await harness.inventory.number("select count(*) from location where fed_at is not null") == 0)
        }
    }

    @Test("a run that nobody has ended for a day is given up, and its file put aside")
    func abandoned() async throws {
        try await FeedHarness.with(looking: 0) { harness in
            try await harness.put()
            try harness.drop("one.csv", Self.text)
            let look = try await harness.look()
            let run = try await look.newRun("one.csv", figuresAt: nil)
            try await look.begin(run)
            try await harness.inventory.pool.runScript(
                "update feed_run set started_at = started_at - interval '1 day'")
            try await harness.look().run()
            #expect(try await harness.lastRun().problem?.code == "run-abandoned")
        }
    }

    @Test("of many files and several copies of the service, each file is taken by one, once")
    func copies() async throws {
        try await FeedHarness.with(looking: 3) { harness in
            for number in 0..<6 {
                try FileManager.default.createDirectory(
                    at: harness.folder.deletingLastPathComponent().appending(path: "f\(number)"),
                    withIntermediateDirectories: true)
                let file = harness.folder.deletingLastPathComponent().appending(path: "f\(number)/x.csv")
                try Data("Item,Qty\nS\(number),7\n".utf8).write(to: file)
            }
            for number in 0..<6 {
                try await harness.put("f\(number)") {
                    $0.active = true
                    $0.source = .dropFolder(DropFolder(folder: "f\(number)", filePattern: "*", completion: .renamed))
                }
            }
            try await until {
                try await harness.inventory.number("select count(*) from feed_run where state = 3") == 6
            }
            for number in 0..<6 { #expect(try await harness.available("S\(number)") == 7) }
            #expect(try await harness.inventory.number("select count(*) from feed_run") == 6)
            #expect(try await harness.inventory.number("select count(*) from movement") == 6)
        }
    }

    @Test("a file that is put in the place of one that is read is the next one; the other is taken as it was")
    func replaced() async throws {
        try await FeedHarness.with(looking: 0) { harness in
            try await harness.put()
            try harness.drop("one.csv", Self.text)
            let look = try await harness.look()
            let run = try await look.newRun("one.csv", figuresAt: nil)
            try await look.begin(run)
            let access = try DropFolderAccess(
                root: harness.configuration.dropRoot, brand: harness.inventory.brand, folder: "acme")
            #expect(try access.claim("one.csv", for: run.id))
            try harness.drop("one.csv", "Item,Qty\nA,11\nB,21\n")
            try await harness.look().run()
            #expect(try await harness.available("A") == 10)
            #expect(harness.names(".").contains("one.csv"))
            try await harness.look().run()
            #expect(try await harness.available("A") == 11)
            #expect(harness.names("done") == ["one.csv", "one.csv"])
        }
    }

    @Test("a file that is still written to is not taken, but left for the next look")
    func growing() async throws {
        try await FeedHarness.with(looking: 0) { harness in
            try await harness.put()
            let rows = (0..<60_000).map { "SKU-\($0),1\n" }.joined()
            try harness.drop("one.csv", "Item,Qty\n" + rows)
            let look = try await harness.look()
            let handle = try FileHandle(forWritingTo: harness.folder.appending(path: "one.csv"))
            try handle.seekToEnd()
            let isEnded = Mutex(false)
            // Blocks its thread, which must be none of those that tasks share.
            let writer = Thread {
                while !isEnded.withLock({ $0 }) {
                    handle.write(Data("X,1\n".utf8))
                    usleep(200)
                }
            }
            writer.start()
            try await look.run()
            isEnded.withLock { $0 = true }
            let run = try await harness.lastRun()
            #expect(run.state == .failed && run.problem?.code == "file-changed")
            #expect(harness.names(".").contains("one.csv") && harness.names(".processing").isEmpty)
            #expect(try await harness.inventory.number("select count(*) from level") == 0)
            #expect(try await harness.inventory.number("select count(*) from feed_row") == 0)
        }
    }

    @Test("links and names that lead elsewhere are not followed")
    func links() async throws {
        try await FeedHarness.with(looking: 0) { harness in
            let manager = FileManager.default
            let outside = harness.folder.deletingLastPathComponent().deletingLastPathComponent()
            let secret = outside.appending(path: "secret.csv")
            try Data(Self.text.utf8).write(to: secret)
            try manager.createSymbolicLink(
                at: harness.folder.appending(path: "link.csv"), withDestinationURL: secret)
            try manager.createDirectory(
                at: harness.folder.appending(path: "folder.csv"), withIntermediateDirectories: true)
            try await harness.put()
            try await harness.look().run()
            #expect(try await harness.client.getFeed(GetFeedRequest(feedID: "acme")).status?.finding == .nothing)
            for folder in ["../acme", "..", "a/b", ".processing", "", "a\u{0}b", String(repeating: "a", count: 65)] {
                let error = await #expect(throws: RPCError.self, "\(folder)") {
                    try await harness.put {
                        $0.source = .dropFolder(DropFolder(folder: folder, filePattern: "*", completion: .renamed))
                    }
                }
                #expect(error?.code == .invalidArgument)
            }
            // A brand's folder, and its drop folder, may not be links either.
            try manager.createSymbolicLink(
                at: harness.folder.deletingLastPathComponent().appending(path: "linked"),
                withDestinationURL: outside)
            try await harness.put("linked") {
                $0.source = .dropFolder(DropFolder(folder: "linked", filePattern: "*", completion: .renamed))
            }
            try await harness.look("linked").run()
            #expect(try await harness.lastRun("linked").problem?.code == "folder-missing")
            #expect(manager.fileExists(atPath: secret.path))
        }
    }
}
