import Testing
import Wire

@Suite("The table of streams")
struct StreamTableTests {
    /// How the ids of a history are chosen.
    enum Pattern: CaseIterable {
        /// As a client gives them out.
        case increasing
        /// Odd, increasing, with gaps.
        case sparse
        /// From a small range, so that ids come back, and runs of neighbours form and break.
        case clustered
        /// Any at all.
        case scattered
    }

    @Test("A random history gives what a dictionary gives", arguments: Pattern.allCases, Seeds.fresh(2))
    func history(pattern: Pattern, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var table = StreamTable<UInt64>()
        var model: [UInt32: UInt64] = [:]
        var last: UInt32 = 1
        // Grows and shrinks in turn, so that every capacity is filled and emptied.
        var isGrowing = true
        for step in 0..<60_000 {
            if step % 3_000 == 0 { isGrowing.toggle() }
            let stream = self.stream(pattern, &last, &random)
            let value = random.next()
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<(isGrowing ? 5 : 2):
                table.insert(value, for: stream)
                model[stream] = value
            case 5...6:
                let victim = random.isOne(in: 4) ? stream : model.keys.first ?? stream
                #expect(table.remove(victim) == model.removeValue(forKey: victim), "step \(step), seed \(seed)")
            case 7:
                let subject = random.isOne(in: 4) ? stream : model.keys.first ?? stream
                let old = table.update(subject) { stored in
                    defer { stored = value }
                    return stored
                }
                #expect(old == model[subject], "step \(step), seed \(seed)")
                if old != nil { model[subject] = value }
            case 8:
                table[stream] = random.isOne(in: 2) ? value : nil
                model[stream] = table[stream]
            default:
                let subject = random.isOne(in: 2) ? stream : model.keys.first ?? stream
                #expect(table[subject] == model[subject], "step \(step), seed \(seed)")
            }
            guard table.count == model.count else {
                Issue.record("\(table.count) streams instead of \(model.count) at step \(step), seed \(seed)")
                return
            }
            if step % 500 == 0 { self.expectSame(table, model, "step \(step), seed \(seed)") }
        }
        self.expectSame(table, model, "at the end, seed \(seed)")
    }

    private func stream(_ pattern: Pattern, _ last: inout UInt32, _ random: inout SeededGenerator) -> UInt32 {
        switch pattern {
        case .increasing:
            last += 2
            return last
        case .sparse:
            last += 2 * UInt32.random(in: 1...5_000, using: &random)
            if last > 0x7000_0000 { last = 1 }
            return last
        case .clustered: return UInt32.random(in: 0..<300, using: &random) * 2 + 1
        case .scattered: return UInt32.random(in: 1 ... .max, using: &random)
        }
    }

    private func expectSame(_ table: StreamTable<UInt64>, _ model: [UInt32: UInt64], _ comment: Comment) {
        var content: [UInt32: UInt64] = [:]
        table.visit { content[$0] = $1 }
        #expect(content == model, comment)
        #expect(table.streams.sorted() == model.keys.sorted(), comment)
        #expect(table.isEmpty == model.isEmpty, comment)
        #expect(model.allSatisfy { table[$0.key] == $0.value }, comment)
    }

    @Test("Removing from a run of neighbours loses none of them, whichever goes first", arguments: 1...12)
    func runs(length: Int) {
        // Ids that begin their search at the same slot of a table of 32.
        let home = { (stream: UInt32) in (stream &* 2_654_435_769) >> 8 & 31 }
        for wanted: UInt32 in [0, 5, 30, 31] {
            let streams = stride(from: 1, to: UInt32(20_000), by: 2).filter { home($0) == wanted }.prefix(length)
            for first in streams {
                var table = StreamTable<UInt32>()
                for stream in streams { table.insert(stream, for: stream) }
                // A neighbour that belongs into the middle of the run.
                table.insert(0, for: 0x7FFF_FFFF)
                #expect(table.remove(first) == first)
                #expect(streams.allSatisfy { table[$0] == ($0 == first ? nil : $0) })
                #expect(table[0x7FFF_FFFF] == 0)
                for stream in streams where stream != first { #expect(table.remove(stream) == stream) }
                #expect(table.count == 1)
            }
        }
    }

    @Test("It grows with its streams and lets its memory go when they have ended")
    func growth() {
        var table = StreamTable<Int>()
        #expect(self.capacity(of: table) == 0)
        for index in 0..<5_000 { table.insert(index, for: UInt32(index) * 2 + 1) }
        #expect(table.count == 5_000)
        // At most half full, so that searches stay short.
        #expect(self.capacity(of: table) == 16_384)
        for index in 0..<5_000 { #expect(table.remove(UInt32(index) * 2 + 1) == index) }
        #expect(table.isEmpty)
        #expect(self.capacity(of: table) == 0)
        table.insert(1, for: 1)
        #expect(table[1] == 1)
    }

    private func capacity(of table: StreamTable<Int>) -> Int? {
        (Mirror(reflecting: table).descendant("keys") as? ContiguousArray<UInt32>)?.count
    }

    @Test("Inserting again replaces the value")
    func replacing() {
        var table = StreamTable<String>()
        table.insert("first", for: 7)
        table.insert("second", for: 7)
        #expect(table.count == 1)
        #expect(table[7] == "second")
        table[7] = nil
        #expect(table.isEmpty)
        #expect(table.remove(7) == nil)
        #expect(table.update(7) { _ in 0 } == nil)
    }

    @Test("0 is never found")
    func zero() {
        var table = StreamTable<String>()
        table.insert("one", for: 1)
        #expect(table[0] == nil)
        #expect(table.remove(0) == nil)
        #expect(table.count == 1)
    }

    @Test("A copy does not change with its original")
    func copies() {
        var table = StreamTable<Int>()
        table.insert(1, for: 1)
        let copy = table
        table.remove(1)
        #expect(copy[1] == 1)
        #expect(copy.count == 1)
    }
}
