import TestSupport
import Testing

@testable import ChannelDomain

@Suite("What is known of a platform's order", .processorBound)
struct PlatformOrderRecordTests {
    @Test("it is taken off the shelf once, and never ends as placed where the platform has cancelled it")
    func interleavings() {
        var generator = SeededGenerator(seed: testSeed())
        for _ in 0..<2_000 {
            var record = PlatformOrderRecord()
            // What the order service has: nil: nothing, true: it is cancelled there.
            var ours: Bool?
            var (sales, cancelledOnPlatform) = (0, false)
            /// A worker's view, taken before others go on.
            typealias Work = (isCancellation: Bool, knewCancelled: Bool, found: Bool?)
            var open: [Work] = []
            var messages = [false, false, true].shuffled(using: &generator)
            while !messages.isEmpty || !open.isEmpty {
                if let isCancellation = messages.first, open.isEmpty || Bool.random(using: &generator) {
                    messages.removeFirst()
                    open.append((isCancellation, record.isCancelled, ours))
                    continue
                }
                let work = open.remove(at: Int.random(in: 0..<open.count, using: &generator))
                let isCancellation = work.isCancellation || work.knewCancelled
                let finding: PlatformOrderRecord.Finding
                if isCancellation {
                    if work.found == nil {
                        finding = .cancelledUnseen
                    } else {
                        ours = true
                        finding = .cancelled("k")
                    }
                } else {
                    ours = ours ?? false
                    finding = .taken("k")
                }
                let conclusion = record.note(finding)
                sales += conclusion.isNew ? 1 : 0
                cancelledOnPlatform = cancelledOnPlatform || work.isCancellation
                if conclusion.isOpen { messages.append(work.isCancellation) }
            }
            #expect(cancelledOnPlatform && record.isCancelled)
            #expect(ours == nil || ours == true)
            #expect(sales == (ours == nil ? 0 : 1))
        }
    }
}
