internal import InventoryDomain
internal import Postgres

/// What a near cache holds, and all that is done to it. Not safe from several threads at once.
struct NearCacheState: ~Copyable {
    /// The number of brands beyond the most: nothing of theirs is kept.
    private static let noBrand = UInt16.max
    private static let markCount = 4_096
    /// What stands before an answer that has no shape: its length.
    private static let lengthBytes = 2

    private(set) var entries: NearCacheEntries
    private(set) var generation: UInt64 = 0
    private(set) var shapes = AnswerShapes()
    private var brands: [PostgresUUID: NearCacheBrand] = [:]
    private var seeds: [UInt64] = []
    private let processSeed = UInt64.random(in: .min ... .max)
    /// How often something was settled under each.
    private var marks = [UInt32](repeating: 0, count: markCount)
    /// Where answers are unpacked.
    private let unpacked: UnsafeMutableRawBufferPointer

    /// - Returns: Nil where the system has no room for it.
    init?(byteCount: Int) {
        guard let entries = NearCacheEntries(byteCount: byteCount) else { return nil }
        self.entries = entries
        self.unpacked = .allocate(byteCount: AnswerShapes.maximumTemplateBytes, alignment: 8)
    }

    deinit { self.unpacked.deallocate() }

    /// Drops everything.
    mutating func removeAll() {
        self.generation += 1
        self.entries.removeAll()
        self.shapes = AnswerShapes()
        self.brands = [:]
        self.seeds = []
    }

    // MARK: Reading

    /// Answers the questions of one read, of which everything is fetched from memory at once.
    mutating func answer(
        _ questions: StockQuestions, at tick: UInt32, _ give: (Int, borrowing RawSpan) -> Void
    ) -> NearCache.Misses {
        var misses = NearCache.Misses(ticket: NearCache.Ticket(generation: self.generation))
        withUnsafeTemporaryAllocation(of: (brand: UInt16, hash: NearCacheHash).self, capacity: questions.count) {
            keys in
            var brand = NearCacheBrand(number: Self.noBrand, seed: 0)
            for index in 0..<questions.count {
                if index == 0 || questions.brand(index) != questions.brand(index - 1) {
                    brand = self.brand(questions.brand(index))
                }
                let hash = NearCacheHash(questions.sku(index), of: brand)
                keys.initializeElement(at: index, to: (brand.number, hash))
                self.entries.fetchBucket(of: hash)
            }
            for index in 0..<questions.count { self.entries.fetchEntry(of: keys[index].hash) }
            for index in 0..<questions.count {
                let (brand, hash) = keys[index]
                if let place = self.entries.place(of: questions.sku(index), brand: brand, hash: hash),
                    self.entries.header(at: place).deadline > tick
                {
                    let count = self.unpack(place)
                    give(index, UnsafeRawBufferPointer(rebasing: self.unpacked[..<count]).bytes)
                } else {
                    misses.questions.append(index)
                    misses.ticket.marks.append(self.marks[Self.mark(of: hash)])
                }
            }
        }
        return misses
    }

    private func unpack(_ place: NearCacheEntries.Place) -> Int {
        let header = self.entries.header(at: place)
        let entry = UnsafeRawBufferPointer(self.entries.bytes(at: place))
        guard header.shape == AnswerShapes.none else {
            return self.shapes.unpack(entry, header.shape, into: self.unpacked)
        }
        let count = Int(entry.loadUnaligned(fromByteOffset: header.skuBytes, as: UInt16.self))
        let start = header.skuBytes + Self.lengthBytes
        self.unpacked.copyMemory(from: UnsafeRawBufferPointer(rebasing: entry[start..<(start + count)]))
        return count
    }

    // MARK: Putting

    /// Puts an answer, in the place of an older one.
    mutating func put(_ answer: borrowing RawSpan, of key: StockKey, version: Int64, deadline: UInt32) {
        let brand = self.brand(key.brand)
        guard brand.number != Self.noBrand else { return }
        let text = key.sku.description
        let sku = text.utf8.span.bytes
        let hash = NearCacheHash(sku, of: brand)
        var header = NearCacheEntries.Header(
            units: 0, version: version, brand: brand.number, shape: AnswerShapes.none, skuBytes: sku.byteCount,
            deadline: deadline)
        if let place = self.entries.place(of: sku, brand: brand.number, hash: hash) {
            guard self.entries.header(at: place).version < version else { return }
            self.entries.remove(place, hash: hash)
        }
        var payloadBytes = Self.lengthBytes + answer.byteCount
        if let shape = self.shapes.number(of: answer, skuBytes: sku.byteCount) {
            header.shape = shape
            payloadBytes = self.shapes.packedBytes(of: shape)
        }
        guard
            NearCacheEntries.units(skuBytes: sku.byteCount, payloadBytes: payloadBytes)
                <= NearCacheEntries.maximumUnits
        else { return }
        let seeds = self.seeds
        let place = self.entries.insert(sku, hash: hash, payloadBytes: payloadBytes, header) { sku, brand in
            NearCacheHash(sku, of: NearCacheBrand(number: brand, seed: seeds[Int(brand)]))
        }
        self.pack(answer, at: place)
    }

    private func pack(_ answer: borrowing RawSpan, at place: NearCacheEntries.Place) {
        let header = self.entries.header(at: place)
        let payload = UnsafeMutableRawBufferPointer(rebasing: self.entries.bytes(at: place)[header.skuBytes...])
        guard header.shape == AnswerShapes.none else { return self.shapes.pack(answer, header.shape, into: payload) }
        payload.storeBytes(of: UInt16(answer.byteCount), as: UInt16.self)
        answer.withUnsafeBytes {
            UnsafeMutableRawBufferPointer(rebasing: payload[Self.lengthBytes...]).copyMemory(from: $0)
        }
    }

    // MARK: Settling

    /// Settles a change: an older entry gives way.
    mutating func settle(_ change: StockCacheChange) {
        let brand = self.brand(change.key.brand)
        let text = change.key.sku.description
        let sku = text.utf8.span.bytes
        let hash = NearCacheHash(sku, of: brand)
        self.marks[Self.mark(of: hash)] &+= 1
        guard let place = self.entries.place(of: sku, brand: brand.number, hash: hash) else { return }
        var header = self.entries.header(at: place)
        guard header.version < change.version else { return }
        guard let entry = change.entry else { return self.entries.remove(place, hash: hash) }
        let answer = entry.span.bytes.extracting(droppingFirst: StockCacheEntry.headerBytes)
        if header.shape != AnswerShapes.none, self.shapes.fits(header.shape, answer) {
            header.version = change.version
            self.entries.setHeader(header, at: place)
            self.pack(answer, at: place)
        } else {
            self.put(answer, of: change.key, version: change.version, deadline: header.deadline)
        }
    }

    /// How often something was settled under a key's mark.
    mutating func mark(of key: StockKey) -> UInt32 {
        let text = key.sku.description
        return self.marks[Self.mark(of: NearCacheHash(text.utf8.span.bytes, of: self.brand(key.brand)))]
    }

    private static func mark(of hash: NearCacheHash) -> Int { Int(hash.value >> 40) & (self.markCount - 1) }

    private mutating func brand(_ brand: PostgresUUID) -> NearCacheBrand {
        if let known = self.brands[brand] { return known }
        let seed = NearCacheHash.seed(of: brand, in: self.processSeed)
        guard self.seeds.count < Int(Self.noBrand) else { return NearCacheBrand(number: Self.noBrand, seed: seed) }
        let made = NearCacheBrand(number: UInt16(self.seeds.count), seed: seed)
        self.brands[brand] = made
        self.seeds.append(seed)
        return made
    }
}
