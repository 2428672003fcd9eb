internal import InventoryDomain
internal import Postgres

/// What a near cache holds, and all that is done to it. Not safe from several threads at once.
struct NearCacheState: ~Copyable {
    /// What is said of an entry beside its name.
    private struct Kept {
        /// Versions from here on are not kept: they have no room beside the shape.
        static let versionsEnd: Int64 = 1 << 48

        let version: Int64
        /// How the payload is to be read.
        let shape: UInt16

        init(version: Int64, shape: UInt16) {
            self.version = version
            self.shape = shape
        }

        init(_ header: KeyedRing.Header) {
            self.version = Int64(header.word >> 16)
            self.shape = UInt16(truncatingIfNeeded: header.word)
        }

        var word: UInt64 { UInt64(self.version) << 16 | UInt64(self.shape) }
    }

    private static let markCount = 4_096
    /// What stands before an answer that has no shape: its length.
    private static let lengthBytes = 2
    /// What an entry takes where there are one or two locations; at three, 56 or so.
    private static let commonEntryBytes = 40

    private(set) var entries: KeyedRing
    private(set) var generation: UInt64 = 0
    /// How often something was told under which marks it may be put.
    private(set) var ticketCount: UInt64 = 0
    private(set) var shapes = AnswerShapes()
    /// How often something was settled under each.
    private var marks = [UInt32](repeating: 0, count: markCount)
    /// Where answers are unpacked.
    private let unpacked: UnsafeMutableRawBufferPointer

    /// - Returns: Nil where the system has no room for it.
    init?(byteCount: Int) {
        guard let entries = KeyedRing(byteCount: byteCount, entryBytes: Self.commonEntryBytes) else { return nil }
        self.entries = entries
        self.unpacked = .allocate(byteCount: StockCacheEntry.maximumAnswerBytes, alignment: 8)
    }

    deinit { self.unpacked.deallocate() }

    /// Drops everything.
    mutating func removeAll() {
        self.generation += 1
        self.entries.removeAll()
        self.shapes = AnswerShapes()
    }

    // MARK: Reading

    /// Answers the questions of one read, of which everything is fetched from memory at once.
    mutating func answer(
        _ questions: StockQuestions, at tick: UInt32, _ give: (Int, borrowing RawSpan) -> Void
    ) -> NearCache.Misses {
        var misses = NearCache.Misses(ticket: NearCache.Ticket(generation: self.generation))
        withUnsafeTemporaryAllocation(of: KeyedRing.Sought.self, capacity: questions.count) { sought in
            var brand: BrandNumber?
            for index in 0..<questions.count {
                if index == 0 || questions.brand(index) != questions.brand(index - 1) { brand = nil }
                let number = brand ?? self.entries.brand(questions.brand(index))
                brand = number
                sought.initializeElement(at: index, to: self.entries.sought(questions.sku(index), of: number))
                self.entries.fetchBucket(sought[index])
            }
            for index in 0..<questions.count { self.entries.fetchEntry(sought[index]) }
            for index in 0..<questions.count {
                if let place = self.liveEntry(of: questions.sku(index), sought[index], at: tick) {
                    let count = self.unpack(place)
                    give(index, UnsafeRawBufferPointer(rebasing: self.unpacked[..<count]).bytes)
                } else {
                    if misses.questions.isEmpty { self.ticketCount &+= 1 }
                    misses.questions.append(index)
                    misses.ticket.marks.append(self.marks[Self.mark(of: sought[index].hash)])
                }
            }
        }
        return misses
    }

    /// Where the entry of a key is, which goes if it has come to its deadline: what is put then may have the same version.
    private mutating func liveEntry(
        of sku: borrowing RawSpan, _ sought: KeyedRing.Sought, at tick: UInt32
    ) -> KeyedRing.Place? {
        guard let place = self.entries.place(of: sku, sought) else { return nil }
        var header = self.entries.header(at: place)
        guard header.mark > tick else {
            self.entries.remove(place, sought)
            return nil
        }
        if !header.isUsed {
            header.isUsed = true
            self.entries.setHeader(header, at: place)
        }
        return place
    }

    /// - Returns: How many bytes the answer has.
    private func unpack(_ place: KeyedRing.Place) -> Int {
        let kept = Kept(self.entries.header(at: place))
        guard kept.shape == AnswerShapes.none else {
            let entry = UnsafeRawBufferPointer(self.entries.bytes(at: place))
            return self.shapes.unpack(entry, kept.shape, into: self.unpacked)
        }
        let payload = UnsafeRawBufferPointer(self.entries.payload(at: place))
        let count = Int(payload.loadUnaligned(as: UInt16.self))
        self.unpacked.copyMemory(
            from: UnsafeRawBufferPointer(rebasing: payload.dropFirst(Self.lengthBytes).prefix(count)))
        return count
    }

    // MARK: Putting

    /// Puts an answer, in the place of an older one.
    mutating func put(_ answer: borrowing RawSpan, of key: StockKey, version: Int64, deadline: UInt32) {
        let text = key.sku.description
        let sku = text.utf8.span.bytes
        let sought = self.entries.sought(sku, of: self.entries.brand(key.brand))
        if let place = self.entries.place(of: sku, sought) {
            guard Kept(self.entries.header(at: place)).version < version else { return }
            self.entries.remove(place, sought)
        }
        guard version < Kept.versionsEnd, answer.byteCount <= Int(UInt16.max) else { return }
        let shape = self.shapes.number(of: answer, skuBytes: sku.byteCount)
        let payloadBytes = shape.map { self.shapes.packedBytes(of: $0) } ?? Self.lengthBytes + answer.byteCount
        let kept = Kept(version: version, shape: shape ?? AnswerShapes.none)
        let header = KeyedRing.Header(mark: deadline, word: kept.word)
        guard let place = self.entries.insert(sku, sought, payloadBytes: payloadBytes, header) else { return }
        self.pack(answer, at: place, kept.shape)
    }

    private func pack(_ answer: borrowing RawSpan, at place: KeyedRing.Place, _ shape: UInt16) {
        let payload = self.entries.payload(at: place)
        guard shape == AnswerShapes.none else { return self.shapes.pack(answer, shape, into: payload) }
        payload.storeBytes(of: UInt16(answer.byteCount), as: UInt16.self)
        answer.withUnsafeBytes {
            UnsafeMutableRawBufferPointer(rebasing: payload[Self.lengthBytes...]).copyMemory(from: $0)
        }
    }

    // MARK: Settling

    /// Settles changes, each as ``settle(_:_:)``, of which everything is fetched from memory at once.
    mutating func settle(_ changes: [StockCacheChange]) {
        withUnsafeTemporaryAllocation(of: KeyedRing.Sought.self, capacity: changes.count) { sought in
            for (index, change) in changes.enumerated() {
                let text = change.key.sku.description
                let brand = self.entries.brand(change.key.brand)
                sought.initializeElement(at: index, to: self.entries.sought(text.utf8.span.bytes, of: brand))
                self.entries.fetchBucket(sought[index])
            }
            for index in changes.indices { self.entries.fetchEntry(sought[index]) }
            for index in changes.indices { self.settle(changes[index], sought[index]) }
        }
    }

    /// Settles a change: an older entry gives way.
    private mutating func settle(_ change: StockCacheChange, _ sought: KeyedRing.Sought) {
        let text = change.key.sku.description
        let sku = text.utf8.span.bytes
        self.marks[Self.mark(of: sought.hash)] &+= 1
        guard let place = self.entries.place(of: sku, sought) else { return }
        var header = self.entries.header(at: place)
        let kept = Kept(header)
        guard kept.version < change.version else { return }
        guard let entry = change.entry else { return self.entries.remove(place, sought) }
        let answer = entry.span.bytes.extracting(droppingFirst: StockCacheEntry.headerBytes)
        if kept.shape != AnswerShapes.none, change.version < Kept.versionsEnd, self.shapes.fits(kept.shape, answer) {
            header.word = Kept(version: change.version, shape: kept.shape).word
            self.entries.setHeader(header, at: place)
            self.pack(answer, at: place, kept.shape)
        } else {
            self.put(answer, of: change.key, version: change.version, deadline: header.mark)
        }
    }

    /// Tells how often something was settled under the marks of keys that are about to be read.
    mutating func ticket(for keys: [StockKey]) -> NearCache.Ticket {
        self.ticketCount &+= 1
        return NearCache.Ticket(generation: self.generation, marks: keys.map { self.mark(of: $0) })
    }

    /// How often something was settled under a key's mark.
    mutating func mark(of key: StockKey) -> UInt32 {
        let text = key.sku.description
        let brand = self.entries.brand(key.brand)
        return self.marks[Self.mark(of: self.entries.sought(text.utf8.span.bytes, of: brand).hash)]
    }

    private static func mark(of hash: KeyHash) -> Int { Int(hash.value >> 40) & (self.markCount - 1) }
}
