public import SandboxJSON

/// What only one platform knows, such as an offer of eBay's, as that platform's part of the sandbox writes it.
public struct PlatformRecord: Codable, Sendable, Hashable {
    /// What it is found by.
    public struct Key: Codable, Sendable, Hashable {
        /// What it is, such as `offer`.
        public var kind: String
        /// Which of its kind.
        public var name: String

        /// A key.
        public init(_ kind: String, _ name: String) {
            self.kind = kind
            self.name = name
        }
    }

    /// What it is found by.
    public var key: Key
    /// Its place among those of its kind: the order in which they were made.
    public var number: Int64
    /// What is known.
    public var value: JSONValue

    /// A record.
    public init(_ key: Key, number: Int64, value: JSONValue) {
        self.key = key
        self.number = number
        self.value = value
    }

    private enum CodingKeys: String, CodingKey { case key, number, value }

    /// Reads the value from its text.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.key = try container.decode(Key.self, forKey: .key)
        self.number = try container.decode(Int64.self, forKey: .number)
        self.value = try JSONValue(json: try container.decode(String.self, forKey: .value))
    }

    /// Writes the value as text, so that its numbers stay what they are.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.key, forKey: .key)
        try container.encode(self.number, forKey: .number)
        try container.encode(self.value.jsonText, forKey: .value)
    }
}

extension PlatformRecord: ShopRecord {
    /// What it is found by.
    public var recordKey: Key { self.key }
}

extension ShopState {
    /// What a platform knows of something; `nil` where it knows nothing.
    public func value(_ kind: String, _ name: String) -> JSONValue? { self.records[.init(kind, name)]?.value }

    /// Keeps what a platform knows of something, in its place where it is known already.
    public func keep(_ value: JSONValue, _ kind: String, _ name: String) {
        let key = PlatformRecord.Key(kind, name)
        self.put(PlatformRecord(key, number: self.records[key]?.number ?? self.nextID(), value: value))
    }

    /// Forgets what a platform knows of something.
    public func forget(_ kind: String, _ name: String) {
        if let record = self.records[.init(kind, name)] { self.remove(record) }
    }

    /// All records of a kind, the oldest first.
    public func records(of kind: String) -> [PlatformRecord] {
        (self.index.recordNames[kind] ?? []).compactMap { self.records[.init(kind, $0.name)] }
    }
}
