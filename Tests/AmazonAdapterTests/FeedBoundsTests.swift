import ChannelAdapter
import TestSupport
import Testing

@testable import AmazonAdapter

@Suite("What a feed is answered has its bounds: numbers of messages, lengths and waits")
struct FeedBoundsTests {
    @Test("errors with a number that no message has account for none", arguments: [0, 4, -1, Int.max])
    func foreignNumbers(_ id: Int) async throws {
        var script = FeedTests.Script()
        script.report = FeedTests.report(3, issues: [(id, "ERROR", "90220")])
        let outcomes = try await FeedTests.push(script).answer.outcomes
        #expect(outcomes.allSatisfy { $0.fault?.code == "not-answered" && $0.fault?.isOutcomeUnknown == true })
        script.report = FeedTests.report(3, issues: [(id, "WARNING", "90220")])
        #expect(try await FeedTests.push(script).answer.outcomes.allSatisfy { $0.fault == nil })
    }

    @Test("a report that is longer than what is read is not read, packed or not")
    func longReports() throws {
        // Of a ratio that reports have: a bomb is refused for that already.
        var random = SeededGenerator(seed: 1)
        var long: [UInt8] = []
        while long.count <= AmazonLimits.reportBytes {
            for _ in 0..<32 { long.append(UInt8.random(in: 0x21...0x7E, using: &random)) }
            long += [UInt8](repeating: UInt8(ascii: " "), count: 992)
        }
        for bytes in [long, try FeedTests.gzip(long)] {
            let fault = #expect(throws: PlatformFault.self) { try AmazonSession.decompressed(bytes) }
            #expect(fault?.code == "answer-unreadable" && fault?.isOutcomeUnknown == true)
        }
        #expect(AmazonLimits.reportBytes == 32 * 1024 * 1024)
    }

    @Test("however long the platform asks to wait, the feed is stuck at its deadline; what is before it is waited")
    func longWaits() {
        var feed = AmazonFeed(at: 1_000, milliseconds: 600_000)
        _ = feed.documentCreated(id: "d", url: "u")
        _ = feed.uploaded()
        var steps = [feed.created(feedID: "f"), feed.waited(at: 6_000)]
        let throttled = { (milliseconds: Int64) in
            PlatformFault(.throttled, code: "http-429", "", retryAfterMilliseconds: milliseconds)
        }
        steps += [feed.failed(throttled(300_000), at: .ask(feedID: "f")), feed.waited(at: 306_000)]
        steps.append(feed.failed(throttled(86_400_000), at: .ask(feedID: "f")))
        #expect(
            steps == [
                .wait(milliseconds: 5_000), .ask(feedID: "f"), .wait(milliseconds: 300_000), .ask(feedID: "f"),
                .wait(milliseconds: 295_000),
            ])
        guard case .fail(let fault) = feed.waited(at: 601_000) else {
            Issue.record("it goes on behind its deadline")
            return
        }
        #expect(fault.code == "feed-stuck")
    }
}
