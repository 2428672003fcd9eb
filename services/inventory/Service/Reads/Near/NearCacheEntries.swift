internal import CPrefetch

/// Entries of a fixed room: those that came last, found by the hash of their key.
///
/// The room is a ring: what is new is put behind the newest, and the oldest make room for it. The index beside it has
/// buckets of 16 places, a line of the processor's cache each; a place holds where an entry is and 8 bits of its hash. So
/// a key is found by reading two places in memory, however many entries there are. Of a bucket that is full, one goes.
///
/// An entry is two words and its bytes: the SKU, then the payload. Not safe from several threads at once.
struct NearCacheEntries: ~Copyable {
    /// What stands before an entry's bytes.
    struct Header {
        /// How many units the entry takes: 1 to 255.
        var units: Int
        /// Of the item; 0 to 2^53.
        var version: Int64
        /// Whose SKU it is.
        var brand: UInt16
        /// How the payload is to be read.
        var shape: UInt16
        /// The SKU's length: 1 to 64. Zero: the entry counts no more.
        var skuBytes: Int
        /// Until when it may be shown, in ``tickSeconds`` since the cache was made.
        var deadline: UInt32
    }

    /// Where an entry is, in units.
    typealias Place = Int

    /// Entries begin at multiples of so many bytes.
    static let unit = 8
    static let headerBytes = 16
    /// The longest entry, in units: as long as a header can say.
    static let maximumUnits = 255
    /// Seconds of a deadline's tick: it has 24 bits, which last for eight years.
    static let tickSeconds = 16
    /// The most room of the ring: places have 24 bits.
    static let maximumRingBytes = (1 << 24) * unit
    private static let placesPerBucket = 16
    /// What is fetched of an entry.
    private static let commonBytes = 48
    private static let bucketBytes = placesPerBucket * 4

    private let memory: MappedMemory
    private let index: UnsafeMutableRawPointer
    private let ring: UnsafeMutableRawPointer
    private let bucketMask: UInt64
    /// Of the ring, in units; one is left free, so that no place is zero.
    private let capacity: Int

    /// Where the next entry begins, and where the oldest does.
    private var head = 1
    private var tail = 1
    /// Behind the last entry before the ring's end, where the head has come round.
    private var end: Int?
    /// Entries that count.
    private(set) var count = 0

    /// - Parameter byteCount: Of ring and index together; an eighth is the index's, at most.
    /// - Returns: Nil where the system has no room for it.
    init?(byteCount: Int) {
        var buckets = 1
        while buckets * 2 * Self.bucketBytes <= byteCount / 8 { buckets *= 2 }
        let indexBytes = buckets * Self.bucketBytes
        let ringBytes = min(byteCount - indexBytes, Self.maximumRingBytes)
        guard ringBytes >= 2 * Self.maximumUnits * Self.unit,
            let memory = MappedMemory(byteCount: indexBytes + ringBytes),
            let start = memory.bytes.baseAddress
        else { return nil }
        self.memory = memory
        self.index = start
        self.ring = start + indexBytes
        self.bucketMask = UInt64(buckets - 1)
        self.capacity = ringBytes / Self.unit
    }

    /// Drops everything.
    mutating func removeAll() {
        self.memory.clear()
        self.head = 1
        self.tail = 1
        self.end = nil
        self.count = 0
    }

    // MARK: Reading ahead

    /// Has the processor fetch where a hash is looked for. Of many, all are fetched at once.
    func fetchBucket(of hash: NearCacheHash) { prefetch_for_reading(self.index + self.bucket(of: hash)) }

    /// Has the processor fetch what is probably the entry of a hash, whose bucket was fetched.
    func fetchEntry(of hash: NearCacheHash) {
        let bucket = self.bucket(of: hash)
        for slot in 0..<Self.placesPerBucket {
            let word = self.index.load(fromByteOffset: bucket + 4 * slot, as: UInt32.self)
            guard Self.tag(of: hash) == word >> 24, word != 0 else { continue }
            let entry = self.ring + Int(word & 0xff_ffff) * Self.unit
            prefetch_for_reading(entry)
            // Most entries end in the next line at the latest.
            prefetch_for_reading(entry + Self.commonBytes)
            return
        }
    }

    // MARK: Entries

    /// Where the entry of a key is; nil: there is none.
    func place(of sku: borrowing RawSpan, brand: UInt16, hash: NearCacheHash) -> Place? {
        let bucket = self.bucket(of: hash)
        for slot in 0..<Self.placesPerBucket {
            let word = self.index.load(fromByteOffset: bucket + 4 * slot, as: UInt32.self)
            guard Self.tag(of: hash) == word >> 24, word != 0 else { continue }
            let place = Int(word & 0xff_ffff)
            let header = self.header(at: place)
            guard header.brand == brand, header.skuBytes == sku.byteCount else { continue }
            let text = self.bytes(at: place)
            let isSame = sku.withUnsafeBytes { sku in
                for index in 0..<sku.count where sku[index] != text[index] { return false }
                return true
            }
            if isSame { return place }
        }
        return nil
    }

    /// What stands before an entry.
    func header(at place: Place) -> Header {
        let first = self.ring.load(fromByteOffset: place * Self.unit, as: UInt64.self)
        let second = self.ring.load(fromByteOffset: place * Self.unit + 8, as: UInt64.self)
        return Header(
            units: Int(first & 0xff), version: Int64(first >> 8), brand: UInt16(truncatingIfNeeded: second),
            shape: UInt16(truncatingIfNeeded: second >> 16), skuBytes: Int(second >> 32 & 0xff),
            deadline: UInt32(second >> 40))
    }

    /// Writes what stands before an entry.
    mutating func setHeader(_ header: Header, at place: Place) {
        let first = UInt64(bitPattern: header.version) << 8 | UInt64(header.units)
        let second =
            UInt64(header.deadline & 0xff_ffff) << 40 | UInt64(header.skuBytes) << 32 | UInt64(header.shape) << 16
            | UInt64(header.brand)
        self.ring.storeBytes(of: first, toByteOffset: place * Self.unit, as: UInt64.self)
        self.ring.storeBytes(of: second, toByteOffset: place * Self.unit + 8, as: UInt64.self)
    }

    /// An entry's bytes: the SKU and the payload, up to where it ends.
    func bytes(at place: Place) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(
            start: self.ring + place * Self.unit + Self.headerBytes,
            count: self.header(at: place).units * Self.unit - Self.headerBytes)
    }

    /// Makes an entry, whose SKU is copied and whose payload is to be written. Its key must have none.
    ///
    /// - Parameter payloadBytes: So many that all is at most ``maximumUnits``.
    mutating func insert(
        _ sku: borrowing RawSpan, hash: NearCacheHash, payloadBytes: Int, _ header: Header,
        hashOf: (borrowing RawSpan, UInt16) -> NearCacheHash
    ) -> Place {
        let units = Self.units(skuBytes: sku.byteCount, payloadBytes: payloadBytes)
        let place = self.makeRoom(for: units, hashOf: hashOf)
        var header = header
        header.units = units
        header.skuBytes = sku.byteCount
        self.setHeader(header, at: place)
        sku.withUnsafeBytes { self.bytes(at: place).copyMemory(from: $0) }
        self.count += 1
        self.link(place, hash)
        return place
    }

    /// How many units an entry takes.
    static func units(skuBytes: Int, payloadBytes: Int) -> Int {
        (Self.headerBytes + skuBytes + payloadBytes + Self.unit - 1) / Self.unit
    }

    /// Drops an entry.
    mutating func remove(_ place: Place, hash: NearCacheHash) {
        let bucket = self.bucket(of: hash)
        for slot in 0..<Self.placesPerBucket {
            let offset = bucket + 4 * slot
            guard self.index.load(fromByteOffset: offset, as: UInt32.self) & 0xff_ffff == UInt32(place) else {
                continue
            }
            self.index.storeBytes(of: 0, toByteOffset: offset, as: UInt32.self)
            self.bury(place)
            return
        }
    }

    // MARK: Index

    private func bucket(of hash: NearCacheHash) -> Int { Int(hash.value & self.bucketMask) * Self.bucketBytes }

    private static func tag(of hash: NearCacheHash) -> UInt32 { UInt32(hash.value >> 56) }

    /// Enters a place under a hash; where the bucket is full, in the place of the one that is longest in the ring.
    private mutating func link(_ place: Place, _ hash: NearCacheHash) {
        let bucket = self.bucket(of: hash)
        var oldest = bucket
        var oldestAge = -1
        for slot in 0..<Self.placesPerBucket {
            let offset = bucket + 4 * slot
            let word = self.index.load(fromByteOffset: offset, as: UInt32.self)
            if word == 0 {
                oldest = offset
                oldestAge = -1
                break
            }
            let age = (self.head - Int(word & 0xff_ffff) + self.capacity) % self.capacity
            if age > oldestAge { (oldest, oldestAge) = (offset, age) }
        }
        if oldestAge >= 0 { self.bury(Int(self.index.load(fromByteOffset: oldest, as: UInt32.self) & 0xff_ffff)) }
        self.index.storeBytes(of: Self.tag(of: hash) << 24 | UInt32(place), toByteOffset: oldest, as: UInt32.self)
    }

    /// Leaves an entry's room to be passed over. The index has it no more.
    private mutating func bury(_ place: Place) {
        var header = self.header(at: place)
        header.skuBytes = 0
        self.setHeader(header, at: place)
        self.count -= 1
    }

    // MARK: Ring

    private mutating func makeRoom(
        for units: Int, hashOf: (borrowing RawSpan, UInt16) -> NearCacheHash
    ) -> Place {
        while true {
            if self.end == nil {
                if self.head + units <= self.capacity { break }
                self.end = self.head
                self.head = 1
            }
            if self.head + units <= self.tail { break }
            self.dropOldest(hashOf: hashOf)
        }
        defer { self.head += units }
        return self.head
    }

    /// Drops the entry at the tail; called where the head has come round.
    private mutating func dropOldest(hashOf: (borrowing RawSpan, UInt16) -> NearCacheHash) {
        if self.tail != self.end {
            let (place, header) = (self.tail, self.header(at: self.tail))
            if header.skuBytes > 0 {
                let sku = UnsafeRawBufferPointer(rebasing: self.bytes(at: place).prefix(header.skuBytes))
                self.remove(place, hash: hashOf(sku.bytes, header.brand))
            }
            self.tail += header.units
        }
        if self.tail == self.end {
            self.tail = 1
            self.end = nil
        }
    }
}
