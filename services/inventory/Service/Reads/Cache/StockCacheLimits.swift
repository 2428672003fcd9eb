internal import ServiceKit

/// How long the cache may be believed.
///
/// The bound is kept by ``CacheFreshness``: whoever does not know that all changes up to so long ago have been settled in the
/// cache does not ask it. The times to live are the backstop behind that.
struct StockCacheLimits: Sendable {
    /// How much older than the last acknowledged write an answer may be, in milliseconds.
    static let staleMilliseconds: Int64 = 5_000

    /// As above; another one in tests.
    var staleMilliseconds = Self.staleMilliseconds
    /// How long an item stays after it was read from the database, in milliseconds, however often it is changed.
    var itemMilliseconds = 600_000
    /// How long a token stands, in milliseconds: longer than reading an item takes, but not as long as anybody would notice
    /// that an item is not kept.
    var tokenMilliseconds = 5_000
    /// How long the follower waits without having been woken, in milliseconds.
    var pollMilliseconds: Int64 = 1_000
    /// How long the follower lets changes gather, in milliseconds.
    var gatherMilliseconds: Int64 = 100
    /// Keys that one command or script goes through; while it does, Redis does nothing else.
    var keysPerCommand = 64
    /// What is kept in this process in front of Redis, in bytes: 128 MiB at the most; 0: nothing.
    var nearBytes = Self.nearMebibytes << 20

    /// The default of ``nearSetting``: two million SKUs with stock at three locations.
    static let nearMebibytes = 128
}

extension StockCacheLimits {
    /// The setting of what is kept in the process.
    static let nearSetting = Setting.integer(
        "near-cache-mib", default: nearMebibytes, in: 0...nearMebibytes, unit: "MiB",
        "The memory for answers to reads of stock that are kept in front of Redis; 0: none.")

    /// The limits that a service is configured with.
    init(_ configuration: ServiceConfiguration) { self.nearBytes = configuration[Self.nearSetting] << 20 }
}
