import ChannelAdapter
import DrivelineTesting
import OrderedCollections
import SandboxJSON
import SandboxTestSupport
import Testing

@testable import AmazonAdapter

@Suite("A process that begins waits for the feeds of the account that have not ended", .timeLimit(.minutes(5)))
struct EarlierFeedsTests {
    private static let feeds = "\(SandboxFeed.path)/feeds"
    private static let products = (0..<3).map { SandboxProduct(sku: "PAD-\($0)", quantity: 10) }

    private static func asked(_ amazon: SandboxSeller) -> Int {
        amazon.transport.exchanges.count { $0.request.method == "GET" && $0.request.url.contains("\(Self.feeds)?") }
    }

    private static func list(_ amazon: SandboxSeller, _ query: String) async throws -> SandboxControl.Answer {
        try await amazon.send("GET", "\(Self.feeds)?\(query)")
    }

    private static func ids(_ answer: SandboxControl.Answer) -> [String] {
        answer.json["feeds"]?.array?.compactMap { $0["feedId"]?.text } ?? []
    }

    @Test("what has ended is not waited for, and what runs is until the last of it has ended, the oldest as well")
    func waits() async throws {
        // Longer than any machine takes for this.
        try await SandboxSeller.with(Self.products, settings: ["feedSeconds": "86400"]) { amazon in
            let feed = try await SandboxFeed.upload(amazon, count: 3, quantity: 4)
            for end in ["DONE", "FATAL", "CANCELLED"] {
                try await amazon.setFaults(end == "DONE" ? [:] : ["feedEnd": .string(end)])
                let id = try #require(try await feed.create().json["feedId"]?.text)
                try await until { try await feed.state(id)["processingStatus"]?.text == end }
            }
            try await amazon.session.awaitEarlierBulks()
            #expect(Self.asked(amazon) == 1)

            try await amazon.setFaults(["feedEnd": "STUCK_IN_QUEUE"])
            var open: [String] = []
            for _ in 0..<3 { open.append(try #require(try await feed.create().json["feedId"]?.text)) }
            let isOver = Counter()
            let waiting = Task {
                try await amazon.session.awaitEarlierBulks()
                isOver.add()
            }
            // The newest ends first, so that what has ended is told before what runs.
            while let newest = open.popLast() {
                let before = Self.asked(amazon)
                try await until { Self.asked(amazon) >= before + 2 || isOver.count > 0 }
                #expect(isOver.count == 0, "\(newest) still runs")
                #expect(try await amazon.send("DELETE", "\(Self.feeds)/\(newest)").status == 200)
            }
            try await waiting.value
            let left = try await Self.list(
                amazon, "feedTypes=JSON_LISTINGS_FEED&processingStatuses=IN_QUEUE,IN_PROGRESS")
            #expect(left.status == 200 && Self.ids(left).isEmpty)
        }
    }

    @Test("feeds that never end are waited for no longer than a feed may take")
    func stuck() async throws {
        let amazon = ScriptedAmazon { (_, _) in .json(#"{"feeds":[\#(Self.open)]}"#) }
        try await amazon.session(["feedSeconds": "300"]).awaitEarlierBulks()
        #expect(amazon.calls.count == 5 && amazon.time.pauses.reduce(0, +) == 300_000)
    }

    @Test("an empty page that others follow is no end")
    func emptyPage() async throws {
        let amazon = ScriptedAmazon([
            .json(#"{"feeds":[],"nextToken":"t+1"}"#), .json(#"{"feeds":[\#(Self.open)]}"#), .json(#"{"feeds":[]}"#),
        ])
        try await amazon.session().awaitEarlierBulks()
        #expect(
            amazon.calls.map { $0.target.split(separator: "?").last } == [Self.first, "nextToken=t%2B1", Self.first])
        #expect(amazon.time.pauses == [45_046, 60_000])
    }

    private static let open =
        #"{"feedId":"1","feedType":"JSON_LISTINGS_FEED","createdTime":"","processingStatus":"IN_QUEUE"}"#
    private static let first: Substring =
        "feedTypes=JSON_LISTINGS_FEED&marketplaceIds=ATVPDKIKX0DER&processingStatuses=IN_QUEUE,IN_PROGRESS&pageSize=1"

    @Test("feeds are told page by page, the newest first, those alone that are asked for")
    func pages() async throws {
        try await SandboxSeller.with(Self.products) { amazon in
            let feed = try await SandboxFeed.upload(amazon, count: 3, quantity: 4)
            var made: [String] = []
            for _ in 0..<12 { made.append(try #require(try await feed.create().json["feedId"]?.text)) }
            for id in made { try await until { try await feed.state(id)["processingStatus"] == "DONE" } }
            let marketplace = amazon.account.settings["marketplaceId", default: ""]
            let query =
                "feedTypes=POST_PAYMENT_ADJUSTMENT_DATA,JSON_LISTINGS_FEED&processingStatuses=DONE&pageSize=5"
                + "&marketplaceIds=OTHER,\(marketplace)&createdSince=2026-01-01T00%3A00%3A00Z"
            var answer = try await Self.list(amazon, query)
            var (told, pages) = (Self.ids(answer), 1)
            while let next = answer.json["nextToken"]?.text {
                answer = try await Self.list(amazon, "nextToken=\(AmazonText.encoded(next))")
                #expect(answer.status == 200, "\(answer.text)")
                (told, pages) = (told + Self.ids(answer), pages + 1)
                let both = try await Self.list(amazon, "nextToken=\(AmazonText.encoded(next))&pageSize=5")
                #expect(both.status == 400)
            }
            #expect(told == made.reversed() && pages == 3)
            #expect(Self.ids(try await Self.list(amazon, "feedTypes=JSON_LISTINGS_FEED")).count == 10)
            #expect(answer.json["feeds"]?.array?.allSatisfy { $0["resultFeedDocumentId"] != nil } == true)
            for none in [
                "feedTypes=POST_PAYMENT_ADJUSTMENT_DATA", "feedTypes=JSON_LISTINGS_FEED&marketplaceIds=OTHER",
                "feedTypes=JSON_LISTINGS_FEED&processingStatuses=FATAL",
                "feedTypes=JSON_LISTINGS_FEED&createdSince=2999-01-01T00%3A00%3A00Z",
                "feedTypes=JSON_LISTINGS_FEED&createdUntil=2026-01-01T00%3A00%3A00Z",
            ] {
                let answer = try await Self.list(amazon, none)
                #expect(answer.status == 200 && Self.ids(answer).isEmpty, "\(none): \(answer.text)")
            }
            for wrong in [
                "", "pageSize=5", "feedTypes=JSON_LISTINGS_FEED&pageSize=101", "nextToken=strange",
                "feedTypes=JSON_LISTINGS_FEED&processingStatuses=ENDED", "feedTypes=JSON_LISTINGS_FEED&since=1",
                "feedTypes=JSON_LISTINGS_FEED&createdSince=yesterday",
            ] { #expect(try await Self.list(amazon, wrong).status == 400, "\(wrong)") }
        }
    }

    @Test("feeds are told as often as the model has it")
    func limit() async throws {
        try await SandboxSeller.with([]) { amazon in
            try await amazon.setFaults(["limitsEnabled": true])
            for _ in 0..<10 {
                let answer = try await Self.list(amazon, "feedTypes=JSON_LISTINGS_FEED")
                #expect(answer.status == 200)
                #expect(
                    answer.headers.contains { $0.name.lowercased() == "x-amzn-ratelimit-limit" && $0.value == "0.0222" }
                )
            }
            #expect(try await Self.list(amazon, "feedTypes=JSON_LISTINGS_FEED").status == 429)
        }
    }
}
