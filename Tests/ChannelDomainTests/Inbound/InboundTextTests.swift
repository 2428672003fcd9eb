import TestSupport
import Testing

@testable import ChannelDomain

@Suite("Texts and ids of messages", .processorBound)
struct InboundTextTests {
    @Test("a text is kept without NUL, cut to its bytes and not within a letter", arguments: 0...12)
    func kept(bytes: Int) {
        let text = "a\0ß€😀e\u{301}z"
        let kept = text.kept(bytes: bytes)
        #expect(kept.utf8.count <= bytes && !kept.contains("\0"))
        #expect("aß€😀e\u{301}z".hasPrefix(kept))
        if bytes == 12 { #expect(!kept.isEmpty) }
    }

    @Test("an id of a dead letter is read as it is written, and nothing else is")
    func ids() {
        for id in [DeadLetterID.inbound("018f-1"), .task("x"), .event("orders-17-4")] {
            #expect(DeadLetterID(id.description) == id)
        }
        for text in ["", "inbound", "inbound-", "-1", "other-1"] { #expect(DeadLetterID(text) == nil) }
    }

    @Test("a wait is at least what the platform asks for, up to an hour")
    func asked() {
        #expect(Backoff.milliseconds(tries: 1, asked: 90_000, chance: 0) == 90_000)
        #expect(Backoff.milliseconds(tries: 1, asked: .max, chance: 1) == 3_600_000)
        #expect(Backoff.milliseconds(tries: 1, asked: -5, chance: 0) == 1_000)
        #expect(Backoff.milliseconds(tries: 40, asked: nil, chance: 1) == Backoff.longestMilliseconds)
    }
}
