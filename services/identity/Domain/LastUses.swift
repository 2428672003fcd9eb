/// When keys were last used, until that is written down.
///
/// A key that is used all the time is written once a minute: whether somebody still uses it is all that people want to
/// know. What is lost with the process is at most a minute.
public struct LastUses: Sendable {
    /// How finely a key's last use is known, in microseconds: one that was written less than this ago is not noted.
    public static let resolutionMicroseconds: Int64 = 60_000_000
    /// The keys that may wait to be written; uses of further ones are noted when they are used again.
    public static let maximumWaiting = 16_384

    private var waiting: [KeyID: Int64] = [:]

    /// Nothing waits.
    public init() {}

    /// Notes a use.
    ///
    /// - Parameters:
    ///   - written: What was read of the key's last use; `nil`: it was never used.
    ///   - now: Microseconds since 1970-01-01 00:00 UTC.
    public mutating func used(_ key: KeyID, written: Int64?, now: Int64) {
        if let written, now - written < Self.resolutionMicroseconds { return }
        guard self.waiting[key] != nil || self.waiting.count < Self.maximumWaiting else { return }
        self.waiting[key] = max(now, self.waiting[key] ?? now)
    }

    /// Takes what waits, in ascending order of bucket and id: the order in which rows are locked.
    public mutating func take() -> [(key: KeyID, at: Int64)] {
        defer { self.waiting = [:] }
        return self.waiting.map { (key: $0.key, at: $0.value) }.sorted {
            ($0.key.bucketNumber, $0.key.high, $0.key.low) < ($1.key.bucketNumber, $1.key.high, $1.key.low)
        }
    }

    /// Puts back what could not be written; what was used again meanwhile stays as it is.
    public mutating func putBack(_ uses: [(key: KeyID, at: Int64)]) {
        for use in uses { self.used(use.key, written: nil, now: use.at) }
    }
}
