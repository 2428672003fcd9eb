internal import Money
internal import PricingMessages

/// One quote on its way through the stages.
///
/// Places of lines, rules and SKUs are small numbers, and sets of lines are bits: a quote of 50 lines and 20 rules makes a
/// thousand comparisons of a line with a rule.
struct Evaluation {
    /// A line on its way.
    struct Line {
        var sku: Int32
        var quantity: Int64
        /// What a unit costs before promotions.
        var base: UnitPrice
        /// A unit's base price times the quantity, in micros.
        var subtotal: Int64
        /// What a unit costs that no buy-and-get nor bundle took.
        var unit: Int64
        /// How many units no buy-and-get nor bundle took.
        var free: Int64
        /// What is left of the subtotal.
        var remaining: Int64
        /// What must be left of it.
        var minimum: Int64 = 0
        /// The floor of a unit, and what says so.
        var floor: LineFloor?
        /// Its parts in ``Evaluation/kitParts``; empty: it is no kit, or has a price of its own.
        var kitParts: Range<Int>
        /// Its parts' deposits in ``Evaluation/coreParts``.
        var coreParts: Range<Int>
    }

    /// The least that may be asked for a unit.
    struct LineFloor {
        var amount: Int64
        var list: Int32?
        var rule: Int32?
    }

    /// What a rule takes off a line.
    struct Reduction {
        var line: Int32
        /// The place of the rule in ``QuotePlan/rules``.
        var rule: Int32
        var amount: Int64
        /// What floors give back of it.
        var givenBack: Int64 = 0
    }

    let input: QuoteInput
    let plan: QuotePlan
    let book: PriceBook
    let prices: PriceRows
    let rounding: Rounding

    var lines: [Line] = []
    var kitParts: [PartAmount] = []
    var coreParts: [PartAmount] = []
    var reductions: [Reduction] = []
    /// The lines of each rule's products, by the places of ``QuotePlan/rules``; then those that buy-and-gets reduce.
    var selections: LineSets
    /// Of each rule of the plan, the set of the lines that it may reduce; below zero: those of its products.
    var rewardSets: [Int32] = []
    /// Beside: what was reduced at all, what an exclusive rule reduced, and what costs its floor or less.
    var marks: LineSets
    /// The lines that a rule of each stacking group reduced.
    var groupMarks: LineSets
    /// Of each rule of the plan, the number of its stacking group among those of the plan; below zero: none.
    var groups: [Int32] = []
    /// Of each rule of the plan, the coupon that asks for it; below zero: none.
    var couponOfRule: [Int32] = []
    /// Of each rule of the plan, why it reduced nothing; nil: it did, or was not asked.
    var losses: [LossReason?] = []
    /// Of each rule of the plan, what it took off.
    var taken: [Int64] = []
    var coupons: [PricedCoupon] = []
    var considered: [(line: Int32, loss: ConsideredLoss)] = []
    var next: NextChange
    var usedRates: [CurrencyRate] = []
    /// Of each line, what the rule that is asked takes off: zero between rules.
    var pending: [Int64] = []

    static let reduced = 0
    static let closed = 1
    static let atFloor = 2

    init(
        _ input: QuoteInput, plan: QuotePlan, in book: PriceBook, prices: PriceRows
    ) throws(PricingRefusal) {
        self.input = input
        self.plan = plan
        self.book = book
        self.prices = prices
        self.rounding = book.rounding(of: plan.context.currency)
        self.next = NextChange(after: plan.context.at)
        self.next.note(plan.nextChange)
        let rules = plan.rules.count
        let rewards = plan.rules.count { book.selectors.rewards[Int($0)] >= 0 }
        self.selections = LineSets(sets: rules + rewards, lines: input.lines.count)
        self.marks = LineSets(sets: 3, lines: input.lines.count)
        self.groupMarks = LineSets(sets: 0, lines: input.lines.count)
        self.losses = [LossReason?](repeating: nil, count: rules)
        self.taken = [Int64](repeating: 0, count: rules)
        self.pending = [Int64](repeating: 0, count: input.lines.count)
        try self.checkInput()
    }

    private func checkInput() throws(PricingRefusal) {
        guard self.input.lines.count <= QuotePlan.maximumLines else {
            throw PricingRefusal(
                .invalidValue, field: "lines", "has \(self.input.lines.count) lines",
                expected: "at most \(QuotePlan.maximumLines)")
        }
        guard self.prices.hasRoom(forSKUs: self.plan.skus.count) else {
            throw PricingRefusal(
                .invalidValue, field: "prices", "are not those of the plan's SKUs", expected: "the prices of the plan")
        }
        for (index, line) in self.input.lines.enumerated() {
            guard line.quantity > 0, line.quantity <= QuotePlan.maximumQuantity else {
                throw PricingRefusal(
                    .invalidValue, field: "lines[\(index)].quantity", "is \(line.quantity)",
                    expected: "1 to \(QuotePlan.maximumQuantity)")
            }
            guard line.sku >= 0, line.sku < self.plan.skus.count else {
                throw PricingRefusal(
                    .invalidValue, field: "lines[\(index)].sku", "is none of the plan's", expected: "one of them")
            }
        }
    }

    /// Goes through the stages, in their order.
    mutating func run() throws(PricingRefusal) -> PricedQuote {
        self.select()
        self.findCoupons()
        for stage in PricingStage.allCases {
            switch stage {
            case .base: try self.findBasePrices()
            // Kept for what comes later; no rule goes there.
            case .subscriptions, .signals: break
            case .units, .buyAndGet, .bundles, .quote: try self.reduce(stage)
            case .floors: try self.giveBack()
            // By line, where the answer is made.
            case .rounding, .core: break
            }
        }
        return try self.answer()
    }

    /// Finds which lines each rule is for.
    private mutating func select() {
        let rules = self.plan.rules
        var setOfSelector = [Int32](repeating: -1, count: self.book.selectors.count)
        self.rewardSets = [Int32](repeating: -1, count: rules.count)
        self.groups = [Int32](repeating: -1, count: rules.count)
        var next = Int32(rules.count)
        var numbers: [Int32: Int32] = [:]
        for (place, rule) in rules.enumerated() {
            setOfSelector[Int(rule)] = Int32(place)
            let reward = self.book.selectors.rewards[Int(rule)]
            if reward >= 0 {
                setOfSelector[Int(reward)] = next
                self.rewardSets[place] = next
                next += 1
            }
            let group = self.book.groups[Int(rule)]
            guard group >= 0 else { continue }
            let number = numbers[group] ?? Int32(numbers.count)
            numbers[group] = number
            self.groups[place] = number
        }
        self.groupMarks = LineSets(sets: numbers.count, lines: self.input.lines.count)
        for selector in self.book.selectors.forAll {
            let set = setOfSelector[Int(selector)]
            if set >= 0 { self.selections.fill(Int(set)) }
        }
        for (line, asked) in self.input.lines.enumerated() {
            let sku = self.plan.skus[Int(asked.sku)]
            self.book.selectors.forEachNaming(sku) { selector in
                let set = setOfSelector[Int(selector)]
                if set >= 0 { self.selections.insert(line, into: Int(set)) }
            }
            self.book.selectors.forEachExcepting(sku) { selector in
                let set = setOfSelector[Int(selector)]
                if set >= 0 { self.selections.remove(line, from: Int(set)) }
            }
        }
    }

    /// Sums two amounts of a quote.
    static func sum(_ left: Int64, _ right: Int64) throws(PricingRefusal) -> Int64 {
        let (sum, isTooGreat) = left.addingReportingOverflow(right)
        guard !isTooGreat else { throw Self.tooGreat("lines") }
        return sum
    }

    /// An amount that does not fit.
    static func tooGreat(_ field: String) -> PricingRefusal {
        PricingRefusal(
            .invalidAmount, field: field, "cost more than can be counted",
            expected: "amounts below 9223372036854 units of the currency")
    }
}
