import ArgumentParser
import InventoryMessages
import Testing
import WellKnownMessages

@testable import driveline

@Suite("Feeds, as the command line tells of them")
struct FeedArgumentTests {
    private func feed(_ arguments: String...) throws -> Feed {
        let common = ["--sku-column", "Item", "--quantity-column", "Qty"]
        let parsed = try Driveline.parseAsRoot(["inventory", "feeds", "put", "acme"] + arguments + common)
        return try #require(parsed as? FeedsCommand.Put).definition.feed
    }

    @Test("a drop folder, with all that can be said of it")
    func dropFolder() throws {
        let feed = try self.feed(
            "--folder", "acme", "--pattern", "stock-*.csv", "--completion", "marker", "--every", "15", "--location",
            "WHS1", "--full", "--stale-after", "26h", "--hide-stale", "--delimiter", "pipe", "--on-hand", "--empty",
            "0", "--word", "In Stock=5", "--maximum-sku-fall", "20", "--paused", "--name", "Acme")
        #expect(
            feed.source == .dropFolder(DropFolder(folder: "acme", filePattern: "stock-*.csv", completion: .marker)))
        #expect(feed.schedule == FeedSchedule(intervalMinutes: 15) && !feed.active && feed.coverage == .full)
        #expect(feed.staleAfter == ProtoDuration(seconds: 93_600) && feed.staleRule == .hide)
        let table = try #require(feed.table)
        #expect(table.delimiter == "|" && table.quantity == .onHand && table.emptyQuantity == 0)
        #expect(table.words == [FeedQuantityWord(word: "In Stock", quantity: 5)] && table.locationID == "WHS1")
        #expect(feed.fallLimits == FeedFallLimits(skusPercent: 20))
    }

    @Test("an address by HTTPS, at times of the day")
    func web() throws {
        let feed = try self.feed(
            "--url", "https://a.example/x?k=1", "--secret-header", "X-Key", "--secret-name", "token", "--at",
            "06:00,18:30", "--time-zone", "Europe/Berlin", "--location-column", "Whse", "--location-name", "7=WHS1")
        #expect(
            feed.source
                == .web(WebSource(url: "https://a.example/x?k=1", secretHeader: "X-Key", secretName: "token")))
        #expect(feed.schedule == FeedSchedule(dailyMinutes: [360, 1_110], timeZone: "Europe/Berlin") && feed.active)
        #expect(feed.coverage == .changes && feed.table?.locations == [FeedLocationName(theirs: "7", ours: "WHS1")])
        // What is shown leaves out a query, which may hold secrets.
        #expect(FeedEntry(feed).source == "https://a.example/x")
    }

    @Test("files of JSON, by members or as stock documents")
    func json() throws {
        let mapped = try self.feed(
            "--folder", "acme", "--every", "5", "--format", "json", "--list-member", "items", "--location", "WHS1")
        #expect(mapped.table?.format == .json && mapped.table?.listMember == "items")
        #expect(mapped.table?.skuColumn == "Item" && mapped.table?.stockDocuments == false)
        let parsed = try Driveline.parseAsRoot([
            "inventory", "feeds", "put", "acme", "--folder", "acme", "--every", "5", "--format", "json-lines",
            "--stock-documents", "--location-name", "7=WHS1",
        ])
        let documents = try #require(parsed as? FeedsCommand.Put).definition.feed
        #expect(documents.table?.format == .jsonLines && documents.table?.stockDocuments == true)
        #expect(documents.table?.skuColumn == "" && documents.table?.delimiter == "")
    }

    @Test("what does not fit together, or is no value, is refused")
    func refused() {
        for arguments in [
            ["--every", "5"], ["--folder", "a", "--url", "https://a", "--every", "5"], ["--folder", "a"],
            ["--folder", "a", "--every", "5", "--at", "06:00"], ["--folder", "a", "--at", "24:00"],
            ["--folder", "a", "--at", "6:00"], ["--folder", "a", "--at", ""], ["--folder", "a", "--at", "06:00,"],
            ["--folder", "a", "--every", "5", "--word", "x=y"], ["--folder", "a", "--every", "5", "--word", "=5"],
            ["--folder", "a", "--every", "5", "--stale-after", "2w"],
        ] {
            let all = ["inventory", "feeds", "put", "acme", "--sku-column", "a", "--quantity-column", "b"] + arguments
            #expect(throws: (any Error).self, "\(arguments)") { try Driveline.parseAsRoot(all) }
        }
        let put = ["inventory", "feeds", "put", "acme", "--folder", "a", "--every", "5"]
        #expect(throws: (any Error).self) { try Driveline.parseAsRoot(put) }
        #expect(throws: (any Error).self) { try Driveline.parseAsRoot(put + ["--sku-column", "a"]) }
    }
}
