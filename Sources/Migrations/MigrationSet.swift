/// All migrations of one database, in order, without gaps.
public struct MigrationSet: Sendable {
    /// The most migrations: file names have four digits.
    public static let maximumCount = 9_999

    /// From the first to the last.
    public let migrations: [Migration]

    /// Checks migrations, which may come in any order.
    ///
    /// - Throws: ``MigrationError`` with code `invalidSet`, naming the migration and what is wrong with it.
    public init(_ migrations: [Migration]) throws(MigrationError) {
        for migration in migrations {
            if let problem = Self.problem(of: migration) { throw MigrationError(.invalidSet, problem) }
        }
        guard migrations.count <= Self.maximumCount else {
            throw MigrationError(.invalidSet, "more than \(Self.maximumCount) migrations")
        }
        let sorted = migrations.sorted { $0.number < $1.number }
        for (index, migration) in sorted.enumerated() where migration.number != index + 1 {
            let isTwice = index > 0 && sorted[index - 1].number == migration.number
            throw MigrationError(
                .invalidSet,
                isTwice
                    ? "the number \(migration.number) is given to both \(sorted[index - 1].name) and \(migration.name)"
                    : "the migration \(index + 1) is missing; the next is \(migration.number) (\(migration.name))")
        }
        self.migrations = sorted
    }

    /// The number of the last one; 0 if there is none.
    public var latest: Int { self.migrations.last?.number ?? 0 }

    private static func problem(of migration: Migration) -> String? {
        if let problem = migration.problem { return problem }
        let title = "the migration \(migration.number) (\(migration.name))"
        let isPlain = migration.name.utf8.allSatisfy {
            (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 95
        }
        guard (1...Self.maximumCount).contains(migration.number) else {
            return "\(title) must have a number from 1 to \(Self.maximumCount)"
        }
        guard isPlain, !migration.name.isEmpty else {
            return "\(title) must have a name of lower-case letters, digits, - and _"
        }
        let statements = migration.statements
        guard !statements.isEmpty else { return "\(title) holds no statement" }
        guard let control = statements.first(where: \.isTransactionControl) else { return nil }
        return """
            \(title) holds \(control.firstWord.uppercased()) in line \(control.line), but must leave transactions to \
            the migrator
            """
    }
}
