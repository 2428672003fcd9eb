/// How far a connection's platform was asked to send its notifications, and when that is looked after next. Has no clock: all
/// times are given, in microseconds since 1970.
public struct SubscriptionState: Hashable, Sendable {
    /// How long a subscription is believed to be there before it is looked after, in microseconds: a day.
    public static let checkMicroseconds: Int64 = 86_400_000_000
    /// By how much of that single connections are early, so that not all of them ask at once.
    public static let spreadMicroseconds: Int64 = 3_600_000_000
    /// How long is waited before what a platform does not take is asked again, in microseconds: an hour. A change of the
    /// connection is tried at once.
    public static let refusedMicroseconds: Int64 = 3_600_000_000

    /// Where the platform was last asked to send them; empty: it never was.
    public var address: String
    /// The version of the connection as it was then.
    public var version: Int64
    /// The platform's names of what it sends there.
    public var topics: [String]
    /// When it was last found, or made, to send all of them; nil: never to this address.
    public var subscribedAt: Int64?
    /// When it is looked after next.
    public var dueAt: Int64
    /// How often it failed in a row.
    public var tries: Int64
    /// Of the last try; empty: it did not fail.
    public var error: String

    /// A state as it was kept, or of a connection whose platform never was asked.
    public init(
        address: String = "", version: Int64 = 0, topics: [String] = [], subscribedAt: Int64? = nil, dueAt: Int64 = 0,
        tries: Int64 = 0, error: String = ""
    ) {
        self.address = address
        self.version = version
        self.topics = topics
        self.subscribedAt = subscribedAt
        self.dueAt = dueAt
        self.tries = tries
        self.error = error
    }

    /// Whether it says something of this address and of the connection as it is now.
    public func isOf(_ address: String, version: Int64) -> Bool { self.address == address && self.version == version }

    /// When the platform is to be asked next; 0: at once, as it was not asked for this address or before the connection was
    /// changed.
    public func due(for address: String, version: Int64) -> Int64 {
        self.isOf(address, version: version) ? self.dueAt : 0
    }

    /// The platform sends what it was asked for.
    ///
    /// - Parameter chance: From 0 to 1, even.
    public mutating func subscribed(
        to address: String, version: Int64, topics: [String], at now: Int64, chance: Double
    ) {
        let early = Int64(Double(Self.spreadMicroseconds) * min(max(chance, 0), 1))
        self = SubscriptionState(
            address: address, version: version, topics: topics, subscribedAt: now,
            dueAt: now + Self.checkMicroseconds - early)
    }

    /// Why a platform does not send them, in terms of when to ask again.
    public enum Failure: Hashable, Sendable {
        /// It failed: it is asked again after longer and longer pauses.
        case passing
        /// It asks us to wait for so many milliseconds, which counts as no try.
        case throttled(milliseconds: Int64)
        /// It does not take what it is asked.
        case refused
    }

    /// It does not send them, or is not known to.
    ///
    /// - Parameters:
    ///   - text: What it said, for people; no secret in it.
    ///   - chance: From 0 to 1, even.
    public mutating func failed(
        _ failure: Failure, _ text: String, to address: String, version: Int64, at now: Int64, chance: Double
    ) {
        if self.address != address { (self.topics, self.subscribedAt, self.tries) = ([], nil, 0) }
        (self.address, self.version, self.error) = (address, version, text)
        switch failure {
        case .throttled(let milliseconds):
            self.dueAt =
                now + min(
                    max(milliseconds, InboundLimits.shortestPauseMilliseconds),
                    InboundLimits.longestAskedMilliseconds) * 1_000
        case .passing:
            self.tries += 1
            self.dueAt =
                now + Backoff.milliseconds(tries: Int(clamping: self.tries), asked: nil, chance: chance) * 1_000
        case .refused:
            self.tries += 1
            self.dueAt = now + Self.refusedMicroseconds
        }
    }
}
