internal import Postgres
internal import Synchronization

/// What stands for one state of a row: no later state of it, nor of one that takes its place, has the same.
struct RowStamp: Hashable, Sendable {
    let version: Int64
    let changedAt: PostgresTimestamp
}

/// Values of connections' rows, kept in memory with their stamps.
///
/// A value is taken as it is for ``freshness``; after that the stamp is asked for, which is cheap, and only where it is
/// another one the value is read anew. A change by this process is seen at once, one by another process within
/// ``freshness``.
final class VersionedCache<Value: Sendable>: Sendable {
    /// A value with its stamp.
    struct Stamped: Sendable {
        let value: Value
        let stamp: RowStamp
    }

    private struct Entry {
        let stamped: Stamped
        var checkedAt: ContinuousClock.Instant
    }

    private struct State {
        var entries: [ConnectionKey: Entry] = [:]
        /// Counts what was dropped, so that what was read before is not kept after.
        var drops: UInt64 = 0
    }

    /// How long a value counts without a look at its stamp: a quarter of a second.
    private let freshness = Duration.milliseconds(250)
    /// The most values that are kept; with more, all are read anew.
    private let maximumEntries = 20_000
    private let state = Mutex(State())

    /// The value of a connection.
    ///
    /// - Parameters:
    ///   - stamp: Asks for the stamp that there is; nil: there is no row.
    ///   - read: Reads the value; nil: there is none.
    func value(
        of connection: ConnectionKey, stamp: () async throws -> RowStamp?, read: () async throws -> Stamped?
    ) async throws -> Value? {
        let now = ContinuousClock.now
        let (known, drops) = self.state.withLock { ($0.entries[connection], $0.drops) }
        if let known {
            if known.checkedAt.duration(to: now) < self.freshness { return known.stamped.value }
            if try await stamp() == known.stamped.stamp {
                self.keep(known.stamped, of: connection, checkedAt: now, drops: drops)
                return known.stamped.value
            }
        }
        guard let read = try await read() else {
            self.drop(connection)
            return nil
        }
        self.keep(read, of: connection, checkedAt: now, drops: drops)
        return read.value
    }

    /// Forgets the value of a connection, as it was changed.
    func drop(_ connection: ConnectionKey) {
        self.state.withLock {
            $0.entries[connection] = nil
            $0.drops &+= 1
        }
    }

    private func keep(
        _ stamped: Stamped, of connection: ConnectionKey, checkedAt: ContinuousClock.Instant, drops: UInt64
    ) {
        self.state.withLock { state in
            guard state.drops == drops else { return }
            if state.entries.count >= self.maximumEntries { state.entries = [:] }
            state.entries[connection] = Entry(stamped: stamped, checkedAt: checkedAt)
        }
    }
}
