internal import CPrefetch
internal import Glibc
internal import Postgres

/// Entries of a fixed room under names of brands: those that came or were used last.
///
/// The room is a ring: what is new is put behind the newest, and the oldest make room for it; one that was used since it came
/// goes round once more. The index beside it has buckets of 16 places, a line of the processor's cache each; a place
/// holds where an entry is and 8 bits of its name's hash. So a name is found by reading two places in memory, however many
/// entries there are. Of a bucket that is full, one goes.
///
/// An entry is two words and its bytes: the name, then the payload. Not safe from several threads at once.
struct KeyedRing: ~Copyable {
    /// What stands before an entry's bytes.
    struct Header {
        /// Whether it was used since it came, or came round.
        var isUsed = false
        /// For who puts entries: 23 bits.
        var mark: UInt32
        /// For who puts entries.
        var word: UInt64
        /// How many units the entry takes.
        fileprivate(set) var units = 0
        /// The name's length: 1 to 64. Zero: the entry counts no more.
        fileprivate(set) var nameBytes = 0
        /// Whose name it is.
        fileprivate(set) var brand: UInt16 = 0

        init(mark: UInt32, word: UInt64) {
            self.mark = mark
            self.word = word
        }
    }

    /// A name, and where it is looked for.
    struct Sought {
        let brand: BrandNumber
        let hash: KeyHash
    }

    /// Where an entry is, in units.
    typealias Place = Int

    /// Entries begin at multiples of so many bytes.
    static let unit = 8
    static let headerBytes = 16
    /// The longest entry, in units: as long as a header can say.
    static let maximumUnits = 0x1fff
    /// The most room of the ring: places have 24 bits.
    static let maximumRingBytes = (1 << 24) * unit
    private static let placesPerBucket = 16
    private static let bucketBytes = placesPerBucket * 4
    private static let placeMask: UInt32 = 0xff_ffff
    /// How many entries go round for one that comes; of more, the oldest goes though it was used.
    private static let maximumRounds = 8
    /// What is fetched of an entry beyond its first line.
    private static let fetchedBytes = 48

    private let memory: MappedMemory
    private let index: UnsafeMutableRawPointer
    private let ring: UnsafeMutableRawPointer
    private let bucketMask: UInt64
    /// Of the ring, in units. The first is left free, so that no place is zero.
    private let capacity: Int
    private var brands = BrandNumbers()

    /// Where the next entry begins, and where the oldest does.
    private var head = 1
    private var tail = 1
    /// Behind the last entry before the ring's end, where the head has come round.
    private var end: Int?
    /// Entries that count.
    private(set) var count = 0

    /// - Parameters:
    ///   - byteCount: Of ring and index together.
    ///   - entryBytes: What an entry takes, about: the index has a bucket for eight of them.
    /// - Returns: Nil where the system has no room for it, or it is too little for anything.
    init?(byteCount: Int, entryBytes: Int) {
        var buckets = 1
        while buckets * 2 * (8 * entryBytes + Self.bucketBytes) <= byteCount { buckets *= 2 }
        let indexBytes = buckets * Self.bucketBytes
        let ringBytes = min(byteCount - indexBytes, Self.maximumRingBytes)
        guard ringBytes >= 4 * entryBytes, let memory = MappedMemory(byteCount: indexBytes + ringBytes),
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
        self.brands = BrandNumbers()
        self.head = 1
        self.tail = 1
        self.end = nil
        self.count = 0
    }

    // MARK: Looking up

    /// A brand as entries have it.
    mutating func brand(_ brand: PostgresUUID) -> BrandNumber { self.brands.number(of: brand) }

    /// What a name is looked up by.
    func sought(_ name: borrowing RawSpan, of brand: BrandNumber) -> Sought {
        Sought(brand: brand, hash: KeyHash(name, of: brand))
    }

    /// Has the processor fetch where a name is looked for. Of many, all are fetched at once.
    func fetchBucket(_ sought: Sought) { prefetch_for_reading(self.index + self.bucket(of: sought.hash)) }

    /// Has the processor fetch what is probably the entry of a name, whose bucket was fetched.
    func fetchEntry(_ sought: Sought) {
        let bucket = self.bucket(of: sought.hash)
        for slot in 0..<Self.placesPerBucket {
            let word = self.index.load(fromByteOffset: bucket + 4 * slot, as: UInt32.self)
            guard Self.tag(of: sought.hash) == word >> 24, word != 0 else { continue }
            let entry = self.ring + Int(word & Self.placeMask) * Self.unit
            prefetch_for_reading(entry)
            prefetch_for_reading(entry + Self.fetchedBytes)
            return
        }
    }

    /// Where the entry of a name is; nil: there is none.
    func place(of name: borrowing RawSpan, _ sought: Sought) -> Place? {
        let bucket = self.bucket(of: sought.hash)
        for slot in 0..<Self.placesPerBucket {
            let word = self.index.load(fromByteOffset: bucket + 4 * slot, as: UInt32.self)
            guard Self.tag(of: sought.hash) == word >> 24, word != 0 else { continue }
            let place = Int(word & Self.placeMask)
            let header = self.header(at: place)
            guard header.brand == sought.brand.number, header.nameBytes == name.byteCount else { continue }
            let found = self.bytes(at: place)
            let isSame = name.withUnsafeBytes { name in
                for index in 0..<name.count where name[index] != found[index] { return false }
                return true
            }
            if isSame { return place }
        }
        return nil
    }

    // MARK: Entries

    /// What stands before an entry.
    func header(at place: Place) -> Header {
        let first = self.ring.load(fromByteOffset: place * Self.unit, as: UInt64.self)
        let second = self.ring.load(fromByteOffset: place * Self.unit + 8, as: UInt64.self)
        var header = Header(mark: UInt32(first >> 36 & 0x7f_ffff), word: second)
        header.units = Int(first & 0x1fff)
        header.nameBytes = Int(first >> 13 & 0x7f)
        header.brand = UInt16(truncatingIfNeeded: first >> 20)
        header.isUsed = first >> 63 == 1
        return header
    }

    /// Writes what stands before an entry.
    mutating func setHeader(_ header: Header, at place: Place) {
        let first =
            UInt64(header.isUsed ? 1 : 0) << 63 | UInt64(header.mark & 0x7f_ffff) << 36 | UInt64(header.brand) << 20
            | UInt64(header.nameBytes) << 13 | UInt64(header.units)
        self.ring.storeBytes(of: first, toByteOffset: place * Self.unit, as: UInt64.self)
        self.ring.storeBytes(of: header.word, toByteOffset: place * Self.unit + 8, as: UInt64.self)
    }

    /// An entry's bytes: the name and the payload, up to where its units end.
    func bytes(at place: Place) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(
            start: self.ring + place * Self.unit + Self.headerBytes,
            count: self.header(at: place).units * Self.unit - Self.headerBytes)
    }

    /// An entry's payload, up to where its units end.
    func payload(at place: Place) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: self.bytes(at: place)[self.header(at: place).nameBytes...])
    }

    /// Makes an entry, whose name is copied and whose payload is to be written. Its name must have none.
    ///
    /// - Returns: Nil where it is too large for an entry.
    mutating func insert(
        _ name: borrowing RawSpan, _ sought: Sought, payloadBytes: Int, _ header: Header
    ) -> Place? {
        let units = (Self.headerBytes + name.byteCount + payloadBytes + Self.unit - 1) / Self.unit
        guard units <= min(Self.maximumUnits, self.capacity / 4), sought.brand.number != BrandNumber.none else {
            return nil
        }
        let place = self.makeRoom(for: units)
        var header = header
        header.units = units
        header.nameBytes = name.byteCount
        header.brand = sought.brand.number
        self.setHeader(header, at: place)
        name.withUnsafeBytes { self.bytes(at: place).copyMemory(from: $0) }
        self.count += 1
        self.link(place, sought.hash)
        return place
    }

    /// Drops an entry.
    mutating func remove(_ place: Place, _ sought: Sought) {
        guard let offset = self.indexOffset(of: place, sought.hash) else { return }
        self.index.storeBytes(of: 0, toByteOffset: offset, as: UInt32.self)
        self.bury(place)
    }

    // MARK: Index

    private func bucket(of hash: KeyHash) -> Int { Int(hash.value & self.bucketMask) * Self.bucketBytes }

    private static func tag(of hash: KeyHash) -> UInt32 { UInt32(hash.value >> 56) }

    private func indexOffset(of place: Place, _ hash: KeyHash) -> Int? {
        let bucket = self.bucket(of: hash)
        for slot in 0..<Self.placesPerBucket {
            let word = self.index.load(fromByteOffset: bucket + 4 * slot, as: UInt32.self)
            if word & Self.placeMask == UInt32(place) { return bucket + 4 * slot }
        }
        return nil
    }

    /// Enters a place under a hash; where the bucket is full, in the place of the oldest that was not used, or else of the
    /// oldest.
    private mutating func link(_ place: Place, _ hash: KeyHash) {
        let bucket = self.bucket(of: hash)
        var chosen = bucket
        var oldest = -1
        for slot in 0..<Self.placesPerBucket {
            let offset = bucket + 4 * slot
            let word = self.index.load(fromByteOffset: offset, as: UInt32.self)
            if word == 0 {
                (chosen, oldest) = (offset, -1)
                break
            }
            let other = Int(word & Self.placeMask)
            // The head is right behind the youngest, and at the oldest where the ring is full.
            let age = (self.head - 1 - other + self.capacity) % self.capacity
            let rank = self.header(at: other).isUsed ? age : age + self.capacity
            if rank > oldest { (chosen, oldest) = (offset, rank) }
        }
        if oldest >= 0 {
            self.bury(Int(self.index.load(fromByteOffset: chosen, as: UInt32.self) & Self.placeMask))
        }
        self.index.storeBytes(of: Self.tag(of: hash) << 24 | UInt32(place), toByteOffset: chosen, as: UInt32.self)
    }

    /// Leaves an entry's room to be passed over. The index has it no more.
    private mutating func bury(_ place: Place) {
        var header = self.header(at: place)
        header.nameBytes = 0
        self.setHeader(header, at: place)
        self.count -= 1
    }

    // MARK: Ring

    private mutating func makeRoom(for units: Int) -> Place {
        var rounds = 0
        while true {
            if self.end == nil {
                if self.head + units <= self.capacity { break }
                self.end = self.head
                self.head = 1
            }
            if self.head + units <= self.tail { break }
            self.passOldest(&rounds)
        }
        defer { self.head += units }
        return self.head
    }

    /// Moves the tail on over the oldest entry, which goes, or goes round; called where the head has come round.
    private mutating func passOldest(_ rounds: inout Int) {
        if self.tail != self.end {
            let place = self.tail
            let header = self.header(at: place)
            if header.nameBytes > 0 {
                let name = UnsafeRawBufferPointer(rebasing: self.bytes(at: place).prefix(header.nameBytes))
                let sought = self.sought(name.bytes, of: self.brands[header.brand])
                if header.isUsed, rounds < Self.maximumRounds {
                    rounds += 1
                    self.moveToHead(place, header, sought)
                } else {
                    self.remove(place, sought)
                }
            }
            self.tail += header.units
        }
        if self.tail == self.end {
            self.tail = 1
            self.end = nil
        }
    }

    /// There is room: what is between head and tail, and what the entry itself leaves.
    private mutating func moveToHead(_ place: Place, _ header: Header, _ sought: Sought) {
        guard let offset = self.indexOffset(of: place, sought.hash) else { return }
        memmove(self.ring + self.head * Self.unit, self.ring + place * Self.unit, header.units * Self.unit)
        var header = header
        header.isUsed = false
        self.setHeader(header, at: self.head)
        self.index.storeBytes(
            of: Self.tag(of: sought.hash) << 24 | UInt32(self.head), toByteOffset: offset, as: UInt32.self)
        self.head += header.units
    }
}
