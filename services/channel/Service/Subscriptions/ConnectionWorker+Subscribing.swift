internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import Logging

extension ConnectionWorker {
    /// The kind of call, as adapters name it.
    private static let subscribing = "subscribe"
    /// How long is waited where a platform throttles and does not say for how long, in milliseconds.
    private static let throttledMilliseconds: Int64 = 5_000

    /// Asks the platform for its notifications, where that is due.
    func nextSubscription(_ again: inout Int64, at now: Int64) async throws -> Work? {
        guard let gateway = self.parts.gateway, !self.isSubscribing,
            self.connection.adapter.platform.subscribes
        else { return nil }
        let connection = self.connection
        let address = gateway.address(of: connection.connection.notificationPath)
        let due = self.subscription.due(for: address, version: connection.version)
        guard due <= now else {
            again = min(again, due)
            return nil
        }
        // It takes its tokens before any backlog of stock does, which would leave it none; it is a call a day.
        guard let permit = await self.admit(Self.subscribing, lane: .stock, &again, at: now) else { return nil }
        self.isSubscribing = true
        self.began([])
        return { try await self.subscribe(to: address, on: connection, permit) }
    }

    private func subscribe(
        to address: String, on connection: SyncConnection, _ permit: QuotaPlanner.Permit
    ) async throws {
        defer {
            self.isSubscribing = false
            self.ended([])
        }
        let session = connection.adapter.session(connection.account, transport: self.parts.transport)
        var state = self.subscription
        var (fault, quotas) = (PlatformFault?.none, [QuotaObservation]())
        do throws(PlatformFault) {
            let subscribed = try await session.subscribe(to: address)
            quotas = subscribed.quotas
            state.subscribed(
                to: address, version: connection.version, topics: subscribed.topics, at: MicrosecondClock.now,
                chance: .random(in: 0...1))
        } catch {
            fault = error
            state.failed(
                Self.failure(error), error.description, to: address, version: connection.version,
                at: MicrosecondClock.now, chance: .random(in: 0...1))
        }
        self.log(fault, since: self.subscription, state)
        self.subscription = state
        try await self.answered(permit, quotas, fault: fault)
        try await SubscriptionRows.write(state, of: self.key, under: self.lease, to: self.parts.pool)
    }

    private static func failure(_ fault: PlatformFault) -> SubscriptionState.Failure {
        switch fault.kind {
        case .retry, .stale, .reauthenticate, .stop: .passing
        case .throttled: .throttled(milliseconds: fault.retryAfterMilliseconds ?? Self.throttledMilliseconds)
        case .refused, .doneAlready, .unknown: .refused
        }
    }

    private nonisolated func log(
        _ fault: PlatformFault?, since before: SubscriptionState, _ state: SubscriptionState
    ) {
        if let fault {
            self.parts.logger.warning(
                "a platform does not send its notifications; it is asked again",
                metadata: self.metadata(["error": "\(fault)"]))
        } else if before.subscribedAt == nil || before.address != state.address {
            self.parts.logger.info("a platform sends its notifications", metadata: self.metadata())
        }
    }
}

extension SyncConnection {
    /// Counts its changes.
    fileprivate var version: Int64 { Int64(clamping: self.connection.version) }
}
