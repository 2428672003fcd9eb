internal import CPostgres

// MARK: - Opening and closing

extension Connection {
    func continueConnecting() {
        let status = PQconnectPoll(self.handle)
        switch status {
        case PGRES_POLLING_OK: self.connected()
        case PGRES_POLLING_FAILED: self.closeAsRefused()
        default: self.watchConnecting(status)
        }
    }

    /// libpq may have gone on to another address, and so to another socket.
    func watchConnecting(_ status: PostgresPollingStatusType) {
        let current = PQsocket(self.handle)
        if self.descriptor >= 0 { self.reactor.unregister(self.descriptor) }
        self.descriptor = current
        guard current >= 0 else { return self.closeAsRefused() }
        self.reactor.register(current) { [weak self] readiness in self?.ready(readiness) }
        let reads = status == PGRES_POLLING_READING
        self.reactor.watch(current, forReading: reads, forWriting: !reads)
    }

    private func connected() {
        guard PQsetnonblocking(self.handle, 1) == 0, PQenterPipelineMode(self.handle) == 1 else {
            return self.closeAsRefused()
        }
        if let timer = self.connectTimer { self.reactor.timers.cancel(timer) }
        PQsetErrorVerbosity(self.handle, PQERRORS_DEFAULT)
        // The connection owns both the count and libpq's handle, so the pointer is good as long as libpq uses it.
        let notices = Unmanaged.passUnretained(self.notices).toOpaque()
        PQsetNoticeProcessor(
            self.handle,
            { notices, _ in
                guard let notices else { return }
                Unmanaged<NoticeCount>.fromOpaque(notices).takeUnretainedValue().count += 1
            }, notices)
        self.state = .ready
        self.reactor.watch(self.descriptor, forReading: true, forWriting: false)
        self.events.connected()
    }

    private func closeAsRefused() {
        self.close(PostgresError(refusal: String(cString: PQerrorMessage(self.handle))))
    }

    func closeAsLost() {
        let message = String(cString: PQerrorMessage(self.handle)).trimmed
        self.close(
            .connectionLost(message.isEmpty ? "the server closed the connection" : message, mayHaveCommitted: true))
    }

    /// Closes at once. What is not answered fails by what is at stake for it.
    func close(_ error: PostgresError) {
        guard self.state != .closed else { return }
        self.state = .closed
        if let timer = self.connectTimer { self.reactor.timers.cancel(timer) }
        if self.descriptor >= 0 { self.reactor.unregister(self.descriptor) }
        PQfinish(self.handle)
        let lost = self.flights
        self.flights = [:]
        for (_, flight) in lost.sorted(by: { $0.key < $1.key }) { flight.lost(error.message, isSent: true) }
        self.raw?.completion(.failure(.connectionLost(error.message, mayHaveCommitted: true)))
        self.raw = nil
        // Kept, so that a step that is asked for later is told how it ended.
        self.copy?.lost(error.message)
        self.events.closed(error)
    }
}
