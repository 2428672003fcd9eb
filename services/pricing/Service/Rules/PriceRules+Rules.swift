internal import Postgres
internal import PricingDomain
public import PricingMessages
internal import ProtobufC
public import RPC

extension PriceRules {
    /// Makes a rule, or changes the one that has its id. The same put again changes nothing.
    public func putPriceRule(
        _ request: PutPriceRuleRequest, context: ServerContext
    ) async throws -> PutPriceRuleResponse {
        let brand = try self.brand(of: context.caller)
        let rule = try Self.rule(of: request)
        return try await self.answering(context, in: "rule") {
            try PriceRuleRules.check(rule)
            let document = try rule.storedBytes()
            try await self.checkTimeZone(rule.timeZone)
            return try await self.changing { transaction in
                let book = try await PriceBookWrites.lock(brand, in: transaction)
                let answers = try await transaction.execute([
                    RuleRows.one(rule.ruleID, of: brand), RuleRows.count(of: brand),
                ])
                let stored = try RuleRows.read(answers[0]).first
                try Self.check("the rule", expected: request.expectedVersion, current: stored?.version)
                if let stored, stored.document == document {
                    return PutPriceRuleResponse(rule: stored.answer)
                }
                if stored == nil { try Self.checkCount(answers[1], PriceRuleRules.maximumRules, of: "rules") }
                let createdAt = stored?.createdAt ?? book.now
                let answer = rule.answer(version: book.revision, createdAt, book.now)
                try await self.commit(
                    PriceBookChange(.rule(answer)),
                    with: [RuleRows.put(rule.ruleID, document: document, createdAt: createdAt, in: book)], in: book,
                    transaction, context)
                return PutPriceRuleResponse(rule: stored?.redeemed(answer) ?? answer, created: stored == nil)
            }
        }
    }

    /// Answers a rule.
    public func getPriceRule(_ request: GetPriceRuleRequest, context: ServerContext) async throws -> PriceRule {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let rows = try await self.pool.query(RuleRows.one(request.ruleID, of: brand))
            guard let found = try RuleRows.read(rows).first else {
                throw PricingRefusal.ruleNotFound(request.ruleID, field: "ruleId")
            }
            return found.answer
        }
    }

    /// Lists rules by their ids.
    public func listPriceRules(
        _ request: ListPriceRulesRequest, context: ServerContext
    ) async throws -> ListPriceRulesResponse {
        let brand = try self.brand(of: context.caller)
        let page = try NamePage("listPriceRules", ["\(brand)"], size: request.pageSize, token: request.pageToken)
        return try await self.answering(context) {
            let rows = try await self.pool.query(RuleRows.page(after: page.last, limit: page.limit, of: brand))
            let (found, next) = page.page(try RuleRows.read(rows)) { $0.rule.ruleID }
            return ListPriceRulesResponse(rules: found.map(\.answer), nextPageToken: next)
        }
    }

    /// Removes a rule that no coupon goes by. What was redeemed of it stays counted.
    public func deletePriceRule(
        _ request: DeletePriceRuleRequest, context: ServerContext
    ) async throws -> DeletePriceRuleResponse {
        let brand = try self.brand(of: context.caller)
        let id = request.ruleID
        return try await self.answering(context) {
            try await self.changing { transaction in
                let book = try await PriceBookWrites.lock(brand, in: transaction)
                let answers = try await transaction.execute([
                    // Behind this, no coupon of the rule is being made.
                    RuleRows.lock(id, of: brand), RuleRows.one(id, of: brand),
                    CouponRows.page(ofRule: id, after: "", limit: 1, of: brand),
                ])
                guard let stored = try RuleRows.read(answers[1]).first else {
                    throw PricingRefusal.ruleNotFound(id, field: "ruleId")
                }
                try Self.check("the rule", expected: request.expectedVersion, current: stored.version)
                if let coupon = try CouponRows.read(answers[2]).first {
                    throw PricingRefusal(
                        .inUse, field: "ruleId",
                        "is a rule that coupons go by, such as \(coupon.code.debugDescription)",
                        expected: "a rule without coupons")
                }
                let removed = stored.rule.answer(version: stored.version, stored.createdAt, stored.changedAt)
                try await self.commit(
                    PriceBookChange(.rule(removed), isRemoved: true), with: RuleRows.removal(id, of: brand), in: book,
                    transaction, context)
                return DeletePriceRuleResponse()
            }
        }
    }

    private static func rule(of request: PutPriceRuleRequest) throws(RPCError) -> PriceRule {
        guard let rule = request.rule else {
            throw RPCError(field: "rule", "is missing", expected: "what the rule says")
        }
        // The path names the rule; the body may name the same.
        guard rule.ruleID.isEmpty || rule.ruleID.utf8.elementsEqual(request.ruleID.utf8) else {
            throw RPCError(field: "rule.ruleId", "is another than that of the path", expected: "the same, or none")
        }
        return PriceRuleRules.normalized(rule, id: request.ruleID)
    }

    /// Refuses one more of what there are as many as there can be.
    ///
    /// - Parameter rows: How many there are.
    static func checkCount(_ rows: PostgresRows, _ maximum: Int, of objects: String) throws {
        guard let count = try rows.first?.decode(Int64.self), count >= Int64(maximum) else { return }
        throw PricingRefusal(.tooMany, "there are \(count) \(objects); expected at most \(maximum)")
    }

    /// Refuses a time zone that the database does not know.
    private func checkTimeZone(_ name: String) async throws {
        guard !name.isEmpty, try await self.pool.query(Self.timeZones, name).isEmpty else { return }
        throw PricingRefusal(
            .invalidValue, field: "timeZone", "is \(name.debugDescription), which is no time zone",
            expected: "a name of the IANA time zone database, such as America/Chicago")
    }

    // The view has copies under other names: "posix/Europe/Berlin" and the like.
    private static let timeZones = PostgresStatement(
        "select 1 from pg_timezone_names where name = $1 and name !~ '^(posix|right)/' and name <> 'localtime' limit 1",
        readOnly: true)
}

extension PriceRule {
    /// The document as its row holds it.
    ///
    /// - Throws: `PricingRefusal` where it is too large for an event.
    fileprivate func storedBytes() throws(PricingRefusal) -> [UInt8] {
        let memory = ArenaMemory()
        let maximum = PriceBookWrites.maximumDocumentBytes
        guard let document = try? self.stored.bytes(in: memory.arena), document.count <= maximum else {
            throw PricingRefusal(
                .invalidValue, field: "products", "makes the rule more than \(maximum) bytes as a message",
                expected: "fewer entries, for example beginnings of SKUs instead of SKUs")
        }
        return document
    }
}
