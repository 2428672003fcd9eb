import ProtobufC
import Testing

@Suite("Arena")
struct ArenaTests {
    /// Takes arrays of bytes until the arena gives no more.
    ///
    /// - Returns: What was taken.
    private static func exhaust(_ arena: Arena, by count: Int) -> Int {
        var taken = 0
        while arena.makeArray(UInt8.self, count: count) != nil, taken < 1 << 30 { taken += count }
        return taken
    }

    @Test("allocations are aligned, do not overlap, and are all writable")
    func allocates() throws {
        try ArenaMemory.with { arena in
            var ranges: [Range<UInt>] = []
            for count in 1...600 {
                let memory = try #require(arena.makeArray(UInt8.self, count: count))
                memory.initialize(repeating: UInt8(truncatingIfNeeded: count), count: count)
                let start = UInt(bitPattern: memory)
                #expect(start.isMultiple(of: 16))
                #expect(!ranges.contains { $0.overlaps(start..<start + UInt(count)) })
                ranges.append(start..<start + UInt(count))
            }
        }
    }

    @Test("the limit bounds what is taken beyond the base chunk", arguments: [0, 1, 262_144, 1_000_000])
    func limits(_ limit: Int) {
        ArenaMemory.with(limitBytes: limit) { arena in
            let taken = Self.exhaust(arena, by: 1_024)
            #expect(taken >= Arena.baseChunkBytes)
            #expect(taken <= Arena.baseChunkBytes + limit)
            #expect(arena.isExhausted)
        }
    }

    @Test("one allocation above the limit fails without harm to the next")
    func refusesOne() {
        ArenaMemory.with(limitBytes: 1_000) { arena in
            #expect(arena.makeArray(UInt8.self, count: Arena.baseChunkBytes + 1) == nil)
            #expect(arena.isExhausted)
            #expect(arena.makeArray(UInt8.self, count: 16) != nil)
        }
    }

    @Test("a reset gives everything back, and forgets that there was too little")
    func resets() {
        ArenaMemory.with(limitBytes: 500_000) { arena in
            let first = Self.exhaust(arena, by: 4_096)
            arena.reset()
            #expect(!arena.isExhausted)
            #expect(Self.exhaust(arena, by: 4_096) == first)
        }
    }

    @Test("the next message of a batch has the whole limit again, while the memory of the first stays")
    func beginsMessage() throws {
        try ArenaMemory.with(limitBytes: Arena.baseChunkBytes) { arena in
            let kept = try #require(arena.makeArray(UInt8.self, count: 1))
            kept.initialize(to: 7)
            _ = Self.exhaust(arena, by: 4_096)
            arena.beginMessage()
            #expect(!arena.isExhausted)
            #expect(arena.makeArray(UInt8.self, count: Arena.baseChunkBytes) != nil)
            #expect(kept.pointee == 7)
        }
    }

    @Test("counts that no memory could hold are refused")
    func refusesOverflow() {
        ArenaMemory.with { arena in
            #expect(arena.makeArray(UInt64.self, count: .max) == nil)
            #expect(arena.makeArray(UInt64.self, count: -1) == nil)
            #expect(arena.makeArray(UInt64.self, count: 0) == nil)
        }
    }
}
