internal import Events
internal import Money
internal import Postgres
internal import PricingDomain
public import PricingMessages
public import RPC

extension Redemptions {
    /// Takes back what a redemption counted. Sent again it answers the same; for a redemption that is not there it leaves a
    /// mark that it is never made.
    public func reverseRedemption(
        _ request: ReverseRedemptionRequest, context: ServerContext
    ) async throws -> Redemption {
        let brand = try self.brand(of: context.caller)
        let id = request.redemptionID
        return try await self.answering(context) {
            try await self.changing { transaction in
                let answers = try await transaction.execute([
                    // Where the redemption is being made, this waits until it is made or refused.
                    RedemptionRows.mark(id, of: brand), RedemptionRows.locking(id, of: brand),
                    DatabaseClock.reading,
                ])
                guard let stored = try RedemptionRows.read(answers[1]).first else {
                    throw PostgresError(.server, "a redemption that was marked is gone", retry: .safe)
                }
                let now = try DatabaseClock.read(answers[2])
                guard !stored.isReversed else { return stored.message() }
                return try await Self.takeBack(stored, at: now, of: brand, in: transaction, context)
            }
        }
    }

    private static func takeBack(
        _ stored: StoredRedemption, at now: PostgresTimestamp, of brand: PostgresUUID,
        in transaction: PostgresTransaction, _ context: ServerContext
    ) async throws -> Redemption {
        let reversed = stored.message(reversedAt: now)
        let events = try [.redemptionChanged(RedemptionChanged(redemption: reversed))].recorded(
            of: brand, at: now, traceParent: context.trace?.traceparent)
        let counts = stored.counts.mapValues { -$0 }
        _ = try await transaction.commit(
            with: UseCountRows.locking(counts.keys, of: brand) + [
                UseCountRows.adding(counts, of: brand),
                UseCountRows.takingBack(stored.amounts, in: stored.currency, of: brand),
                RedemptionRows.reversal(stored.id, at: now, of: brand),
            ] + EventLog.append(events))
        return reversed
    }
}

extension StoredRedemption {
    /// What it counted for, and how often.
    fileprivate var counts: [UseCounter: Int64] {
        var counts: [UseCounter: Int64] = [:]
        for use in self.uses {
            for counter in UseCounter.all(rule: use.ruleID, coupon: use.coupon, customerID: self.customerID) {
                counts[counter, default: 0] += 1
            }
        }
        return counts
    }

    /// What it took off by each rule.
    fileprivate var amounts: [String: Amount] {
        var amounts: [String: Amount] = [:]
        for use in self.uses { amounts[use.ruleID, default: .zero].micros += use.amount.micros }
        return amounts
    }
}
