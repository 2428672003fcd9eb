import ChannelAdapter
import FileFormats
import Foundation
import TestSupport
import Testing

@testable import AmazonAdapter

@Suite("A feed ends, whatever the platform answers, and tells of each row")
struct FeedTests {
    static let uploadURL = "https://upload.example.com/put?signature=1"
    static let reportURL = "https://download.example.com/report?signature=2"

    /// What a platform answers that takes a feed.
    struct Script: Sendable {
        var statuses = ["IN_QUEUE", "IN_PROGRESS", "DONE"]
        var reportID: String? = "report-1"
        var report: [UInt8] = []
        var compression = ""
        var uploadStatus = 200
        /// What a call is answered with in place of what it would be.
        var instead: @Sendable (ScriptedAmazon.Call) -> PlatformResponse? = { _ in nil }

        func answer(_ call: ScriptedAmazon.Call, _ asked: Int) -> PlatformResponse {
            if let instead = self.instead(call) { return instead }
            switch (call.method, call.request.url) {
            case ("PUT", FeedTests.uploadURL): return PlatformResponse(status: self.uploadStatus)
            case ("GET", FeedTests.reportURL): return PlatformResponse(status: 200, body: self.report)
            default: break
            }
            switch (call.method, call.path) {
            case ("POST", "/feeds/2021-06-30/documents"):
                return .json(#"{"feedDocumentId":"doc-1","url":"\#(FeedTests.uploadURL)"}"#, status: 201)
            case ("POST", "/feeds/2021-06-30/feeds"): return .json(#"{"feedId":"f-1"}"#, status: 202)
            case ("GET", "/feeds/2021-06-30/feeds/f-1"):
                let status = self.statuses[min(asked, self.statuses.count - 1)]
                let isEnded = ["DONE", "FATAL"].contains(status)
                let document = isEnded ? self.reportID.map { #","resultFeedDocumentId":"\#($0)""# } ?? "" : ""
                return .json(#"{"feedId":"f-1","processingStatus":"\#(status)"\#(document)}"#)
            default:
                return .json(#"{"feedDocumentId":"report-1","url":"\#(FeedTests.reportURL)"\#(self.compression)}"#)
            }
        }
    }

    static func report(_ count: Int, issues: [(id: Int?, severity: String, code: String)] = []) -> [UInt8] {
        let errors = Set(issues.filter { $0.severity == "ERROR" }.compactMap(\.id)).count
        let list = issues.map {
            #"{\#($0.id.map { #""messageId":\#($0),"# } ?? "")"code":"\#($0.code)","severity":"\#($0.severity)","message":"m"}"#
        }.joined(separator: ",")
        return Array(
            (#"{"header":{"sellerId":"A","version":"2.0","feedId":"f-1"},"issues":[\#(list)],"summary":{"errors":0,"#
                + #""warnings":0,"messagesProcessed":\#(count),"messagesAccepted":\#(count - errors),"#
                + #""messagesInvalid":\#(errors)}}"#).utf8)
    }

    static func push(
        _ script: Script, count: Int = 3, settings: [String: String] = [:]
    ) async throws -> (answer: PushAnswer, amazon: ScriptedAmazon) {
        let counting = CountingScript(script)
        let scripted = ScriptedAmazon { (call, _) in counting.answer(call) }
        let rows = (1...count).map { StockRow(listing: .example("S-\($0)"), quantity: Int64($0), expected: nil) }
        return (try await scripted.session(settings).pushStockInBulk(rows, key: "k"), scripted)
    }

    @Test("messages go up without the token, and each row has its outcome")
    func whole() async throws {
        var script = Script()
        script.report = Self.report(3, issues: [(2, "ERROR", "90220"), (3, "WARNING", "1")])
        let (answer, amazon) = try await Self.push(script)
        #expect(answer.outcomes.map { $0.fault?.code } == [nil, "90220", nil])
        #expect(answer.outcomes.map(\.sku) == ["our-S-1", "our-S-2", "our-S-3"])
        let put = try #require(amazon.calls.first { $0.method == "PUT" })
        #expect(put.request.headers == [PlatformHeader("Content-Type", "application/json; charset=UTF-8")])
        #expect(put.body["messages"]?.elements.map { $0["messageId"]?.integer } == [1, 2, 3])
        #expect(put.body["messages"]?.elements.map { $0["sku"]?.text } == ["S-1", "S-2", "S-3"])
        let download = try #require(amazon.calls.last)
        #expect(download.request.headers.isEmpty)
        let creation = try #require(amazon.calls.first { $0.method == "POST" && $0.path.hasSuffix("/feeds") })
        #expect(
            String(decoding: creation.request.body, as: UTF8.self)
                == #"{"feedType":"JSON_LISTINGS_FEED","marketplaceIds":["ATVPDKIKX0DER"],"inputFeedDocumentId":"doc-1"}"#
        )
        #expect(amazon.time.pauses == [5_000, 10_000, 20_000])
        #expect(answer.quotas.first { $0.bucket == "getFeed" }?.cost == 3)
    }

    @Test("a report is decompressed whether that is said or not, and not where only that is said")
    func compression() async throws {
        let plain = Self.report(3)
        let packed = try Self.gzip(plain)
        for (bytes, compression) in [
            (packed, #","compressionAlgorithm":"GZIP""#), (packed, ""), (plain, #","compressionAlgorithm":"GZIP""#),
        ] {
            var script = Script()
            script.report = bytes
            script.compression = compression
            #expect(try await Self.push(script).answer.outcomes.allSatisfy { $0.fault == nil })
        }
        var script = Script()
        script.report = Array(packed.dropLast(9))
        let cut = try await Self.push(script, settings: ["feedSeconds": "600"]).answer.outcomes
        #expect(cut.allSatisfy { $0.fault?.isOutcomeUnknown == true })
    }

    @Test("rows that a report does not account for are not known, and those that it names are")
    func missingRows() async throws {
        var script = Script()
        script.report = Self.report(2, issues: [(3, "ERROR", "90220")])
        let outcomes = try await Self.push(script).answer.outcomes
        #expect(outcomes.map { $0.fault?.code } == ["not-answered", "not-answered", "90220"])
        #expect(outcomes[0].fault?.isOutcomeUnknown == true && outcomes[0].fault?.kind == .retry)
        script.report = Array(
            String(decoding: Self.report(3, issues: [(1, "ERROR", "90220")]), as: UTF8.self)
                .replacing(#""messagesInvalid":1"#, with: #""messagesInvalid":2"#).utf8)
        #expect(
            try await Self.push(script).answer.outcomes.map { $0.fault?.code } == [
                "90220", "not-answered", "not-answered",
            ])
        script.report = Self.report(0, issues: [(nil, "ERROR", "90220")])
        #expect(try await Self.push(script).answer.outcomes.allSatisfy { $0.fault?.code == "90220" })
        script.report = Array("{}".utf8)
        #expect(try await Self.push(script).answer.outcomes.allSatisfy { $0.fault?.code == "answer-unreadable" })
    }

    @Test("FATAL is no success, with a report or without")
    func fatal() async throws {
        var script = Script(statuses: ["FATAL"])
        script.reportID = nil
        let bare = try await Self.push(script).answer.outcomes
        #expect(bare.allSatisfy { $0.fault?.code == "feed-fatal" && $0.fault?.isOutcomeUnknown == true })
        script.reportID = "report-1"
        script.report = Self.report(3, issues: [(1, "ERROR", "90220")])
        let told = try await Self.push(script).answer.outcomes
        #expect(told.map { $0.fault?.code } == ["90220", "feed-fatal", "feed-fatal"])
    }

    @Test("one that is cancelled did nothing; one of a new state or without a report is not known")
    func otherEnds() async throws {
        let cancelled = try await Self.push(Script(statuses: ["CANCELLED"])).answer.outcomes
        #expect(cancelled.allSatisfy { $0.fault?.code == "feed-cancelled" && $0.fault?.isOutcomeUnknown == false })
        let new = try await Self.push(Script(statuses: ["PAUSED"])).answer.outcomes
        #expect(new.allSatisfy { $0.fault?.kind == .unknown && $0.fault?.isOutcomeUnknown == true })
        var script = Script(statuses: ["DONE"])
        script.reportID = nil
        #expect(try await Self.push(script).answer.outcomes.allSatisfy { $0.fault?.code == "report-missing" })
    }

    @Test("one that never ends is stuck after the time that the settings give it")
    func stuck() async throws {
        let (answer, amazon) = try await Self.push(Script(statuses: ["IN_PROGRESS"]), settings: ["feedSeconds": "600"])
        #expect(answer.outcomes.allSatisfy { $0.fault?.code == "feed-stuck" && $0.fault?.isOutcomeUnknown == true })
        #expect(amazon.time.pauses.reduce(0, +) >= 600_000 && amazon.time.pauses.reduce(0, +) < 661_000)
        #expect(amazon.time.pauses.max() == 60_000)
    }

    @Test("before a feed is made of the document nothing is carried out; the call that makes it may be")
    func beginning() async throws {
        let failure = PlatformResponse.error(503, "ServiceUnavailable")
        var script = Script()
        script.instead = { $0.path.hasSuffix("/documents") ? failure : nil }
        #expect(try await Self.push(script).answer.outcomes.allSatisfy { $0.fault?.isOutcomeUnknown == false })
        script.instead = { _ in nil }
        script.uploadStatus = 403
        let uploads = try await Self.push(script).answer.outcomes
        #expect(uploads.allSatisfy { $0.fault?.code == "upload-403" && $0.fault?.isOutcomeUnknown == false })
        script.uploadStatus = 200
        script.instead = { $0.method == "POST" && $0.path.hasSuffix("/feeds") ? failure : nil }
        #expect(try await Self.push(script).answer.outcomes.allSatisfy { $0.fault?.isOutcomeUnknown == true })
        script.instead = {
            $0.method == "POST" && $0.path.hasSuffix("/feeds") ? .error(429, "QuotaExceeded") : nil
        }
        #expect(try await Self.push(script).answer.outcomes.allSatisfy { $0.fault?.kind == .throttled })
    }

    @Test("while a feed is waited for, failures pass; those that do not pass end it as not known")
    func waiting() async throws {
        var script = Script()
        script.report = Self.report(3)
        let fails = Flag()
        script.instead = { $0.path.hasSuffix("/f-1") && fails.first() ? .error(500, "InternalFailure") : nil }
        #expect(try await Self.push(script).answer.outcomes.allSatisfy { $0.fault == nil })
        script.instead = { $0.path.hasSuffix("/f-1") ? .error(500, "InternalFailure") : nil }
        let (answer, amazon) = try await Self.push(script)
        #expect(answer.outcomes.allSatisfy { $0.fault?.isOutcomeUnknown == true && $0.fault?.kind == .retry })
        #expect(amazon.calls.filter { $0.path.hasSuffix("/f-1") }.count == AmazonFeed.failuresAtMost + 1)
    }

    @Test("where nobody waits for it any more the feed is left alone, and its rows are not known")
    func cancelledTask() async throws {
        let counting = CountingScript(Script(statuses: ["IN_PROGRESS"]))
        let amazon = ScriptedAmazon { (call, _) in counting.answer(call) }
        let session = try amazon.session()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await session.pushStockInBulk(
                [StockRow(listing: .example("S"), quantity: 1, expected: nil)], key: "k")
        }
        let outcome = await task.value.outcomes[0]
        #expect(outcome.fault?.code == "cancelled" && outcome.fault?.isOutcomeUnknown == true)
    }

    @Test("rows that cannot be sent do not go up, and the others' outcomes stay theirs")
    func unsendable() async throws {
        var script = Script()
        script.report = Self.report(2, issues: [(2, "ERROR", "90220")])
        let counting = CountingScript(script)
        let amazon = ScriptedAmazon { (call, _) in counting.answer(call) }
        var unmatched = ListingReference.example("U")
        unmatched.ids = [:]
        let rows = [
            StockRow(listing: .example("A"), quantity: -1, expected: nil),
            StockRow(listing: .example("B"), quantity: 1, expected: nil),
            StockRow(listing: unmatched, quantity: 1, expected: nil),
            StockRow(listing: .example("C"), quantity: 1, expected: nil),
        ]
        let outcomes = try await amazon.session().pushStockInBulk(rows, key: "k").outcomes
        #expect(
            outcomes.map { $0.fault?.code } == ["quantity-invalid", nil, "listing-unmatched", "90220"])
    }

    @Test("prices and content go by feeds, too, as patches")
    func kinds() async throws {
        var script = Script()
        script.report = Self.report(1)
        let counting = CountingScript(script)
        let amazon = ScriptedAmazon { (call, _) in counting.answer(call) }
        let price = PriceRow(listing: .example("A"), micros: 5_000_000, currency: "USD")
        #expect(try await amazon.session().pushPricesInBulk([price], key: "k").outcomes[0].fault == nil)
        let content = ContentRow(listing: .example("A"), values: [.init(target: "item_name", value: "Pads")])
        #expect(try await amazon.session().pushContentInBulk([content], key: "k").outcomes[0].fault == nil)
        let messages = amazon.calls.filter { $0.method == "PUT" }.map { $0.body["messages"]?.elements.first }
        #expect(messages.allSatisfy { $0?["operationType"]?.text == "PATCH" })
        #expect(
            messages.map { $0?["patches"]?.elements.first?["path"]?.text } == [
                "/attributes/purchasable_offer", "/attributes/item_name",
            ])
    }

    @Test("random events in any order bring a feed to an end within its time")
    func randomEvents() {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        let kinds = PlatformFault.Kind.allCases
        for _ in 0..<2_000 {
            var (now, feed, steps) = (Int64(0), AmazonFeed(at: 0, milliseconds: 600_000), 0)
            var step = feed.firstStep
            run: while true {
                steps += 1
                #expect(steps < 200 && now < 700_000, "seed \(seed)")
                guard steps < 200 else { return }
                let fails = Int.random(in: 0..<5, using: &random) == 0
                if fails, !step.isWait, !step.isEnd {
                    let fault = PlatformFault(kinds.randomElement(using: &random) ?? .retry, code: "x", "")
                    step = feed.failed(fault, at: step)
                    continue
                }
                switch step {
                case .createDocument: step = feed.documentCreated(id: "d", url: "u")
                case .upload: step = feed.uploaded()
                case .create: step = feed.created(feedID: "f")
                case .wait(let milliseconds):
                    now += milliseconds
                    step = feed.waited(at: now)
                case .ask:
                    let status = ["IN_QUEUE", "IN_PROGRESS", "DONE", "FATAL", "CANCELLED", "?"].randomElement(
                        using: &random)
                    step = feed.answered(status: status ?? "", reportID: Bool.random(using: &random) ? "r" : "")
                case .findReport: step = feed.reportFound(url: "u")
                case .download, .fail: break run
                }
            }
        }
    }

    static func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["gzip", "-c"]
        // A file, as whoever writes all of a long input before reading any of the output waits for ever.
        let input = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).json")
        try Data(bytes).write(to: input)
        defer { try? FileManager.default.removeItem(at: input) }
        let output = Pipe()
        process.standardInput = try FileHandle(forReadingFrom: input)
        process.standardOutput = output
        try process.run()
        let packed = [UInt8](output.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        return packed
    }
}

extension AmazonFeed.Step {
    fileprivate var isWait: Bool { if case .wait = self { true } else { false } }
    fileprivate var isEnd: Bool { if case .fail = self { true } else { false } }
}
