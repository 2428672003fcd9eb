internal import Events
internal import Money
internal import Postgres
internal import PricingDomain
public import PricingMessages
internal import ProtobufC
public import RPC

extension Redemptions {
    /// Counts the uses of a redemption, all or none. Sent again it answers the same, and counts nothing.
    public func redeem(_ request: RedeemRequest, context: ServerContext) async throws -> Redemption {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let wanted = try WantedRedemption(request)
            return try await self.changing { transaction in
                let answers = try await transaction.execute([
                    RedemptionRows.claim(wanted, of: brand), RedemptionRows.one(wanted.id, of: brand),
                ])
                guard let claimed = try RedemptionRows.read(answers[1]).first else {
                    throw PostgresError(.server, "a redemption that was claimed is gone", retry: .safe)
                }
                guard answers[0].affected > 0 else { return try Self.repeated(claimed, wanted) }
                let now = try await self.check(wanted, of: brand, in: transaction)
                return try await Self.count(
                    wanted, claimedAt: claimed.createdAt, at: now, of: brand, in: transaction, context)
            }
        }
    }

    /// The answer to a request for a redemption that is there.
    private static func repeated(
        _ stored: StoredRedemption, _ wanted: WantedRedemption
    ) throws(PricingRefusal) -> Redemption {
        guard !stored.isReversed else {
            throw PricingRefusal(
                .redemptionConflict, field: "redemptionId",
                stored.redeemedAt == nil ? "was reversed before it was made" : "was made, and reversed",
                expected: "an id of its own for each redemption")
        }
        guard stored.isSame(as: wanted) else {
            throw PricingRefusal(
                .redemptionConflict, field: "redemptionId",
                "stands for a redemption with other uses or another customer",
                expected: "the same content as before, or another id")
        }
        return stored.message()
    }

    /// Locks what a redemption counts for, and sees whether it may be made.
    ///
    /// - Returns: The instant by which that was decided.
    private func check(
        _ wanted: WantedRedemption, of brand: PostgresUUID, in transaction: PostgresTransaction
    ) async throws -> PostgresTimestamp {
        let rules = Set(wanted.uses.map(\.ruleID))
        let coupons = Set(wanted.uses.compactMap { $0.coupon?.folded })
        let locking = UseCountRows.locking(wanted.counts.keys, of: brand)
        // Each of these begins behind the locks, and so sees what others have committed before they gave them up.
        let answers = try await transaction.execute(
            locking + [
                RuleTermRows.rules(rules, of: brand), RuleTermRows.coupons(coupons, of: brand),
                UseCountRows.amounts(of: rules, in: wanted.currency, of: brand), DatabaseClock.reading,
            ])
        let now = try DatabaseClock.read(answers[locking.count + 3])
        let terms = RedemptionTerms(
            rules: try RuleTermRows.readRules(answers[locking.count]),
            coupons: try RuleTermRows.readCoupons(answers[locking.count + 1]),
            counts: try UseCountRows.read(answers[locking.count - 1]),
            amounts: try UseCountRows.readAmounts(answers[locking.count + 2]),
            now: Instant(now))
        try terms.check(wanted)
        return now
    }

    private static func count(
        _ wanted: WantedRedemption, claimedAt: PostgresTimestamp, at now: PostgresTimestamp, of brand: PostgresUUID,
        in transaction: PostgresTransaction, _ context: ServerContext
    ) async throws -> Redemption {
        let made = StoredRedemption(wanted, claimedAt: claimedAt, at: now).message()
        let events = try [.redemptionChanged(RedemptionChanged(redemption: made))].recorded(
            of: brand, at: now, traceParent: context.trace?.traceparent)
        let counting = [
            UseCountRows.adding(wanted.counts, of: brand),
            UseCountRows.adding(wanted.amounts, in: wanted.currency, of: brand),
        ]
        _ = try await transaction.commit(
            with: RedemptionRows.fill(wanted, claimedAt: claimedAt, at: now, of: brand) + counting
                + EventLog.append(events))
        return made
    }
}

extension StoredRedemption {
    /// A redemption that is made now.
    fileprivate init(_ wanted: WantedRedemption, claimedAt: PostgresTimestamp, at now: PostgresTimestamp) {
        self.init(
            id: wanted.id, isReversed: false, currency: wanted.currency.code, customerID: wanted.customerID,
            reference: wanted.reference, redeemedAt: now, reversedAt: nil, createdAt: claimedAt,
            uses: wanted.uses.map {
                Use(
                    ruleID: $0.ruleID, coupon: $0.coupon?.folded ?? "", couponCode: $0.coupon?.description ?? "",
                    amount: $0.amount)
            })
    }
}
