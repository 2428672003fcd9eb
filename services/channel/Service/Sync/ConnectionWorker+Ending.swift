internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import Postgres
internal import Waking

extension ConnectionWorker {
    /// A piece of work begins.
    func began(_ skus: [String]) {
        self.underWay.formUnion(skus)
        self.calls += 1
    }

    /// A piece of work ended, however.
    func ended(_ skus: [String]) {
        self.underWay.subtract(skus)
        self.calls -= 1
        self.signal.wake()
    }

    /// A bulk ended, and what became of it is written down.
    func endedBulk(_ kind: SyncKind) {
        self.bulks.ended(kind)
        self.signal.wake()
    }

    /// What a process left behind has ended.
    func endedEarlierBulks() {
        self.bulks.hasEarlier = false
        self.signal.wake()
    }

    /// A call was not sent after all.
    func unsent() { self.breaker.ended() }

    /// An order task ended.
    func endedOrderTask() {
        self.hasOrderTask = false
        self.breaker.ended()
        self.ended([])
    }

    /// A call was answered, or not.
    ///
    /// - Parameter fault: The call's as a whole; nil: it was answered.
    func answered(
        _ permit: QuotaPlanner.Permit, _ observations: [QuotaObservation], fault: PlatformFault?
    ) async throws {
        await self.quota.settle(permit, observations: observations, fault: fault)
        try await self.noteAnswer(fault, isBulk: false)
    }

    /// A bulk was answered. It went on for minutes, and busy is its usual fault: it says nothing of whether the platform
    /// works now, so that the circuit does not hear of it.
    func answeredBulk(
        _ permit: QuotaPlanner.Permit, _ observations: [QuotaObservation], fault: PlatformFault?
    ) async throws {
        await self.quota.settle(permit, observations: observations, fault: fault)
        try await self.noteAnswer(fault, isBulk: true)
    }

    private func noteAnswer(_ fault: PlatformFault?, isBulk: Bool) async throws {
        let now = MicrosecondClock.now
        switch fault?.kind {
        case .reauthenticate? where isBulk, .stop? where isBulk: self.mustStop = fault
        case _ where isBulk: break
        case .retry?: self.breaker.failed(at: now, chance: .random(in: 0...1))
        case .throttled?: self.breaker.ended()
        case .reauthenticate?, .stop?:
            self.breaker.ended()
            self.mustStop = fault
        case nil, .refused?, .doneAlready?, .stale?, .unknown?:
            self.breaker.succeeded(at: now)
            self.hasRenewed = false
        }
        let isNews = self.breaker.state != self.healthState
        guard isNews || now - self.healthWrittenAt >= SyncLimits.healthMicroseconds else { return }
        self.healthState = self.breaker.state
        self.healthWrittenAt = now
        _ = try await self.parts.pool.query(
            SyncHealthRows.noting(
                self.key, self.breaker.state, error: fault?.description, hasSucceeded: fault == nil))
    }
}
