/// The limits of a connection. The defaults are those of `docs/wire.md`, section 9.
public struct WireLimits: Hashable, Sendable {
    /// HELLO's magic, the letters DRLN.
    public static let magic: UInt32 = 0x4452_4C4E
    /// The version of the protocol that this implementation speaks.
    public static let version: UInt32 = 1
    /// The highest stream id.
    public static let maximumStreamID: UInt32 = 0x7FFF_FFFF
    /// The highest number of a caller.
    public static let maximumCallers: UInt32 = 4_096
    /// The metadata pairs of a frame.
    public static let maximumMetadataPairs = 64
    /// Where a message is cut into fragments, so that none holds up a connection: what every peer accepts beside the
    /// largest meta.
    public static let fragmentBytes =
        Int(WireLimits.minimumFrameLimitBytes) - Int(FrameHeader.minimumLength) - Int(UInt16.max)
    /// The highest credit that a stream can have.
    public static let maximumCredit = Int(Int32.max)

    /// The largest `length` of a frame that is accepted. 131,072 to 16,777,215.
    public var maximumFrameBytes: UInt32
    /// The largest message that is accepted, after its fragments are joined.
    public var maximumMessageBytes: UInt32
    /// The streams that may be open at once.
    public var maximumStreams: UInt32
    /// The credit that each stream starts with. At least 262,144, so that the largest frame always fits.
    public var initialCreditBytes: UInt32
    /// The CANCEL frames that are accepted in a second.
    public var maximumCancelsPerSecond: UInt32
    /// The PING frames that are accepted in a second without another frame between them.
    public var maximumPingsPerSecond: UInt32
    /// What may wait to be written before the connection is given up.
    public var maximumQueuedBytes: Int

    /// The defaults.
    public init(
        maximumFrameBytes: UInt32 = WireLimits.minimumFrameLimitBytes,
        maximumMessageBytes: UInt32 = 4_194_304,
        maximumStreams: UInt32 = 4_096,
        initialCreditBytes: UInt32 = WireLimits.minimumInitialCreditBytes,
        maximumCancelsPerSecond: UInt32 = 10_000,
        maximumPingsPerSecond: UInt32 = 10,
        maximumQueuedBytes: Int = 16_777_216
    ) {
        precondition(
            (WireLimits.minimumFrameLimitBytes..<1 << 24).contains(maximumFrameBytes),
            "a frame limit of \(maximumFrameBytes) bytes is outside 131072..<16777216"
        )
        precondition(
            (WireLimits.minimumInitialCreditBytes...UInt32(Int32.max)).contains(initialCreditBytes),
            "an initial credit of \(initialCreditBytes) bytes is outside 262144...2147483647"
        )
        precondition(maximumMessageBytes > 0, "a message limit must not be zero")
        precondition(maximumStreams > 0, "a stream limit must not be zero")
        self.maximumFrameBytes = maximumFrameBytes
        self.maximumMessageBytes = maximumMessageBytes
        self.maximumStreams = maximumStreams
        self.initialCreditBytes = initialCreditBytes
        self.maximumCancelsPerSecond = maximumCancelsPerSecond
        self.maximumPingsPerSecond = maximumPingsPerSecond
        self.maximumQueuedBytes = maximumQueuedBytes
    }

    /// The frame limit that every implementation accepts, and that holds until HELLO has arrived.
    public static let minimumFrameLimitBytes: UInt32 = 131_072
    /// The credit that every implementation grants, and that holds until HELLO has arrived.
    public static let minimumInitialCreditBytes: UInt32 = 262_144
}

/// What a peer announced in its HELLO, or is assumed to accept before.
public struct PeerLimits: Hashable, Sendable {
    /// The largest `length` of a frame that the peer accepts.
    public var maximumFrameBytes: UInt32
    /// The largest message that the peer accepts.
    public var maximumMessageBytes: UInt32
    /// The streams that the peer lets be open at once.
    public var maximumStreams: UInt32
    /// The credit that each stream starts with towards the peer.
    public var initialCreditBytes: UInt32

    /// What HELLO says; zeros stand for the defaults, and values that are too small to be allowed for the least
    /// allowed.
    public init(
        maximumFrameBytes: UInt32 = 0,
        maximumMessageBytes: UInt32 = 0,
        maximumStreams: UInt32 = 0,
        initialCreditBytes: UInt32 = 0
    ) {
        let defaults = WireLimits()
        self.maximumFrameBytes = min(max(maximumFrameBytes, defaults.maximumFrameBytes), 1 << 24 - 1)
        self.maximumMessageBytes = maximumMessageBytes == 0 ? defaults.maximumMessageBytes : maximumMessageBytes
        self.maximumStreams = maximumStreams == 0 ? defaults.maximumStreams : maximumStreams
        self.initialCreditBytes = min(max(initialCreditBytes, defaults.initialCreditBytes), UInt32(Int32.max))
    }
}
