internal import Events
internal import Postgres
internal import PricingDomain
public import PricingMessages
public import RPC

extension PriceRules {
    /// The most coupons of a rule.
    static let maximumCouponsOfRule: Int64 = 100_000

    /// Makes a coupon, or changes the one that has its code. The same put again changes nothing.
    public func putCoupon(_ request: PutCouponRequest, context: ServerContext) async throws -> Coupon {
        let brand = try self.brand(of: context.caller)
        let (code, coupon) = try Self.coupon(of: request)
        return try await self.answering(context, in: "coupon") {
            let wanted = try StoredCoupon(coupon, code: code)
            return try await self.changing { transaction in
                let answers = try await transaction.execute([
                    // Behind this, the rule is not removed.
                    RuleRows.keep(wanted.ruleID, of: brand), CouponRows.insertion(wanted, of: brand),
                    CouponRows.lock(code, of: brand), CouponRows.one(code, of: brand),
                    DatabaseClock.reading,
                ])
                guard !answers[0].isEmpty else { throw PricingRefusal.ruleNotFound(wanted.ruleID, field: "ruleId") }
                guard let stored = try CouponRows.read(answers[3]).first else {
                    throw PostgresError(.server, "a coupon that was put is gone", retry: .safe)
                }
                let now = try DatabaseClock.read(answers[4])
                guard answers[1].affected == 0 else {
                    try Self.check("the coupon", expected: request.expectedVersion, current: nil)
                    try await Self.countOneMore(ofRule: wanted.ruleID, of: brand, in: transaction)
                    return try await Self.commit(stored, of: brand, at: now, in: transaction, context)
                }
                try Self.check("the coupon", expected: request.expectedVersion, current: stored.version)
                try Self.check(wanted, belongsTo: stored.ruleID)
                guard !wanted.says(what: stored) else { return stored.answer }
                let changed = wanted.next(to: stored)
                return try await Self.commit(
                    changed, with: [CouponRows.update(changed, of: brand)], of: brand, at: now, in: transaction, context
                )
            }
        }
    }

    /// Answers a coupon.
    public func getCoupon(_ request: GetCouponRequest, context: ServerContext) async throws -> Coupon {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            guard let code = CouponCode(request.code),
                let found = try CouponRows.read(try await self.pool.query(CouponRows.one(code, of: brand))).first
            else { throw PricingRefusal.couponNotFound(request.code, field: "code") }
            return found.answer
        }
    }

    /// Lists coupons by their codes, of all rules or of one.
    public func listCoupons(_ request: ListCouponsRequest, context: ServerContext) async throws -> ListCouponsResponse {
        let brand = try self.brand(of: context.caller)
        let rule = request.ruleID
        let page = try NamePage("listCoupons", ["\(brand)", rule], size: request.pageSize, token: request.pageToken)
        return try await self.answering(context) {
            let command =
                rule.isEmpty
                ? CouponRows.page(after: page.last, limit: page.limit, of: brand)
                : CouponRows.page(ofRule: rule, after: page.last, limit: page.limit, of: brand)
            let (found, next) = page.page(try CouponRows.read(try await self.pool.query(command))) { $0.foldedCode }
            return ListCouponsResponse(coupons: found.map(\.answer), nextPageToken: next)
        }
    }

    /// Removes a coupon. What was redeemed of it stays counted.
    public func deleteCoupon(
        _ request: DeleteCouponRequest, context: ServerContext
    ) async throws -> DeleteCouponResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            guard let code = CouponCode(request.code) else {
                throw PricingRefusal.couponNotFound(request.code, field: "code")
            }
            return try await self.changing { transaction in
                let answers = try await transaction.execute([
                    CouponRows.lock(code, of: brand), CouponRows.one(code, of: brand),
                    DatabaseClock.reading,
                ])
                guard let stored = try CouponRows.read(answers[1]).first else {
                    throw PricingRefusal.couponNotFound(request.code, field: "code")
                }
                let now = try DatabaseClock.read(answers[2])
                let commands = [
                    CouponRows.removal(code, of: brand), CouponRows.counting(-1, ofRule: stored.ruleID, of: brand),
                ]
                _ = try await Self.commit(
                    stored, isRemoved: true, with: commands, of: brand, at: now, in: transaction, context)
                return DeleteCouponResponse()
            }
        }
    }

    private static func coupon(of request: PutCouponRequest) throws(RPCError) -> (CouponCode, Coupon) {
        guard let coupon = request.coupon else {
            throw RPCError(field: "coupon", "is missing", expected: "what the coupon says")
        }
        guard let code = CouponCode(request.code) else {
            throw RPCError(
                field: "code", "is \(request.code.debugDescription)",
                expected: "1 to \(CouponCode.maximumBytes) letters, digits, _ and -, a letter or digit first")
        }
        // The path names the coupon; the body may name the same.
        guard coupon.code.isEmpty || CouponCode(coupon.code) == code else {
            throw RPCError(field: "coupon.code", "is another than that of the path", expected: "the same, or none")
        }
        return (code, coupon)
    }

    private static func check(_ coupon: StoredCoupon, belongsTo rule: String) throws(PricingRefusal) {
        guard !coupon.ruleID.utf8.elementsEqual(rule.utf8) else { return }
        throw PricingRefusal(
            .invalidValue, field: "ruleId", "is another rule than the coupon belongs to",
            expected: "\(rule.debugDescription); a coupon that is removed can be made again for another rule")
    }

    private static func countOneMore(
        ofRule rule: String, of brand: PostgresUUID, in transaction: PostgresTransaction
    ) async throws {
        let counted = try await transaction.execute([CouponRows.counting(1, ofRule: rule, of: brand)])
        guard let count = try counted[0].first?.decode(Int64.self), count > Self.maximumCouponsOfRule else { return }
        throw PricingRefusal(
            .tooMany, field: "ruleId", "is a rule that has \(count - 1) coupons",
            expected: "a rule with fewer than \(Self.maximumCouponsOfRule)")
    }

    private static func commit(
        _ coupon: StoredCoupon, isRemoved: Bool = false, with commands: [PostgresCommand] = [], of brand: PostgresUUID,
        at now: PostgresTimestamp, in transaction: PostgresTransaction, _ context: ServerContext
    ) async throws -> Coupon {
        let answer = coupon.answer
        let events = try [.couponChanged(CouponChanged(coupon: answer, removed: isRemoved))].recorded(
            of: brand, at: now, traceParent: context.trace?.traceparent)
        _ = try await transaction.commit(with: commands + EventLog.append(events))
        return answer
    }
}

extension StoredCoupon {
    /// A coupon that is new.
    fileprivate init(_ coupon: Coupon, code: CouponCode) throws(PricingRefusal) {
        let period = try Period(validFrom: coupon.validFrom, validTo: coupon.validTo)
        self.init(
            foldedCode: code.folded, code: code.description, ruleID: coupon.ruleID, version: 1,
            validFrom: PostgresTimestamp(period.from), validTo: PostgresTimestamp(period.to), uses: coupon.uses,
            usesPerCustomer: coupon.usesPerCustomer, usesRedeemed: 0)
    }

    /// Whether what callers say of it is the same.
    fileprivate func says(what other: StoredCoupon) -> Bool {
        self.code == other.code && self.validFrom == other.validFrom && self.validTo == other.validTo
            && self.uses == other.uses && self.usesPerCustomer == other.usesPerCustomer
    }

    /// What a coupon becomes that is changed to say this.
    fileprivate func next(to stored: StoredCoupon) -> StoredCoupon {
        StoredCoupon(
            foldedCode: self.foldedCode, code: self.code, ruleID: stored.ruleID, version: stored.version + 1,
            validFrom: self.validFrom, validTo: self.validTo, uses: self.uses, usesPerCustomer: self.usesPerCustomer,
            usesRedeemed: stored.usesRedeemed)
    }
}
