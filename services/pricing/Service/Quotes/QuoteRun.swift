internal import Money
internal import Postgres
internal import PricingDomain

/// What has to be priced: a quote, or what a channel shows.
struct QuoteQuestion: Sendable {
    var context: QuoteContext
    /// As it was known then; nil: as it is now.
    var knownAt: Instant?
    /// In the order of lines; the same may be there several times.
    var skus: [SKU]
    var customerID = ""
    /// As they were said.
    var coupons: [String] = []
}

/// All that decides what something costs, read for a question: the evaluator needs no more.
struct QuoteGround: Sendable {
    let book: PriceBook
    let plan: QuotePlan
    let prices: PriceRows
    let coupons: [CouponState]
    let ruleUses: [RuleUse]
    let clocks: [String: LocalClock]

    /// What the lines cost.
    ///
    /// - Parameter lines: By the places of SKUs in ``plan``.
    func evaluate(
        _ lines: [QuoteInputLine], for purpose: QuoteInput.Purpose, customerID: String = "", isExplained: Bool = false
    ) throws(PricingRefusal) -> PricedQuote {
        try PriceEvaluator.evaluate(
            QuoteInput(
                lines: lines, purpose: purpose, customerID: customerID, coupons: self.coupons, ruleUses: self.ruleUses,
                clocks: self.clocks, isExplained: isExplained),
            plan: self.plan, in: self.book, prices: self.prices)
    }
}

extension Quotes {
    /// How often the ground is read anew because the book changed meanwhile.
    static let maximumTries = 5

    /// Reads the ground of a question: one query for all prices, and one more where uses have to be known.
    ///
    /// The book is a kept one where it is still the brand's, which the query for the prices tells, too: so prices, lists and
    /// rules are of one moment.
    func ground(of question: QuoteQuestion, of brand: PostgresUUID) async throws -> QuoteGround {
        if let instant = question.knownAt { return try await self.pastGround(of: question, at: instant, brand) }
        var book = try await self.books.book(of: brand, since: 0, in: self.pool)
        for _ in 0..<Self.maximumTries {
            let plan = QuotePlan(question.context, skus: question.skus, in: book)
            let rows = try await self.pool.query(QuotePrices.current(of: plan.skus, in: plan.listNumbers, of: brand))
            let (revision, prices) = try QuotePrices.read(rows, skuCount: plan.skus.count)
            if revision == book.revision {
                return try await self.ground(of: question, brand, book, plan, prices)
            }
            book = try await self.books.book(of: brand, since: revision, in: self.pool)
        }
        throw PostgresError(.server, "a price book changed \(Self.maximumTries) times meanwhile", retry: .safe)
    }

    private func pastGround(
        of question: QuoteQuestion, at instant: Instant, _ brand: PostgresUUID
    ) async throws -> QuoteGround {
        let book = try PriceBook(
            try await PriceBookRows.known(at: PostgresTimestamp(instant), of: brand, in: self.pool))
        let plan = QuotePlan(question.context, skus: question.skus, in: book)
        let rows = try await self.pool.query(
            QuotePrices.known(at: instant, of: plan.skus, in: plan.listNumbers, of: brand))
        let (_, prices) = try QuotePrices.read(rows, skuCount: plan.skus.count)
        return try await self.ground(of: question, brand, book, plan, prices)
    }

    private func ground(
        of question: QuoteQuestion, _ brand: PostgresUUID, _ book: PriceBook, _ plan: QuotePlan, _ prices: PriceRows
    ) async throws -> QuoteGround {
        let clocks = try await self.clocks.clocks(of: plan.timeZones, at: question.context.at)
        let folded = question.coupons.map { CouponCode($0)?.folded ?? "" }
        let counts = try await UseCounts.read(
            rules: plan.limitedRules.map(\.id), coupons: folded, customerID: question.customerID, of: brand,
            in: self.pool)
        return QuoteGround(
            book: book, plan: plan, prices: prices,
            coupons: zip(question.coupons, folded).map { CouponState($0, folded: $1, in: counts, question.customerID) },
            ruleUses: plan.limitedRules.map { RuleUse($0.id, in: counts, book, question.customerID) }, clocks: clocks)
    }
}

extension CouponState {
    fileprivate init(_ code: String, folded: String, in counts: UseCounts, _ customerID: String) {
        self.init(
            code: code,
            known: counts.coupons[folded].map { coupon in
                Known(
                    ruleID: coupon.ruleID, period: coupon.period, uses: coupon.uses,
                    usesPerCustomer: coupon.usesPerCustomer, used: counts.uses(of: UseCounter(.coupon, folded)),
                    usedByCustomer: counts.uses(of: UseCounter(.coupon, folded, customerID: customerID)))
            })
    }
}

extension RuleUse {
    fileprivate init(_ id: String, in counts: UseCounts, _ book: PriceBook, _ customerID: String) {
        let currency = book.rule(id: id)?.limits?.amount?.currency.code
        self.init(
            ruleID: id, uses: counts.uses(of: UseCounter(.rule, id)),
            usesByCustomer: counts.uses(of: UseCounter(.rule, id, customerID: customerID)),
            amount: currency.map { counts.amount(ofRule: id, in: $0) } ?? .zero)
    }
}
