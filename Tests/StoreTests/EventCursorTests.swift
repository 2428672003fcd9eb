import Buckets
import Events
import TestSupport
import Testing

@Suite struct EventCursorTests {
    @Test("A cursor comes back from its bytes, and nothing else is taken for one")
    func bytes() throws {
        var random = SeededGenerator(seed: testSeed("EventCursorTests.bytes"))
        for _ in 0..<200 {
            var cursor = EventCursor()
            for bucket in Bucket.all {
                cursor[bucket] =
                    Int64.random(in: 0 ... .max, using: &random) >> Int64.random(in: 0...63, using: &random)
            }
            let bytes = cursor.bytes
            #expect(EventCursor(bytes: bytes) == cursor)
            #expect(EventCursor(bytes: Array(bytes.dropLast())) == nil)
            #expect(EventCursor(bytes: bytes + [0]) == nil)
        }
        #expect(EventCursor(bytes: []) == nil)
        #expect(EventCursor(bytes: Array(repeating: 0xFF, count: 640)) == nil)
    }

    @Test("A cursor is covered by one that is nowhere before it")
    func cover() throws {
        let bucket = try #require(Bucket(number: 7))
        var later = EventCursor()
        later[bucket] = 1
        #expect(EventCursor().isCovered(by: later) && later.isCovered(by: later))
        #expect(!later.isCovered(by: EventCursor()))
    }
}
