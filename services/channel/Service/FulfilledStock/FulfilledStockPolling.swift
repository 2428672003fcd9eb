internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import Logging
internal import Postgres
internal import ServiceLifecycle
internal import Waking

/// Reads what platforms hold and ship, and sets it at a location that no channel is told of: each connection that names one,
/// every quarter of an hour, by one process at a time.
///
/// A reading counts when its last page is there; one that is broken off changes nothing. What it found is stored before it is
/// written to inventory, so that a process that is killed meanwhile is followed by one that sends the same commands.
struct FulfilledStockPolling: Sendable {
    private let pool: PostgresPool
    private let connections: any SyncConnections
    private let transport: any PlatformTransport
    private let target: any FulfilledStockTarget
    private let logger: Logger

    init(
        _ pool: PostgresPool, connections: any SyncConnections, transport: any PlatformTransport,
        target: any FulfilledStockTarget, logger: Logger
    ) {
        self.pool = pool
        self.connections = connections
        self.transport = transport
        self.target = target
        self.logger = logger
    }

    /// One turn of a connection: what is left of the reading before, and a new one.
    func turn(of poll: ClaimedFulfilledPoll) async throws {
        guard let connection = try await self.connections.connection(poll.key),
            connection.connection.status == .active, let location = connection.fulfilmentLocation,
            let operation = connection.fulfilledStock
        else {
            return try await FulfilledPollRows.giveBack(
                poll, pause: FulfilledStockLimits.idleMilliseconds, to: self.pool)
        }
        do {
            guard try await self.target.isMarketplaces(location, of: poll.key.brand) else {
                throw PlatformFault(
                    .refused, code: "location-not-marketplace",
                    "\(location.debugDescription) is no location of the kind marketplace")
            }
            try await self.write(poll)
            let units = try await self.reading(of: connection, operation)
            try await FulfilledPollRows.store(units, at: location, of: poll, in: self.pool)
            try await self.write(poll)
            try await FulfilledPollRows.giveBack(poll, pause: FulfilledStockLimits.pollMilliseconds, to: self.pool)
        } catch let fault as PlatformFault {
            try await self.take(fault, of: poll)
        } catch  where !(error is FulfilledPollRows.Lost) && !Task.isCancelled {
            try await self.take(PlatformFault(.retry, code: "not-written", "\(error)"), of: poll)
        }
    }

    /// All pages, or none: units by the platform's SKU.
    private func reading(
        of connection: SyncConnection, _ operation: PlatformDescription.Operation
    ) async throws -> [String: Int64] {
        let session = connection.adapter.session(connection.account, transport: self.transport)
        var (units, page): ([String: Int64], String) = ([:], "")
        for _ in 0..<FulfilledStockLimits.pages {
            let answer = try await session.fulfilledStock(page: page)
            // A list that moves meanwhile may have a SKU twice: the last one is the newest.
            for row in answer.rows { units[row.platformSKU] = row.fulfillable }
            if answer.next.isEmpty { return units }
            guard answer.next != page, units.count <= FulfilledStockLimits.rows else { break }
            page = answer.next
            try await Task.sleep(for: .seconds(operation.cost / max(operation.ratePerSecond, 0.001)))
        }
        throw PlatformFault(.refused, code: "page-invalid", "the platform's stock has no end")
    }

    /// Sets what is not known to be set.
    private func write(_ poll: ClaimedFulfilledPoll) async throws {
        while true {
            let levels = try await FulfilledPollRows.pending(poll, in: self.pool)
            guard !levels.isEmpty else { return }
            // Who lost the connection must not set what is older than what another one has set.
            try await FulfilledPollRows.renew(poll, in: self.pool)
            let refusals = try await self.target.set(levels, of: poll.key.brand)
            if let first = refusals.compactMap(\.self).first {
                self.logger.warning(
                    "stock in a platform's warehouses is refused by inventory",
                    metadata: self.metadata(poll, ["count": "\(refusals.count { $0 != nil })", "error": "\(first)"]))
            }
            try await FulfilledPollRows.written(levels, refusals, of: poll, in: self.pool)
        }
    }

    private func take(_ fault: PlatformFault, of poll: ClaimedFulfilledPoll) async throws {
        self.logger.warning(
            "stock in a platform's warehouses is not read", metadata: self.metadata(poll, ["error": "\(fault)"]))
        let tries = min(poll.tries + 1, InboundLimits.maximumTries)
        let pause = Backoff.milliseconds(
            tries: tries, asked: fault.retryAfterMilliseconds, chance: .random(in: 0...1),
            limit: Backoff.longestShelfMilliseconds)
        try await FulfilledPollRows.giveBack(
            poll, pause: pause, tries: tries, code: fault.code, text: fault.message, to: self.pool)
    }

    private func metadata(_ poll: ClaimedFulfilledPoll, _ more: Logger.Metadata) -> Logger.Metadata {
        more.merging(["brand": "\(poll.key.brand)", "connection": "\(poll.key.id)"]) { $1 }
    }
}

extension FulfilledStockPolling: Service {
    /// Works until the task is cancelled or the service shuts down.
    func run() async throws {
        let loop = WorkLoop<ClaimedFulfilledPoll>(WakeSignal(), atOnce: FulfilledStockLimits.pollsAtOnce)
        await cancelWhenGracefulShutdown {
            await loop.run {
                await self.take($0)
            } work: {
                await self.turnNoting(of: $0)
            }
        }
    }

    private func take(_ limit: Int) async -> [ClaimedFulfilledPoll] {
        do {
            return try await FulfilledPollRows.take(limit, from: self.pool)
        } catch {
            if !Task.isCancelled {
                self.logger.warning("which platforms' stock to read cannot be read", metadata: ["error": "\(error)"])
            }
            return []
        }
    }

    private func turnNoting(of poll: ClaimedFulfilledPoll) async {
        do {
            try await ClaimRenewal.renewing {
                try await FulfilledPollRows.renew(poll, in: self.pool)
            } during: {
                try await self.turn(of: poll)
            }
        } catch {
            guard !Task.isCancelled else { return }
            self.logger.warning(
                "a platform's stock was not read; it is read again",
                metadata: self.metadata(poll, ["error": "\(error)"]))
        }
    }
}
