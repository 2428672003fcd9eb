/// What a shop keeps, found by a key.
public protocol ShopRecord: Codable, Sendable {
    /// What it is found by.
    associatedtype Key: Hashable & Codable & Sendable
    /// What it is found by.
    var recordKey: Key { get }
}

/// Records by their keys, with the keys of those that have changed since they were last written down.
public struct Table<Record: ShopRecord> {
    private(set) var rows: [Record.Key: Record] = [:]
    private var changed: Set<Record.Key> = []
    private var removed: Set<Record.Key> = []

    /// How many there are.
    public var count: Int { self.rows.count }
    /// All of them, in no order.
    public var values: Dictionary<Record.Key, Record>.Values { self.rows.values }
    /// One of them.
    public subscript(_ key: Record.Key) -> Record? { self.rows[key] }

    mutating func put(_ record: Record) {
        self.rows[record.recordKey] = record
        self.changed.insert(record.recordKey)
        self.removed.remove(record.recordKey)
    }

    mutating func remove(_ key: Record.Key) {
        guard self.rows.removeValue(forKey: key) != nil else { return }
        self.changed.remove(key)
        self.removed.insert(key)
    }

    /// What has changed; `nil` where nothing has. It counts as written down then.
    mutating func takeChange() -> TableChange<Record>? {
        guard !self.changed.isEmpty || !self.removed.isEmpty else { return nil }
        let change = TableChange(put: self.changed.compactMap { self.rows[$0] }, gone: Array(self.removed))
        self.changed.removeAll(keepingCapacity: true)
        self.removed.removeAll(keepingCapacity: true)
        return change
    }

    /// All records in parts of some size.
    func parts(of size: Int) -> [TableChange<Record>] {
        let all = Array(self.rows.values)
        return stride(from: 0, to: all.count, by: size).map { start in
            TableChange(put: Array(all[start..<min(start + size, all.count)]), gone: [])
        }
    }
}

/// What has changed in a table.
struct TableChange<Record: ShopRecord>: Codable, Sendable {
    var put: [Record]
    var gone: [Record.Key]

    private enum CodingKeys: String, CodingKey { case put, gone }

    init(put: [Record], gone: [Record.Key]) {
        self.put = put
        self.gone = gone
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.put = try container.decodeIfPresent([Record].self, forKey: .put) ?? []
        self.gone = try container.decodeIfPresent([Record.Key].self, forKey: .gone) ?? []
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        if !self.put.isEmpty { try container.encode(self.put, forKey: .put) }
        if !self.gone.isEmpty { try container.encode(self.gone, forKey: .gone) }
    }
}

extension Location: ShopRecord {
    /// Its number.
    public var recordKey: Int64 { self.id }
}
extension Product: ShopRecord {
    /// Its number.
    public var recordKey: Int64 { self.id }
}
extension Variant: ShopRecord {
    /// Its number.
    public var recordKey: Int64 { self.id }
}
extension Metafield: ShopRecord {
    /// Its number.
    public var recordKey: Int64 { self.id }
}
extension Order: ShopRecord {
    /// Its number.
    public var recordKey: Int64 { self.id }
}
extension WebhookSubscription: ShopRecord {
    /// Its number.
    public var recordKey: Int64 { self.id }
}
extension Delivery: ShopRecord {
    /// Its number.
    public var recordKey: Int64 { self.id }
}
extension Operation: ShopRecord {
    /// Its number.
    public var recordKey: Int64 { self.id }
}
extension Level: ShopRecord {
    /// Item and location.
    public struct Key: Hashable, Codable, Sendable {
        /// The item.
        public var itemID: Int64
        /// The location.
        public var locationID: Int64

        /// A key.
        public init(itemID: Int64, locationID: Int64) {
            self.itemID = itemID
            self.locationID = locationID
        }
    }

    /// Item and location.
    public var recordKey: Key { self.key }

    /// Item and location.
    public var key: Key { Key(itemID: self.itemID, locationID: self.locationID) }
}
