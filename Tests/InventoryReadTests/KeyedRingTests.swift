import Postgres
import TestSupport
import Testing

@testable import InventoryService

/// What an entry was put with.
private struct PutEntry {
    let mark: UInt32
    let word: UInt64
    let payload: [UInt8]
    /// Where it begins, counted over all that was put since the room was empty.
    let start: Int
}

private struct EntryKey: Hashable {
    let brand: UInt64
    let sku: [UInt8]

    func sought(in entries: inout KeyedRing) -> KeyedRing.Sought {
        let brand = entries.brand(PostgresUUID(high: 1, low: self.brand))
        return entries.sought(self.sku.span.bytes, of: brand)
    }
}

/// A small room beside a dictionary of what was put.
private final class EntriesHistory {
    static let byteCount = 64 << 10
    private static let bucketCount = 128
    private static let placesPerBucket = 16
    /// Of the ring, but for the unit that is left free.
    private static let capacity = (byteCount - bucketCount * placesPerBucket * 4) / KeyedRing.unit - 1
    /// A quarter of the ring.
    private static let maximumUnits = (capacity + 1) / 4

    var entries: KeyedRing
    var random: SeededGenerator
    let keys: [EntryKey]
    private var model: [EntryKey: PutEntry] = [:]
    /// Oldest first; of those that may still be there.
    private var buckets: [[EntryKey]] = Array(repeating: [], count: bucketCount)
    private(set) var putUnits = 0
    private(set) var overflowCount = 0

    init(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        self.keys = (0..<8_000).flatMap { _ in
            let sku = Array(random.sku(maximumBytes: random.isOne(in: 8) ? 64 : 10).utf8)
            return [EntryKey(brand: 0, sku: sku), EntryKey(brand: 1, sku: sku)]
        }
        self.random = random
        self.entries = try .made(byteCount: Self.byteCount)
    }

    private func bucket(of key: EntryKey) -> Int {
        Int(key.sought(in: &self.entries).hash.value % UInt64(Self.bucketCount))
    }

    private func place(of key: EntryKey) -> KeyedRing.Place? {
        self.entries.place(of: key.sku.span.bytes, key.sought(in: &self.entries))
    }

    /// Whether the head cannot have come round to it, however much was left free at the ring's end.
    private func isSurelyInRing(_ entry: PutEntry) -> Bool {
        self.putUnits - entry.start + Self.maximumUnits <= Self.capacity
    }

    // MARK: Steps

    func step() {
        guard let key = self.keys.randomElement(using: &self.random) else { return }
        switch Int.random(in: 0..<10, using: &self.random) {
        case 0..<7: self.put(key)
        case 7: self.remove(key)
        default: _ = self.find(key)
        }
    }

    private func put(_ key: EntryKey) {
        self.remove(key)
        let bucket = self.bucket(of: key)
        let before = self.live(in: bucket)
        #expect(before.count <= Self.placesPerBucket)
        let largest = Self.maximumUnits * KeyedRing.unit - KeyedRing.headerBytes - key.sku.count
        let size = Int.random(in: self.random.isOne(in: 1_000) ? largest...largest : 0...8, using: &self.random)
        let entry = PutEntry(
            mark: .random(in: 0..<(1 << 23), using: &self.random), word: .random(in: 0 ... .max, using: &self.random),
            payload: (0..<size).map { _ in .random(in: .min ... .max, using: &self.random) }, start: self.putUnits)
        self.insert(entry, of: key)
        #expect(self.find(key))
        self.checkLosses(of: before, for: key)
        self.buckets[bucket].append(key)
    }

    private func insert(_ entry: PutEntry, of key: EntryKey) {
        let header = KeyedRing.Header(mark: entry.mark, word: entry.word)
        guard
            let place = self.entries.insert(
                key.sku.span.bytes, key.sought(in: &self.entries), payloadBytes: entry.payload.count, header)
        else {
            Issue.record("there was no room")
            return
        }
        let bytes = self.entries.bytes(at: place)
        #expect(bytes.count >= key.sku.count + entry.payload.count)
        self.entries.payload(at: place).copyBytes(from: entry.payload)
        self.model[key] = entry
        self.putUnits += (KeyedRing.headerBytes + key.sku.count + entry.payload.count + 7) / KeyedRing.unit
    }

    /// Where a new entry came, the oldest of its bucket are gone: those that the ring had no room for, and if there are none
    /// such and the bucket was full, one.
    private func checkLosses(of before: [EntryKey], for key: EntryKey) {
        let kept = before.filter { self.isFound($0) }
        let lost = before.prefix(before.count - kept.count)
        #expect(before.suffix(kept.count).elementsEqual(kept), "not the oldest went")
        let isOverflowing = before.count == Self.placesPerBucket
        if isOverflowing {
            #expect(!lost.isEmpty)
            self.overflowCount += 1
        }
        let isSurelyInRing = lost.contains { self.model[$0].map { self.isSurelyInRing($0) } ?? false }
        #expect(!isSurelyInRing || isOverflowing && lost.count == 1)
        for key in lost { self.model[key] = nil }
        self.buckets[self.bucket(of: key)] = kept
    }

    /// The entries of a bucket that are still there.
    private func live(in bucket: Int) -> [EntryKey] {
        var live: [EntryKey] = []
        for key in self.buckets[bucket] where self.model[key] != nil && self.find(key) { live.append(key) }
        self.buckets[bucket] = live
        return live
    }

    private func remove(_ key: EntryKey) {
        if let place = self.place(of: key) {
            #expect(self.model[key] != nil)
            self.entries.remove(place, key.sought(in: &self.entries))
        }
        self.model[key] = nil
        self.buckets[self.bucket(of: key)].removeAll { $0 == key }
        #expect(!self.isFound(key))
    }

    func removeAll() {
        self.entries.removeAll()
        self.model = [:]
        self.buckets = Array(repeating: [], count: Self.bucketCount)
        self.putUnits = 0
    }

    // MARK: Checks

    private func isFound(_ key: EntryKey) -> Bool { self.place(of: key) != nil }

    /// Looks for a key, and checks what is found against what was put.
    @discardableResult
    func find(_ key: EntryKey) -> Bool {
        self.entries.fetchBucket(key.sought(in: &self.entries))
        self.entries.fetchEntry(key.sought(in: &self.entries))
        guard let place = self.place(of: key) else {
            if let entry = self.model[key] {
                #expect(!self.isSurelyInRing(entry))
                self.model[key] = nil
            }
            return false
        }
        guard let entry = self.model[key] else {
            Issue.record("what is gone was found")
            return true
        }
        let header = self.entries.header(at: place)
        #expect(header.mark == entry.mark && header.word == entry.word && header.nameBytes == key.sku.count)
        #expect(self.entries.bytes(at: place).starts(with: key.sku + entry.payload))
        return true
    }

    /// Looks for all keys there are.
    func checkAll() {
        var foundCount = 0
        for key in Set(self.keys) where self.find(key) { foundCount += 1 }
        #expect(self.entries.count == foundCount)
    }

    /// How often the ring has gone round.
    var rounds: Int { self.putUnits / Self.capacity }
}

@Suite("Entries of a fixed room") struct KeyedRingTests {
    @Test("what is found is what was put last, the newest are found, and the rest is counted")
    func histories() throws {
        let history = try EntriesHistory(seed: testSeed("KeyedRingTests"))
        for _ in 0..<60 {
            for _ in 0..<500 { history.step() }
            history.checkAll()
        }
        #expect(history.rounds > 10)
        #expect(history.overflowCount > 20)
    }

    @Test("nothing is found once all was dropped, and the room is as good as new")
    func removeAll() throws {
        let history = try EntriesHistory(seed: testSeed("KeyedRingTests.removeAll"))
        for _ in 0..<6 {
            for _ in 0..<1_500 { history.step() }
            history.removeAll()
            #expect(history.entries.count == 0)
            history.checkAll()
        }
    }

    @Test("entries of up to a quarter of the ring are taken, larger ones are not")
    func largest() throws {
        var entries = try KeyedRing.made(byteCount: 16_384)
        let keys = (0..<50).map { EntryKey(brand: 0, sku: Array("S\($0)".utf8)) }
        let header = KeyedRing.Header(mark: 0, word: 0)
        let capacity = (16_384 - 32 * 64) / KeyedRing.unit
        for (number, key) in keys.enumerated() {
            let sought = key.sought(in: &entries)
            let payloadBytes = capacity / 4 * KeyedRing.unit - KeyedRing.headerBytes - key.sku.count
            let tooLarge = entries.insert(key.sku.span.bytes, sought, payloadBytes: payloadBytes + 1, header)
            #expect(tooLarge == nil)
            let inserted = entries.insert(key.sku.span.bytes, sought, payloadBytes: payloadBytes, header)
            let payload = entries.payload(at: try #require(inserted))
            #expect(payload.count == payloadBytes)
            payload.initializeMemory(as: UInt8.self, repeating: UInt8(number))
            for (earlier, key) in keys.prefix(number + 1).enumerated() {
                let place = entries.place(of: key.sku.span.bytes, key.sought(in: &entries))
                // The ring has a unit less than four of them.
                #expect((place != nil) == (earlier >= number - 2))
                guard let place else { continue }
                #expect(entries.payload(at: place).allSatisfy { $0 == UInt8(earlier) })
            }
        }
        #expect(entries.count == 3)
    }

    @Test("there is none where hardly anything had room")
    func tooSmall() {
        #expect(throws: NoRoom.self) { _ = try KeyedRing.made(byteCount: 200) }
    }

    @Test("an entry of another brand is not found, though it has the name and the hash that are sought")
    func brands() throws {
        var entries = try KeyedRing.made(byteCount: 16_384)
        let key = EntryKey(brand: 1, sku: Array("S".utf8))
        let sought = key.sought(in: &entries)
        _ = entries.insert(key.sku.span.bytes, sought, payloadBytes: 8, KeyedRing.Header(mark: 0, word: 0))
        let other = KeyedRing.Sought(brand: entries.brand(PostgresUUID(high: 1, low: 2)), hash: sought.hash)
        let (foreign, own) = (
            entries.place(of: key.sku.span.bytes, other), entries.place(of: key.sku.span.bytes, sought)
        )
        #expect(foreign == nil && own != nil)
    }

    @Test("what is used all the time outlives thousands that come and go, and stays what it was")
    func used() throws {
        var random = SeededGenerator(seed: testSeed("KeyedRingTests.used"))
        var entries = try KeyedRing.made(byteCount: 16_384)
        let kept = (0..<5).map { EntryKey(brand: 0, sku: Array("kept\($0)".utf8)) }
        for number in 0..<20_000 {
            // Not at the ring's beginning, where they would go round to where they are.
            let place = number >= 50 && number % 10 == 0 ? number / 10 - 5 : kept.count
            let key = place < kept.count ? kept[place] : EntryKey(brand: 0, sku: Array("S\(number)".utf8))
            let size = Int.random(in: 4...60, using: &random)
            let header = KeyedRing.Header(mark: UInt32(number), word: UInt64(number))
            let inserted = entries.insert(key.sku.span.bytes, key.sought(in: &entries), payloadBytes: size, header)
            entries.payload(at: try #require(inserted)).initializeMemory(
                as: UInt8.self, repeating: UInt8(number & 0xff))
            for (place, key) in kept.enumerated() where number >= 10 * place + 50 {
                let number = 10 * place + 50
                let found = entries.place(of: key.sku.span.bytes, key.sought(in: &entries))
                let place = try #require(found)
                var header = entries.header(at: place)
                #expect(header.mark == UInt32(number) && header.word == UInt64(number))
                #expect(entries.payload(at: place).allSatisfy { $0 == UInt8(number) })
                header.isUsed = true
                entries.setHeader(header, at: place)
            }
        }
    }
}
