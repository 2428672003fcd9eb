/// A migration as the database remembers it: one row of `schema_migration`.
public struct AppliedMigration: Hashable, Sendable {
    /// Its number.
    public let number: Int
    /// Its name then.
    public let name: String
    /// Its checksum then.
    public let checksum: String
    /// When it began: `2026-11-25T22:35:15Z`.
    public let appliedAt: String
    /// How long it took.
    public let durationMilliseconds: Int64
}

/// How far a database is, against what an executable knows.
public struct MigrationStatus: Hashable, Sendable {
    /// What is known of one number.
    public enum State: Hashable, Sendable {
        /// Both know it.
        case applied(AppliedMigration)
        /// Only the executable knows it.
        case pending
        /// Both know the number, but not the same SQL or name.
        case changed(AppliedMigration)
        /// Only the database knows it.
        case unknown(AppliedMigration)
    }

    /// One number.
    public struct Entry: Hashable, Sendable {
        /// The number.
        public let number: Int
        /// The name that the executable gives it, else the one in the database.
        public let name: String
        /// What is known of it.
        public let state: State
    }

    /// All numbers, in order.
    public let entries: [Entry]

    /// Compares what there is with what was applied.
    public init(_ set: MigrationSet, applied: [AppliedMigration]) {
        let rows = Dictionary(applied.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
        let known = set.migrations.map { migration in
            Entry(
                number: migration.number, name: migration.name,
                state: Self.state(of: migration, rows[migration.number]))
        }
        let unknown = applied.filter { $0.number > set.latest || $0.number < 1 }.sorted { $0.number < $1.number }
        self.entries = known + unknown.map { Entry(number: $0.number, name: $0.name, state: .unknown($0)) }
    }

    private static func state(of migration: Migration, _ row: AppliedMigration?) -> State {
        guard let row else { return .pending }
        return row.checksum == migration.checksum && row.name == migration.name ? .applied(row) : .changed(row)
    }

    /// The numbers that are still to be applied.
    public var pending: [Int] { self.entries.filter { $0.state == .pending }.map(\.number) }

    /// Whether the database has all that the executable knows, as the executable knows it.
    public var isUpToDate: Bool {
        self.entries.allSatisfy { entry in
            switch entry.state {
            case .applied, .unknown: true
            case .pending, .changed: false
            }
        }
    }

    /// The last number in the database, if the executable does not know it: a newer version has migrated it.
    public var newerNumber: Int? {
        guard let last = self.entries.last, case .unknown = last.state else { return nil }
        return last.number
    }

    /// Refuses a history that is not the executable's.
    ///
    /// - Throws: ``MigrationError`` with code `changed`.
    public func check() throws(MigrationError) {
        var firstPending: Entry?
        for entry in self.entries {
            switch entry.state {
            case .pending: firstPending = firstPending ?? entry
            case .changed(let row):
                throw MigrationError(
                    .changed,
                    """
                    the migration \(entry.number) (\(entry.name)) is not the one that was applied (\(row.name), \
                    checksum \(row.checksum)); restore it as it was, and make the change a new migration
                    """)
            case .applied, .unknown:
                guard let firstPending else { continue }
                throw MigrationError(
                    .changed,
                    """
                    the migration \(firstPending.number) (\(firstPending.name)) is missing in the database, which has \
                    \(entry.number) already; this is not the database of this service, or its table schema_migration \
                    was changed by hand
                    """)
            }
        }
    }
}

extension MigrationStatus: CustomStringConvertible {
    /// A table with one line for each number, and a last line that sums it up.
    public var description: String {
        let rows = self.entries.map { ["\($0.number)", $0.name] + Self.cells(of: $0.state) }
        let table = Self.table([["number", "name", "state", "applied at", "ms"]] + rows)
        return table + self.summary + "\n"
    }

    /// One line.
    public var summary: String {
        if self.entries.contains(where: { if case .changed = $0.state { true } else { false } }) {
            return "changed after it was applied"
        }
        let pending = self.pending.count
        if pending > 0 { return "\(pending) pending" }
        return self.newerNumber.map { "up to date; the database is newer (\($0))" } ?? "up to date"
    }

    private static func cells(of state: State) -> [String] {
        switch state {
        case .applied(let row): ["applied", row.appliedAt, "\(row.durationMilliseconds)"]
        case .pending: ["pending", "", ""]
        case .changed(let row): ["changed", row.appliedAt, "\(row.durationMilliseconds)"]
        case .unknown(let row): ["newer", row.appliedAt, "\(row.durationMilliseconds)"]
        }
    }

    private static func table(_ rows: [[String]]) -> String {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let padded = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return String(padded.joined(separator: "  ").reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }
}
