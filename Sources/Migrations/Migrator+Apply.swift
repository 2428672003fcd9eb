internal import Postgres

extension Migrator {
    /// Runs a body while this process alone may migrate the database.
    ///
    /// The lock belongs to a transaction that does nothing else, so it is gone with this process. Asked for again and
    /// again instead of waited for: a statement that waits holds a snapshot, for which `CREATE INDEX CONCURRENTLY` in the
    /// process that has the lock would wait in turn.
    func withLock(_ pool: PostgresPool, _ body: () async throws -> Void) async throws {
        let start = ContinuousClock.now
        var isTold = false
        while try await !self.runIfLocked(pool, body) {
            guard ContinuousClock.now - start < .milliseconds(self.limits.waitMilliseconds) else {
                throw MigrationError(
                    .busy,
                    """
                    another process has been migrating this database for \(self.limits.waitMilliseconds / 1_000) s; \
                    start again when it is done
                    """)
            }
            if !isTold { self.progress(.waiting) }
            isTold = true
            try await Task.sleep(for: .milliseconds(Int.random(in: Self.pauseMilliseconds)))
        }
    }

    private func runIfLocked(_ pool: PostgresPool, _ body: () async throws -> Void) async throws -> Bool {
        try await pool.withTransaction { transaction in
            guard try await transaction.query(Self.tryLock, Self.lockKey).first?.decode(Bool.self) == true else {
                return false
            }
            // Sent as a simple query, which also closes the portal of the one before and lets go of its snapshot.
            try await transaction.runScript("set local idle_in_transaction_session_timeout = 0")
            try await body()
            return true
        }
    }

    /// Applies one migration, again as long as it does not get its locks.
    ///
    /// - Returns: How long the try that succeeded took, in milliseconds.
    func apply(_ migration: Migration, _ pool: PostgresPool) async throws -> Int64 {
        for nextTry in 2...max(self.limits.lockTries, 1) + 1 {
            do {
                return try await self.applyOnce(migration, pool)
            } catch let error as MigrationError where Self.isAboutLocks(error) {
                guard nextTry <= self.limits.lockTries else { break }
                self.progress(.retrying(migration, nextTry: nextTry))
                try await Task.sleep(for: .milliseconds(Int.random(in: Self.pauseMilliseconds)))
            }
        }
        throw MigrationError(
            .busy,
            """
            the migration \(migration.number) (\(migration.name)) did not get its locks in \(self.limits.lockTries) \
            tries of \(self.limits.lockMilliseconds) ms; end the long transaction that holds them (pg_stat_activity \
            shows it) and start again
            """)
    }

    private static func isAboutLocks(_ error: MigrationError) -> Bool {
        error.cause?.sqlState == .lockNotAvailable || error.cause?.sqlState == .deadlockDetected
    }

    private func applyOnce(_ migration: Migration, _ pool: PostgresPool) async throws -> Int64 {
        migration.isTransactional
            ? try await self.applyAsOne(migration, pool) : try await self.applyOneByOne(migration, pool)
    }

    /// The row comes first: should the lock be lost with its connection, another process waits here until this
    /// transaction has ended, and then finds the migration applied.
    private func applyAsOne(_ migration: Migration, _ pool: PostgresPool) async throws -> Int64 {
        try await pool.withTransaction { transaction in
            let isNew: Bool
            do throws(PostgresError) {
                _ = try await transaction.query(Self.limitLocks, "\(self.limits.lockMilliseconds)")
                isNew = try await transaction.query(Self.claim, for: migration).count == 1
            } catch {
                throw MigrationError(migration, line: 1, error)
            }
            guard isNew else { return 0 }
            for statement in migration.statements {
                do throws(PostgresError) {
                    try await transaction.runScript(statement.text)
                } catch {
                    throw MigrationError(migration, line: statement.line(at: error.position), error)
                }
            }
            let rows = try await transaction.query(Self.finish, Int32(migration.number))
            return try rows.first?.decode(Int64.self) ?? 0
        }
    }

    private func applyOneByOne(_ migration: Migration, _ pool: PostgresPool) async throws -> Int64 {
        let start = ContinuousClock.now
        for statement in migration.statements {
            do throws(PostgresError) {
                try await pool.runScript(statement.text)
            } catch {
                throw MigrationError(migration, line: statement.line(at: error.position), error)
            }
        }
        let milliseconds = Int64((ContinuousClock.now - start) / .milliseconds(1))
        _ = try await pool.query(
            Self.record, Int32(migration.number), migration.name, migration.checksum, milliseconds)
        return milliseconds
    }

    private static let tryLock = PostgresStatement("select pg_try_advisory_xact_lock($1)")

    /// Beside the limit of locks, the server looks every second whether this process still lives: a statement of one that
    /// was killed would keep its locks until it ends.
    private static let limitLocks = PostgresStatement(
        """
        select set_config('lock_timeout', $1, true), set_config('client_connection_check_interval', '1000', true)
        """)

    private static let claim = PostgresStatement(
        """
        insert into schema_migration (number, name, checksum, applied_at, duration)
        values ($1, $2, $3, clock_timestamp(), '0')
        on conflict (number) do nothing returning number
        """)

    private static let finish = PostgresStatement(
        """
        update schema_migration set duration = clock_timestamp() - applied_at where number = $1
        returning (extract(epoch from duration) * 1000)::bigint
        """)

    private static let record = PostgresStatement(
        """
        insert into schema_migration (number, name, checksum, applied_at, duration)
        values ($1, $2, $3, now() - $4 * interval '1 millisecond', $4 * interval '1 millisecond')
        on conflict (number) do nothing
        """)
}

extension PostgresTransaction {
    fileprivate func query(
        _ statement: PostgresStatement, for migration: Migration
    ) async throws(PostgresError) -> PostgresRows {
        try await self.query(statement, Int32(migration.number), migration.name, migration.checksum)
    }
}
