/// Limits of reading what platforms hold and ship.
public enum FulfilledStockLimits {
    /// From one reading to the next, in milliseconds: a quarter of an hour.
    public static let pollMilliseconds: Int64 = 900_000
    /// How long a connection that has nothing to be read is left alone, in milliseconds.
    public static let idleMilliseconds: Int64 = 60_000
    /// The connections that a process reads at once: a reading is in memory until its last page is there.
    public static let pollsAtOnce = 4
    /// The pages of a reading.
    public static let pages = 10_000
    /// The platform's SKUs of a reading.
    public static let rows = 500_000
    /// The SKUs that are set by one call.
    public static let rowsPerCall: Int64 = 500
}
