extension PostgresPool {
    /// Copies rows into a table, as a transaction of its own: all of them or none.
    ///
    /// The server's statement time-out counts for the COPY as a whole, the time in which the body produces included; a
    /// longer one belongs into a transaction that sets `statement_timeout` first.
    ///
    /// - Parameters:
    ///   - statement: One `COPY … FROM STDIN`, in any of its formats.
    ///   - body: Writes the rows. What it throws, or its cancellation, ends the COPY without effect.
    /// - Returns: How many rows were copied.
    /// - Throws: What the body throws, or ``PostgresError``, whose ``PostgresError/retry`` says what is at stake.
    public func copyIn(
        _ statement: PostgresStatement, _ body: (inout PostgresCopyWriter) async throws -> Void
    ) async throws -> Int {
        try await self.withCopy { try await $0.copyIn(statement, body) }
    }

    /// Copies typed rows into a table, as a transaction of its own: all of them or none.
    ///
    /// - Parameters:
    ///   - statement: One `COPY … FROM STDIN (FORMAT BINARY)`.
    ///   - body: Appends the rows. What it throws, or its cancellation, ends the COPY without effect.
    /// - Returns: How many rows were copied.
    public func copyRows(
        _ statement: PostgresStatement, _ body: (inout PostgresCopyRows) async throws -> Void
    ) async throws -> Int {
        try await self.withCopy { try await $0.copyRows(statement, body) }
    }

    /// Copies rows out, chunk by chunk.
    ///
    /// - Parameters:
    ///   - statement: One `COPY … TO STDOUT`.
    ///   - body: Reads the chunks. What it leaves is read and thrown away; when it throws, the COPY is cancelled and its
    ///     connection closed.
    public func copyOut<Value: Sendable>(
        _ statement: PostgresStatement, _ body: (PostgresCopyChunks) async throws -> Value
    ) async throws -> Value {
        try await self.withCopy { try await $0.copyOut(statement, body) }
    }

    private func withCopy<Value>(_ body: (CopySession) async throws -> Value) async throws -> Value {
        let session = CopySession(pool: self, lease: try await self.lease(), isCommitting: true)
        do {
            let value = try await body(session)
            self.giveBack(session.lease, isUsable: true)
            return value
        } catch {
            self.endCopy(session.lease)
            self.giveBack(session.lease, isUsable: true)
            throw error
        }
    }

    /// Closes a connection whose COPY did not come to its end.
    func endCopy(_ lease: PostgresLease) { self.reactor.run { self.core.endCopy(on: lease) } }
}

extension PostgresTransaction {
    /// Copies rows into a table within this transaction. See ``PostgresPool/copyIn(_:_:)``.
    public func copyIn(
        _ statement: PostgresStatement, _ body: (inout PostgresCopyWriter) async throws -> Void
    ) async throws -> Int {
        try await self.withCopy { try await $0.copyIn(statement, body) }
    }

    /// Copies typed rows into a table within this transaction. See ``PostgresPool/copyRows(_:_:)``.
    public func copyRows(
        _ statement: PostgresStatement, _ body: (inout PostgresCopyRows) async throws -> Void
    ) async throws -> Int {
        try await self.withCopy { try await $0.copyRows(statement, body) }
    }

    /// Copies rows out within this transaction. See ``PostgresPool/copyOut(_:_:)``; a body that throws ends the
    /// transaction, too.
    public func copyOut<Value: Sendable>(
        _ statement: PostgresStatement, _ body: (PostgresCopyChunks) async throws -> Value
    ) async throws -> Value {
        try await self.withCopy { try await $0.copyOut(statement, body) }
    }
}
