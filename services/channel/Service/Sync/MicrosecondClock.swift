internal import Postgres

/// The time that waits and limits go by.
enum MicrosecondClock {
    /// In microseconds since 1970, by this machine's clock.
    static var now: Int64 { PostgresTimestamp.ofSystemClock.microseconds }
}
