/// A brand's own part number. 1 to 64 bytes of UTF-8 without control characters, no space at either end; case matters.
public struct SKU: Hashable, Comparable, Sendable, CustomStringConvertible {
    let key: TextKey

    /// A SKU.
    ///
    /// - Throws: ``InvalidValue`` that says what would be valid.
    public init(_ text: String) throws(InvalidValue) {
        try checkName(text, "SKU")
        self.key = TextKey(text)
    }

    /// The text.
    public var description: String { self.key.text }

    /// Whether the left one comes first by bytes, as in the database.
    public static func < (left: SKU, right: SKU) -> Bool { left.key < right.key }
}

/// The name of a place that holds stock. The same rules as for a ``SKU``.
public struct LocationID: Hashable, Comparable, Sendable, CustomStringConvertible {
    let key: TextKey

    /// A location's name.
    ///
    /// - Throws: ``InvalidValue`` that says what would be valid.
    public init(_ text: String) throws(InvalidValue) {
        try checkName(text, "location")
        self.key = TextKey(text)
    }

    /// The text.
    public var description: String { self.key.text }

    /// Whether the left one comes first by bytes, as in the database.
    public static func < (left: LocationID, right: LocationID) -> Bool { left.key < right.key }
}

/// The name of a channel. The same rules as for a ``SKU``.
public struct ChannelID: Hashable, Comparable, Sendable, CustomStringConvertible {
    let key: TextKey

    /// A channel's name.
    ///
    /// - Throws: ``InvalidValue`` that says what would be valid.
    public init(_ text: String) throws(InvalidValue) {
        try checkName(text, "channel")
        self.key = TextKey(text)
    }

    /// The text.
    public var description: String { self.key.text }

    /// Whether the left one comes first by bytes, as in the database.
    public static func < (left: ChannelID, right: ChannelID) -> Bool { left.key < right.key }
}

/// What is printed on the units of a lot. The same rules as for a ``SKU``.
public struct LotID: Hashable, Comparable, Sendable, CustomStringConvertible {
    let key: TextKey

    /// A lot's name.
    ///
    /// - Throws: ``InvalidValue`` that says what would be valid.
    public init(_ text: String) throws(InvalidValue) {
        try checkName(text, "lot")
        self.key = TextKey(text)
    }

    /// The text.
    public var description: String { self.key.text }

    /// Whether the left one comes first by bytes, as in the database.
    public static func < (left: LotID, right: LotID) -> Bool { left.key < right.key }
}

/// The idempotency id of a command: 1 to 255 visible ASCII characters, chosen and saved by who sends it.
public struct CommandID: Hashable, Sendable, CustomStringConvertible {
    let key: TextKey

    /// A command's id.
    ///
    /// - Throws: ``InvalidValue`` that says what would be valid.
    public init(_ text: String) throws(InvalidValue) {
        try checkID(text, "command id")
        self.key = TextKey(text)
    }

    /// The text.
    public var description: String { self.key.text }
}

/// The id of a reservation: 1 to 255 visible ASCII characters, chosen and saved by who reserves.
public struct ReservationID: Hashable, Comparable, Sendable, CustomStringConvertible {
    let key: TextKey

    /// A reservation's id.
    ///
    /// - Throws: ``InvalidValue`` that says what would be valid.
    public init(_ text: String) throws(InvalidValue) {
        try checkID(text, "reservation id")
        self.key = TextKey(text)
    }

    /// The text.
    public var description: String { self.key.text }

    /// Whether the left one comes first by bytes, as in the database: the order in which reservations are locked.
    public static func < (left: ReservationID, right: ReservationID) -> Bool { left.key < right.key }
}

private func checkName(_ text: String, _ kind: String) throws(InvalidValue) {
    // Made where it is needed: most names are right.
    func wrong(_ reason: String) -> InvalidValue {
        let maximum = InventoryLimits.maximumNameBytes
        return InvalidValue(
            kind, reason, expected: "1 to \(maximum) bytes without control characters or space at either end")
    }
    let bytes = text.utf8
    guard let first = bytes.first, let last = bytes.last else { throw wrong("is empty") }
    guard bytes.count <= InventoryLimits.maximumNameBytes else { throw wrong("has \(bytes.count) bytes") }
    guard first != 0x20, last != 0x20, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
        throw wrong("has a control character, or a space at its end")
    }
}

private func checkID(_ text: String, _ kind: String) throws(InvalidValue) {
    func wrong(_ reason: String) -> InvalidValue {
        InvalidValue(kind, reason, expected: "1 to \(InventoryLimits.maximumIDBytes) visible ASCII characters")
    }
    let bytes = text.utf8
    guard !bytes.isEmpty else { throw wrong("is empty") }
    guard bytes.count <= InventoryLimits.maximumIDBytes else { throw wrong("has \(bytes.count) bytes") }
    guard bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw wrong("has another character") }
}
