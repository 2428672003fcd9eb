internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import Logging
internal import Postgres
internal import RPC
internal import ServiceLifecycle
internal import Waking

/// Deals with the messages of platforms: at once after they came, and until it is done.
///
/// The messages of one subject come one behind the other; all others go on beside them. A message is taken by one
/// process, which renews that; where a second one takes it over, the outcome of the first does not count. What is refused for good, or
/// failed too often, is a dead letter, and holds nothing up. What fails as the order service is not there is tried again
/// for ever.
struct InboundProcessor: Sendable {
    private let inbound: Inbound
    private let connections: any SyncConnections
    private let transport: any PlatformTransport
    private let orders: OrderTaking
    private let intake: any OrderIntakeHint
    private let hints: any ShelfHints
    private let faults: IntakeFaults
    private let logger: Logger

    /// - Parameter faults: Those of ``orders``.
    init(
        _ inbound: Inbound, connections: any SyncConnections, transport: any PlatformTransport, orders: OrderTaking,
        intake: any OrderIntakeHint, hints: any ShelfHints,
        faults: IntakeFaults = .none, logger: Logger
    ) {
        self.inbound = inbound
        self.connections = connections
        self.transport = transport
        self.orders = orders
        self.intake = intake
        self.hints = hints
        self.faults = faults
        self.logger = logger
    }

    /// How a try ended, before it is on record.
    private enum Outcome {
        case done
        case order(TakenOrder)
        case hint
        /// Not now: it counts as no try.
        case idle
    }

    /// Works on one message.
    func work(on message: ClaimedInbound) async throws {
        var message = message
        do {
            try await self.faults.reach(.taken)
            guard message.tries <= InboundLimits.maximumTries else {
                throw InboundProblem("no-outcome", "each of \(message.tries - 1) tries was cut off before its end")
            }
            let outcome = try await self.outcome(of: &message)
            try await self.end(message, outcome)
            try await self.faults.reach(.ended)
        } catch let problem as InboundProblem {
            try await self.end(message, InboundRows.Ending(status: .dead, problem: problem, tries: message.tries))
        } catch let error as RPCError {
            try await self.end(message, Self.ending(of: error, tries: message.tries))
        }
    }

    private func outcome(of message: inout ClaimedInbound) async throws -> Outcome {
        guard let connection = try await self.connections.connection(message.key),
            connection.connection.status != .paused
        else { return .idle }
        if message.kind == .unspecified {
            try await connection.prepare(for: message.notification, transport: self.transport)
            message = try Self.read(message, of: connection)
        }
        switch message.kind {
        case .order:
            guard connection.connection.orders?.takeIn ?? false else { return .done }
            return .order(try await self.orders.take(message, of: connection))
        case .orderChanged:
            if connection.connection.orders?.takeIn ?? false { await self.intake.pollNow(message.key) }
            return .done
        case .stock, .product:
            return .hint
        case .disconnected:
            try await self.disconnect(message, connection)
            return .done
        case .other, .unspecified, .unrecognized:
            return .done
        }
    }

    /// Reads a notification that was not understood when it came.
    private static func read(
        _ message: ClaimedInbound, of connection: SyncConnection
    ) throws(InboundProblem) -> ClaimedInbound {
        do throws(PlatformFault) {
            return message.read(
                as: try connection.adapter.content(of: message.notification, account: connection.account))
        } catch {
            throw InboundProblem("not-understood", error.description)
        }
    }

    /// Stops a connection that its platform has ended, unless somebody has resumed it since.
    private func disconnect(_ message: ClaimedInbound, _ connection: SyncConnection) async throws {
        let since = connection.connection.statusSince.flatMap { PostgresTimestamp($0) }
        guard since.map({ $0 <= message.receivedAt }) ?? true else { return }
        try await self.connections.stop(
            message.key, reason: "The platform has ended the connection: \(message.topic)")
    }

    private func end(_ message: ClaimedInbound, _ outcome: Outcome) async throws {
        let status: InboundStatus = if case .idle = outcome { .pending } else { .done }
        var ending = InboundRows.Ending(status: status, tries: message.tries)
        if case .idle = outcome {
            ending.pauseMilliseconds = InboundLimits.idleMilliseconds
            ending.tries -= 1
        }
        let isAgain = try await self.inbound.pool.withTransaction { [ending] transaction in
            var ending = ending
            var isNew = false
            if case .order(let order) = outcome {
                let conclusion = try await PlatformOrderRows.note(
                    order.finding, order.orderID, on: message.key, in: transaction)
                isNew = conclusion.isNew
                if conclusion.isOpen { ending.status = .pending }
            }
            guard try await InboundRows.end(message, ending, in: transaction) else { throw ClaimLost() }
            if isNew, case .order(let order) = outcome {
                try await Shelf.sold(
                    order.sold, at: order.soldAt, settleSeconds: order.settleSeconds, on: message.key, in: transaction)
            }
            if case .hint = outcome {
                try await self.hints.readBack(
                    ShelfHint(
                        key: message.key, kind: message.kind, topic: message.topic, subject: message.subject,
                        body: message.body), in: transaction)
            }
            return ending.status == .pending
        }
        if isAgain { self.inbound.signal.wake() }
    }

    private func end(_ message: ClaimedInbound, _ ending: InboundRows.Ending) async throws {
        if ending.status == .dead {
            self.logger.error(
                "a message of a platform is a dead letter",
                metadata: Self.metadata(message).merging(
                    ["problem": "\(ending.problem.type)", "detail": "\(ending.problem.detail)"]) { $1 })
        }
        try await self.inbound.pool.withTransaction { transaction in
            guard try await InboundRows.end(message, ending, in: transaction) else { throw ClaimLost() }
        }
    }

    /// What a failure of the order service makes of a message.
    static func ending(
        of error: RPCError, tries: Int, chance: Double = .random(in: 0...1)
    ) -> InboundRows.Ending {
        let pause = Backoff.milliseconds(tries: tries, asked: nil, chance: chance)
        let problem = InboundProblem(error)
        if error.isRefusal { return InboundRows.Ending(status: .dead, problem: problem, tries: tries) }
        if error.isUnreached {
            return InboundRows.Ending(
                status: .retrying, problem: problem, pauseMilliseconds: pause,
                tries: min(tries, InboundLimits.unreachedTries))
        }
        return InboundRows.Ending(
            status: tries >= InboundLimits.maximumTries ? .dead : .retrying, problem: problem,
            pauseMilliseconds: pause, tries: tries)
    }

    private static func metadata(_ message: ClaimedInbound) -> Logger.Metadata {
        [
            "brand": "\(message.key.brand)", "connection": "\(message.key.id)", "message": "\(message.id)",
            "topic": "\(message.topic)",
        ]
    }
}

/// Somebody else has taken a message over: what was done here is rolled back.
struct ClaimLost: Error {}

extension InboundProcessor: Service {
    /// Works until the task is cancelled or the service shuts down.
    func run() async throws {
        let loop = WorkLoop<ClaimedInbound>(self.inbound.signal, atOnce: InboundLimits.messagesAtOnce)
        await cancelWhenGracefulShutdown {
            await loop.run {
                await self.take($0)
            } work: {
                await self.workNoting(on: $0)
            }
        }
    }

    private func take(_ limit: Int) async -> [ClaimedInbound] {
        do {
            return try await InboundRows.take(limit, from: self.inbound.pool)
        } catch {
            if !Task.isCancelled {
                self.logger.warning("messages of platforms cannot be read", metadata: ["error": "\(error)"])
            }
            return []
        }
    }

    /// What cannot be ended is taken again when its time is over.
    private func workNoting(on message: ClaimedInbound) async {
        do {
            try await ClaimRenewal.renewing {
                try await InboundRows.renew(message, in: self.inbound.pool)
            } during: {
                try await self.work(on: message)
            }
        } catch {
            guard !Task.isCancelled, !(error is ClaimLost) else { return }
            self.logger.warning(
                "a message of a platform was not dealt with; it is tried again",
                metadata: Self.metadata(message).merging(["error": "\(error)"]) { $1 })
        }
    }
}
