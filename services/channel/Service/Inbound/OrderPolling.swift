internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import Logging
internal import Postgres
internal import ServiceLifecycle
internal import Waking
internal import WellKnownMessages

/// Asks platforms for orders: each connection at its interval, by one process at a time, all pages of what was changed
/// since shortly before the last change that it has seen.
///
/// A page's orders and how far the round has come are stored in one transaction, so that a round that is cut off goes on
/// where it was, and none is left out however long nobody asked.
struct OrderPolling: Sendable {
    /// The pages of one turn; then others have theirs.
    static let pagesPerTurn = 100

    private let pool: PostgresPool
    private let connections: any SyncConnections
    private let transport: any PlatformTransport
    private let intake: OrderIntake
    private let inbound: Inbound
    private let logger: Logger

    init(
        _ pool: PostgresPool, connections: any SyncConnections, transport: any PlatformTransport, intake: OrderIntake,
        inbound: Inbound, logger: Logger
    ) {
        self.pool = pool
        self.connections = connections
        self.transport = transport
        self.intake = intake
        self.inbound = inbound
        self.logger = logger
    }

    /// One turn of a connection: its round until the end, or until something fails.
    func turn(of poll: ClaimedPoll) async throws {
        guard let connection = try await self.connections.connection(poll.key),
            connection.connection.status == .active, connection.adapter.platform.pollsOrders,
            connection.connection.orders?.takeIn ?? false
        else {
            try await OrderPollRows.giveBack(
                poll, pause: InboundLimits.idleMilliseconds, tries: poll.tries, to: self.pool)
            return
        }
        do throws(PlatformFault) {
            try await self.pages(of: poll, connection)
        } catch {
            try await self.take(error, of: poll, connection)
        }
    }

    private func pages(of poll: ClaimedPoll, _ connection: SyncConnection) async throws(PlatformFault) {
        var connection = connection
        let policy = PollPolicy(connection.connection)
        var round =
            poll.round
            ?? .begin(
                at: poll.now, behind: poll.newest, notBefore: policy.since, overlapMilliseconds: policy.overlap)
        for _ in 0..<Self.pagesPerTurn {
            let page = try await self.page(of: round, &connection)
            guard page.next.isEmpty || page.next != round.page, page.next.utf8.count <= InboundLimits.pageTokenBytes,
                page.orders.count <= InboundLimits.ordersPerPage
            else {
                throw PlatformFault(
                    .refused, code: "page-invalid",
                    "the platform gives the same page again and again, or one that is too large")
            }
            round.took(changes: page.orders.map(\.changedAt), toldUntil: page.toldUntil, next: page.next)
            try await self.store(page, round, of: poll, pause: max(policy.pause, Self.refill(of: connection)))
            if round.isEnded { return }
        }
        throw PlatformFault(.throttled, code: "turn-over", "", retryAfterMilliseconds: 0)
    }

    /// How long the platform takes to allow one more question, in milliseconds: rounds further apart than that never use up
    /// what gathers for those that are wanted at once.
    private static func refill(of connection: SyncConnection) -> Int64 {
        let operations = connection.adapter.operations(with: connection.account.settings)
        guard let orders = operations.first(where: { $0.name == "orders" }), orders.ratePerSecond > 0 else { return 0 }
        return Int64(min(orders.cost / orders.ratePerSecond, 86_400) * 1_000)
    }

    /// Asks for a page; with the credentials read anew where the platform refuses those that were known.
    private func page(
        of round: PollRound, _ connection: inout SyncConnection
    ) async throws(PlatformFault) -> OrderPage {
        do throws(PlatformFault) {
            return try await self.ask(round, connection)
        } catch {
            guard error.kind == .reauthenticate, let renewed = await self.renewed(connection.key) else { throw error }
            connection = renewed
            return try await self.ask(round, renewed)
        }
    }

    private func ask(_ round: PollRound, _ connection: SyncConnection) async throws(PlatformFault) -> OrderPage {
        let session = connection.adapter.session(connection.account, transport: self.transport)
        return try await session.orders(since: round.since, page: round.page)
    }

    private func renewed(_ key: ConnectionKey) async -> SyncConnection? {
        try? await self.connections.renewed(key)
    }

    private func store(
        _ page: OrderPage, _ round: PollRound, of poll: ClaimedPoll, pause: Int64
    ) async throws(PlatformFault) {
        do {
            let count = try await self.pool.withTransaction { transaction in
                if round.isEnded {
                    try await OrderPollRows.end(round, of: poll, pause: pause, in: transaction)
                } else {
                    try await OrderPollRows.note(round, of: poll, in: transaction)
                }
                return try await Inbound.store(
                    page.orders.map { NewInbound($0, of: poll.key) }, in: transaction)
            }
            if count > 0 { self.inbound.signal.wake() }
        } catch {
            throw PlatformFault(.retry, code: "not-stored", "\(error)")
        }
    }

    private func take(_ fault: PlatformFault, of poll: ClaimedPoll, _ connection: SyncConnection) async throws {
        if fault.code == "turn-over" {
            try await OrderPollRows.giveBack(poll, pause: 0, tries: 0, to: self.pool)
            return
        }
        switch fault.kind {
        case .reauthenticate, .stop:
            try await self.connections.stop(
                poll.key, reason: "The platform refuses to give its orders: \(fault)")
        default: break
        }
        let isThrottled = fault.kind == .throttled
        let tries = isThrottled ? poll.tries : min(poll.tries + 1, InboundLimits.maximumTries)
        if !isThrottled {
            self.logger.warning(
                "a platform does not give its orders",
                metadata: ["brand": "\(poll.key.brand)", "connection": "\(poll.key.id)", "error": "\(fault)"])
        }
        let pause = Backoff.milliseconds(
            tries: max(1, tries),
            asked: fault.retryAfterMilliseconds ?? (isThrottled ? Self.throttledMilliseconds : nil),
            chance: .random(in: 0...1), limit: Backoff.longestShelfMilliseconds)
        // A page that the platform does not know any more: the round's question is still right.
        try await OrderPollRows.giveBack(
            poll, pause: pause, tries: tries, isAnew: fault.kind == .refused, code: fault.code, text: fault.message,
            to: self.pool)
    }

    /// How long to wait where a platform throttles and does not say for how long, in milliseconds.
    private static let throttledMilliseconds: Int64 = 5_000
}

/// How a connection asks for orders, in milliseconds and, of moments, microseconds since 1970.
struct PollPolicy: Hashable, Sendable {
    let pause: Int64
    let overlap: Int64
    let since: Int64

    init(_ connection: Connection) {
        let orders = connection.orders ?? OrderPolicy()
        self.pause = Self.milliseconds(
            orders.pollEvery, or: InboundLimits.pollMilliseconds, in: InboundLimits.pollRangeMilliseconds)
        self.overlap = Self.milliseconds(
            orders.overlap, or: InboundLimits.overlapMilliseconds, in: InboundLimits.overlapRangeMilliseconds)
        self.since = (orders.since ?? connection.createdAt).flatMap { PostgresTimestamp($0) }?.microseconds ?? 0
    }

    private static func milliseconds(
        _ duration: ProtoDuration?, or usual: Int64, in range: ClosedRange<Int64>
    ) -> Int64 {
        guard let duration else { return usual }
        let seconds = min(max(duration.seconds, 0), range.upperBound / 1_000)
        return min(max(seconds * 1_000 + Int64(duration.nanos / 1_000_000), range.lowerBound), range.upperBound)
    }
}

extension OrderPolling: Service {
    /// Works until the task is cancelled or the service shuts down.
    func run() async throws {
        let loop = WorkLoop<ClaimedPoll>(self.intake.signal, atOnce: InboundLimits.pollsAtOnce)
        await cancelWhenGracefulShutdown {
            await loop.run {
                await self.take($0)
            } work: {
                await self.turnNoting(of: $0)
            }
        }
    }

    private func take(_ limit: Int) async -> [ClaimedPoll] {
        do {
            return try await OrderPollRows.take(limit, from: self.pool)
        } catch {
            if !Task.isCancelled {
                self.logger.warning("which platforms to ask for orders cannot be read", metadata: ["error": "\(error)"])
            }
            return []
        }
    }

    private func turnNoting(of poll: ClaimedPoll) async {
        do {
            try await ClaimRenewal.renewing {
                try await OrderPollRows.renew(poll, in: self.pool)
            } during: {
                try await self.turn(of: poll)
            }
        } catch {
            guard !Task.isCancelled else { return }
            self.logger.warning(
                "a platform was not asked for its orders; it is asked again",
                metadata: ["brand": "\(poll.key.brand)", "connection": "\(poll.key.id)", "error": "\(error)"])
        }
    }
}
