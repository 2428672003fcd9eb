internal import ChannelAdapter
internal import ChannelDomain
internal import Leasing
internal import Postgres

/// Tells platforms what they are to be told of orders, between the other calls of their connections.
struct OrderTaskWorker: OrderTaskWork {
    /// The kind of call, as adapters name it.
    static let operation = "order-task"

    private let queue: OrderTaskQueue

    init(_ queue: OrderTaskQueue) { self.queue = queue }

    func nextDue(_ key: ConnectionKey) async throws -> PostgresTimestamp? {
        try await self.queue.nextDue(key)
    }

    func carryOutOne(
        of connection: SyncConnection, session: any PlatformSession, quota: QuotaLedger, lease: Lease
    ) async throws -> Bool {
        // They go before stock, and behind stock that goes to zero.
        guard case .go(let permit) = await quota.take(Self.operation, lane: .stock) else { return false }
        var answer: TaskAnswer?
        do {
            guard let task = try await self.queue.due(connection.key, limit: 1, lease: lease).first else {
                await quota.settle(permit, observations: [], fault: nil)
                return false
            }
            let told = await ClaimRenewal.renewing {
                try await self.queue.renew(task)
            } during: {
                await session.carryOut(task.call)
            }
            answer = told
            await quota.settle(permit, observations: told.quotas, fault: told.fault)
            try await self.queue.answered(task, told)
            return true
        } catch {
            if answer == nil { await quota.settle(permit, observations: [], fault: nil) }
            throw error
        }
    }
}
