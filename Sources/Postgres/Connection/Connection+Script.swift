internal import CPostgres

// MARK: - Scripts

extension Connection {
    /// Several statements as one text, outside of the pipeline.
    struct RawOperation {
        var completion: (Result<Void, PostgresError>) -> Void
        var error: PostgresError?
    }

    /// Runs a text of several statements, in one transaction unless it says otherwise.
    ///
    /// The connection must be idle and the caller's alone.
    func runScript(_ text: String, completion: @escaping (Result<Void, PostgresError>) -> Void) {
        guard self.state == .ready, self.machine.isEmpty, self.raw == nil, PQexitPipelineMode(self.handle) == 1,
            PQsendQuery(self.handle, text) == 1
        else {
            completion(.failure(.connectionLost("the connection is not free for a script", mayHaveCommitted: false)))
            return
        }
        self.raw = RawOperation(completion: completion)
        self.flush()
    }

    func takeRaw(_ result: OpaquePointer) {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: break
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            PQclear(result)
            return self.close(PostgresError(.server, "COPY does not belong into a script"))
        default:
            let error = self.raw?.error ?? PostgresError(result: result)
            self.raw?.error = error
        }
        PQclear(result)
    }

    func endRaw() {
        guard let raw = self.raw else { return }
        self.raw = nil
        guard PQenterPipelineMode(self.handle) == 1 else {
            raw.completion(.failure(.connectionLost("no way back to the pipeline", mayHaveCommitted: true)))
            return self.closeAsLost()
        }
        raw.completion(raw.error.map { .failure($0) } ?? .success(()))
    }
}
