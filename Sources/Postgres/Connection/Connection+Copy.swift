internal import CPostgres

// MARK: - COPY

/// libpq knows no COPY in pipeline mode, so the pipeline is left for it. The connection must be the caller's alone.
extension Connection {
    /// What a chunk of rows holds, in bytes; more only for a row that is longer by itself.
    static let copyChunkBytes = 65_536

    /// Takes the next step of a COPY. One at a time; its answer is to be there by the deadline.
    func copy(_ step: CopyOperation.Step, deadline: UInt64, completion: @escaping CopyOperation.Completion) {
        if case .start(let statement, let direction, let isCommitting) = step {
            let copy = CopyOperation(direction, isCommitting: isCommitting)
            copy.wait(until: deadline, completion)
            return self.start(copy, statement)
        }
        guard let copy = self.copy, !copy.isAwaited else {
            return completion(.failure(PostgresError(.server, "no COPY runs, or it is used twice at a time")))
        }
        if let outcome = copy.outcome {
            self.copy = nil
            return completion(outcome)
        }
        copy.wait(until: deadline, completion)
        switch step {
        case .start: break
        case .write(let bytes): self.write(bytes, copy)
        case .finish: self.endSending(copy, isComplete: true)
        case .giveUp: self.endSending(copy, isComplete: false)
        case .read: self.read(copy)
        }
    }

    /// Its user has gone: closes the connection if rows are still to come, or to be sent.
    func endCopy() {
        guard let copy = self.copy else { return }
        self.copy = nil
        guard copy.outcome == nil else { return }
        self.cancel()
        self.close(.connectionLost("its COPY was left before its end", mayHaveCommitted: false))
    }

    private func start(_ copy: CopyOperation, _ statement: PostgresStatement) {
        guard self.state == .ready, self.machine.isEmpty, self.raw == nil, self.copy == nil,
            PQexitPipelineMode(self.handle) == 1, PQsendQuery(self.handle, statement.text) == 1
        else {
            let error = PostgresError.connectionLost("the connection is not free for COPY", mayHaveCommitted: false)
            return copy.complete(.failure(error))
        }
        self.copy = copy
        self.flush()
    }

    // MARK: To the server

    private func write(_ bytes: [UInt8], _ copy: CopyOperation) {
        self.endIfFailed(copy)
        // After an error there may still be answers to come; the first of them says why.
        guard self.state == .ready, copy.isStreaming else { return }
        let status = bytes.withUnsafeBytes { bytes in
            PQputCopyData(
                self.handle, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(clamping: bytes.count))
        }
        guard status == 1 else { return self.closeAsLost() }
        self.continueWriting(copy)
    }

    private func continueWriting(_ copy: CopyOperation) {
        self.flush()
        guard self.state == .ready, copy.isStreaming, !self.isWaitingToWrite else { return }
        copy.complete(.success(.written))
    }

    private func endSending(_ copy: CopyOperation, isComplete: Bool) {
        guard copy.isStreaming || copy.machine.phase == .starting else { return }
        copy.machine.sentEnd(isComplete: isComplete)
        guard PQputCopyEnd(self.handle, isComplete ? nil : "the client gave up") == 1 else {
            return self.closeAsLost()
        }
        self.flush()
        if self.state == .ready { self.takeAnswers() }
    }

    // MARK: From the server

    private func read(_ copy: CopyOperation) {
        guard copy.isStreaming else { return }
        // What TLS has decrypted does not make the socket readable.
        guard self.consumeInput() else { return self.closeAsLost() }
        self.giveChunk(copy)
    }

    /// Gives whole rows, as many as there are up to a chunk; nothing more is read until they are taken.
    private func giveChunk(_ copy: CopyOperation) {
        var chunk: [UInt8] = []
        while chunk.count < Self.copyChunkBytes {
            var row: UnsafeMutablePointer<CChar>?
            let count = PQgetCopyData(self.handle, &row, 1)
            if count > 0, let row {
                chunk.append(contentsOf: UnsafeRawBufferPointer(start: row, count: Int(count)))
                PQfreemem(row)
            } else if count == 0 {
                break
            } else if count == -1 {
                copy.machine.receivedLast()
                break
            } else {
                return self.closeAsLost()
            }
        }
        self.setReading(chunk.isEmpty || !copy.isStreaming)
        if !chunk.isEmpty { copy.complete(.success(.chunk(chunk))) }
        if !copy.isStreaming { self.takeAnswers() }
    }

    // MARK: What comes

    /// The socket is ready while rows go one way or the other.
    func copyReady(_ readiness: PostgresReactor.Readiness, _ copy: CopyOperation) {
        switch copy.machine.direction {
        case .toServer:
            if readiness.canRead { self.answeredEarly(copy) }
            if self.state == .ready, copy.isStreaming, self.isWaitingToWrite { self.continueWriting(copy) }
        case .fromServer:
            guard copy.isAwaited else {
                // Nobody reads now, so this can only be the connection's end.
                if readiness.hasFailed { self.closeAsLost() }
                return
            }
            guard self.consumeInput() else { return self.closeAsLost() }
            self.giveChunk(copy)
        }
    }

    /// The server says something before the rows are at their end: a notice, a notification, or an error.
    ///
    /// libpq keeps an error to itself until the rows are at their end, while the server throws them away. So what is
    /// neither of the others is taken for one, unless the next write finds that it was the beginning of one of them.
    private func answeredEarly(_ copy: CopyOperation) {
        let noticesBefore = self.notices.count
        guard self.consumeInput(), PQstatus(self.handle) == CONNECTION_OK else { return self.closeAsLost() }
        _ = PQisBusy(self.handle)
        let isOther = self.takeNotifications() || self.notices.count != noticesBefore
        copy.isSuspectedToHaveFailed = !isOther
    }

    /// Ends a COPY whose error seems to have come, and then libpq tells it.
    private func endIfFailed(_ copy: CopyOperation) {
        guard copy.isSuspectedToHaveFailed else { return }
        self.answeredEarly(copy)
        if self.state == .ready, copy.isSuspectedToHaveFailed { self.endSending(copy, isComplete: false) }
    }

    func take(_ result: OpaquePointer, of copy: CopyOperation) {
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_COPY_IN: self.handle(copy.machine.received(.start(.toServer, Self.format(result))), copy)
        case PGRES_COPY_OUT: self.handle(copy.machine.received(.start(.fromServer, Self.format(result))), copy)
        case PGRES_COPY_BOTH: self.closeAsLost()
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            let rows = PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
            self.handle(copy.machine.received(.done(rows: rows)), copy)
        default:
            let error = PostgresError(result: result)
            // libpq's own words for a lost connection.
            if error.code == .connectionLost { return self.closeAsLost() }
            self.handle(copy.machine.received(.error(error)), copy)
        }
    }

    func endAnswers(of copy: CopyOperation) {
        self.setReading(true)
        guard PQenterPipelineMode(self.handle) == 1 else { return self.closeAsLost() }
        self.handle(copy.machine.received(.end), copy)
    }

    private func handle(_ action: CopyMachine.Action, _ copy: CopyOperation) {
        switch action {
        case .none: break
        case .tellStarted(let format):
            if copy.machine.direction == .fromServer { self.setReading(false) }
            copy.complete(.success(.started(format)))
        case .refuse: self.endSending(copy, isComplete: false)
        case .close(let error): self.close(error)
        case .tellEnded(let rows): self.end(copy, .success(.ended(rows: rows)))
        case .tellFailed(let error): self.end(copy, .failure(error))
        }
    }

    /// Who does not wait now asks later, and is told then.
    private func end(_ copy: CopyOperation, _ result: Result<CopyOperation.Answer, PostgresError>) {
        if copy.isAwaited { self.copy = nil }
        copy.end(result)
    }

    private static func format(_ result: OpaquePointer) -> CopyMachine.Format {
        CopyMachine.Format(isBinary: PQbinaryTuples(result) == 1, columns: Int(PQnfields(result)))
    }
}
