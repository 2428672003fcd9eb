import Money
import PricingDomain
import PricingMessages
import TestSupport
import Testing
import WellKnownMessages

@Suite("Quotes of random books", .processorBound)
struct RandomQuoteTests {
    static let rounds = 400

    /// Calls with quotes of random books that have a price.
    private func forEachQuote(
        _ seed: UInt64, _ body: (inout RandomBook, TestBook, [(sku: String, quantity: Int64)], TestQuote) throws -> Void
    ) throws {
        var random = RandomBook(seed: seed)
        var count = 0
        for _ in 0..<Self.rounds {
            let (book, asked) = random.make()
            guard let quote = try? book.quote(asked) else { continue }
            count += 1
            try body(&random, book, asked, quote)
        }
        #expect(count > Self.rounds / 3, "seed \(seed)")
    }

    @Test("a quote is what another evaluator says")
    func reference() throws {
        let seed = testSeed()
        var random = RandomBook(seed: seed)
        var (quotes, refusals, reduced) = (0, 0, 0)
        for round in 0..<Self.rounds {
            let (book, asked) = random.make()
            var reference = ReferenceEvaluator(book)
            let found = Result { try book.quote(asked) }
            let expected = Result { try reference.texts(asked) }
            switch (found, expected) {
            case (.success(let quote), .success(let texts)):
                quotes += 1
                if quote.quote.discount > .zero { reduced += 1 }
                #expect(quote.texts == texts, "seed \(seed), round \(round): \(book)")
                let floors = quote.quote.lines.map { $0.floor.map { Int128($0.micros) } }
                #expect(floors == reference.lines.map(\.floor), "seed \(seed), round \(round)")
                let taken = reference.takenByRule.filter { $0.value > 0 }
                for use in quote.quote.limitedUses {
                    #expect(Int128(use.amount.micros) == taken[quote.book.rules[Int(use.rule)].id])
                }
            case (.failure(let refusal as PricingRefusal), .failure(let other as ReferenceEvaluator.Refusal)):
                refusals += 1
                // Which of the two is found first depends on the order of looking.
                #expect([.noPrice, .noRate].contains(refusal.reason), "\(refusal) and \(other)")
            default: Issue.record("seed \(seed), round \(round): \(found) is not \(expected): \(book)")
            }
        }
        #expect(quotes > Self.rounds / 3 && refusals > 0 && reduced > Self.rounds / 10)
    }

    @Test("components make up the totals, and nothing is below zero or a floor")
    func sums() throws {
        try self.forEachQuote(testSeed()) { _, book, _, quote in
            var totals: [Int64] = [0, 0, 0, 0, 0]
            for line in quote.quote.lines {
                let components = quote.quote.components[line.components]
                #expect(components.reduce(0) { $0 + $1.amount.micros } == line.total.micros)
                let kinds = { (kind: ComponentKind) in
                    components.filter { $0.kind == kind }.reduce(0) { $0 + $1.amount.micros }
                }
                #expect(kinds(.base) == line.subtotal.micros)
                #expect(kinds(.promotion) + kinds(.floor) == -line.discount.micros)
                #expect(line.total.micros == line.net.micros + line.coreTotal.micros)
                #expect(line.discount >= .zero && line.discount <= line.subtotal && line.net >= .zero)
                #expect(line.unitPrice.micros * line.quantity == line.subtotal.micros)
                if let floor = line.floor {
                    #expect(line.net.micros >= min(floor, line.unitPrice).micros * line.quantity)
                    #expect(line.unitNet >= min(floor, line.unitPrice))
                    if line.unitPrice <= floor { #expect(line.discount == .zero) }
                }
                let amounts = [line.subtotal, line.discount, line.net, line.coreTotal, line.total]
                for (place, amount) in amounts.enumerated() { totals[place] += amount.micros }
            }
            let whole = quote.quote
            let amounts = [whole.subtotal, whole.discount, whole.net, whole.coreTotal, whole.total]
            #expect(totals == amounts.map(\.micros))
        }
    }

    @Test("exclusive rules, groups and limits hold")
    func stacking() throws {
        var (exclusive, grouped, limited) = (0, 0, 0)
        try self.forEachQuote(testSeed()) { _, book, _, quote in
            for line in quote.quote.lines {
                let rules = quote.quote.components[line.components].filter { $0.kind == .promotion }
                    .compactMap { $0.rule.map { quote.book.rules[Int($0)] } }
                #expect(Set(rules.map(\.id)).count == rules.count)
                if rules.contains(where: \.isExclusive) {
                    exclusive += 1
                    #expect(rules.count == 1)
                }
                let groups = rules.map(\.stackingGroup).filter { !$0.isEmpty }
                grouped += groups.count
                #expect(Set(groups).count == groups.count)
            }
            for use in quote.quote.limitedUses {
                let rule = quote.book.rules[Int(use.rule)]
                let used = book.uses.first { $0.ruleID == rule.id }
                limited += 1
                if let uses = rule.limits?.uses { #expect((used?.uses ?? 0) < uses) }
                if let uses = rule.limits?.usesPerCustomer { #expect((used?.usesByCustomer ?? 0) < uses) }
                if let money = rule.limits?.amount {
                    #expect((used?.amount.micros ?? 0) + use.amount.micros <= money.amount.micros)
                }
            }
        }
        #expect(exclusive > 0 && grouped > 0 && limited > 0)
    }

    @Test("the order in which lists, rules, prices and kits are given changes nothing")
    func inputOrder() throws {
        try self.forEachQuote(testSeed()) { random, book, asked, quote in
            var other = book
            other.lists.shuffle(using: &random.generator)
            other.prices.shuffle(using: &random.generator)
            other.rules.shuffle(using: &random.generator)
            other.kits.shuffle(using: &random.generator)
            other.uses.shuffle(using: &random.generator)
            let shuffled = try other.quote(asked)
            #expect(shuffled.texts == quote.texts)
            #expect(shuffled.quote.version == quote.quote.version)
            #expect(shuffled.quote.validUntil == quote.quote.validUntil)
            #expect(shuffled.coupons == quote.coupons)
        }
    }

    @Test("the order of lines changes nothing where no rule looks at several")
    func lineOrder() throws {
        try self.forEachQuote(testSeed()) { random, book, asked, quote in
            let order = asked.indices.shuffled(using: &random.generator)
            let permuted = try book.quote(order.map { asked[$0] })
            let isLineByLine = book.rules.allSatisfy { $0.isOfUnits || $0.isFloor }
            for (place, line) in zip(order, permuted.quote.lines) {
                let before = quote.quote.lines[place]
                #expect(line.subtotal == before.subtotal && line.floor == before.floor)
                #expect(line.coreTotal == before.coreTotal)
            }
            if isLineByLine { #expect(permuted.texts == order.map { quote.texts[$0] }) }
        }
    }

    @Test("a quote stays what it is until it says")
    func validity() throws {
        var count = 0
        try self.forEachQuote(testSeed()) { _, book, asked, quote in
            guard let until = quote.quote.validUntil, book.rules.allSatisfy(\.hours.isEmpty) else { return }
            #expect(until > quote.plan.context.at)
            var later = book
            later.at = try #require(Instant(microseconds: until.microseconds - 1).timestamp)
            let lastMoment = try later.quote(asked)
            #expect(lastMoment.texts == quote.texts)
            #expect(lastMoment.quote.version == quote.quote.version)
            count += 1
        }
        #expect(count > 0)
    }

    @Test("shown by themselves, lines are as if each were quoted alone")
    func showing() throws {
        try self.forEachQuote(testSeed()) { _, book, asked, _ in
            var shown = book
            shown.purpose = .showing
            let together = try shown.quote(asked)
            for (place, line) in asked.enumerated() {
                #expect(try shown.quote([line]).texts == [together.texts[place]])
            }
        }
    }

    @Test("quotes that differ in anything have other versions")
    func versions() throws {
        var known: [String: [String]] = [:]
        try self.forEachQuote(testSeed()) { _, book, asked, quote in
            let content =
                [book.currency] + asked.map { "\($0)" } + quote.texts
                + quote.quote.lines.map {
                    "\($0.listPrice, default: "") \($0.minimumAdvertisedPrice, default: "") \($0.floor, default: "") \($0.minimumQuantity)"
                }
            if let other = known.updateValue(content, forKey: quote.quote.version) { #expect(other == content) }
            #expect(quote.quote.version.utf8.count == 32)
        }
        #expect(Set(known.values.map { $0.joined() }).count == known.count)
    }
}

extension PriceRule {
    fileprivate var isFloor: Bool {
        switch self.effect {
        case .marginGuard, .minimumOfListPrice: true
        default: false
        }
    }
}
