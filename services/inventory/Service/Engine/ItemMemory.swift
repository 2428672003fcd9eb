internal import InventoryDomain
internal import Postgres

/// Items in a fixed room, packed. Those that were not asked for since they came go first.
///
/// Not safe from several threads at once; each operation takes constant time, seen over many.
struct ItemMemory: ~Copyable {
    /// What an item takes that has stock at one or two locations; at three, 128 or so.
    private static let commonEntryBytes = 96
    /// What an item may grow by until it must move.
    private static let spareBytes = 8
    private static let isLent: UInt32 = 1

    private var entries: KeyedRing
    private var locations = PackedItem.Locations()
    private var packed = PackedItem()

    /// - Parameter byteCount: Of all items together.
    /// - Returns: Nil where the system has no room for it.
    init?(byteCount: Int) {
        guard let entries = KeyedRing(byteCount: byteCount, entryBytes: Self.commonEntryBytes) else { return nil }
        self.entries = entries
    }

    /// How many items it has or has lent.
    var count: Int { self.entries.count }

    /// Takes items out, to be remembered again or given back; nil: it is not remembered, or lent already.
    mutating func take(_ keys: some Collection<StockKey>) -> [PlacedItem?] {
        var sought: [KeyedRing.Sought] = []
        sought.reserveCapacity(keys.count)
        for key in keys {
            sought.append(self.sought(key))
            self.entries.fetchBucket(sought[sought.count - 1])
        }
        for sought in sought { self.entries.fetchEntry(sought) }
        var items: [PlacedItem?] = []
        items.reserveCapacity(keys.count)
        for (key, sought) in zip(keys, sought) { items.append(self.take(key, sought)) }
        return items
    }

    private mutating func take(_ key: StockKey, _ sought: KeyedRing.Sought) -> PlacedItem? {
        guard let place = self.place(of: key, sought) else { return nil }
        var header = self.entries.header(at: place)
        guard header.mark & Self.isLent == 0 else { return nil }
        header.mark |= Self.isLent
        header.isUsed = true
        self.entries.setHeader(header, at: place)
        return PackedItem.unpack(UnsafeRawBufferPointer(self.entries.payload(at: place)), of: key.sku, self.locations)
    }

    /// Has an item be there again that was taken out and is as it was.
    mutating func giveBack(_ key: StockKey) {
        if let place = self.place(of: key, self.sought(key)) { self.giveBack(at: place) }
    }

    private mutating func giveBack(at place: KeyedRing.Place) {
        var header = self.entries.header(at: place)
        header.mark &= ~Self.isLent
        self.entries.setHeader(header, at: place)
    }

    /// Takes an item, in the place of what it was before.
    mutating func remember(_ item: PlacedItem, _ key: StockKey) {
        let sought = self.sought(key)
        let isPacked = self.packed.pack(item, &self.locations)
        if let place = self.place(of: key, sought) {
            let payload = self.entries.payload(at: place)
            if isPacked, self.packed.bytes.count <= payload.count {
                self.packed.bytes.withUnsafeBytes { payload.copyMemory(from: $0) }
                return self.giveBack(at: place)
            }
            self.entries.remove(place, sought)
        }
        guard isPacked else { return }
        let text = key.sku.description
        let payloadBytes = self.packed.bytes.count + Self.spareBytes
        let header = KeyedRing.Header(mark: 0, word: 0)
        guard let place = self.entries.insert(text.utf8.span.bytes, sought, payloadBytes: payloadBytes, header) else {
            return
        }
        self.packed.bytes.withUnsafeBytes { self.entries.payload(at: place).copyMemory(from: $0) }
    }

    /// Drops an item.
    mutating func forget(_ key: StockKey) {
        let sought = self.sought(key)
        if let place = self.place(of: key, sought) { self.entries.remove(place, sought) }
    }

    private mutating func sought(_ key: StockKey) -> KeyedRing.Sought {
        let text = key.sku.description
        return self.entries.sought(text.utf8.span.bytes, of: self.entries.brand(key.brand))
    }

    private func place(of key: StockKey, _ sought: KeyedRing.Sought) -> KeyedRing.Place? {
        let text = key.sku.description
        return self.entries.place(of: text.utf8.span.bytes, sought)
    }
}
