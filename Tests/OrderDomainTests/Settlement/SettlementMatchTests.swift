import OrderDomain
import OrderMessages
import TestSupport
import Testing
import WellKnownMessages

@Suite("Settlements against orders", .processorBound)
struct SettlementMatchTests {
    /// 107.50 of goods, 5.00 shipping, 9.00 tax, 2.50 off, 20.00 of deposits, 12.00 of fees.
    private static func order(_ edit: (inout Order) -> Void = { _ in }) throws -> Order {
        var request = OrderSamples.article
        request.items = [
            OrderItem(
                sku: "ABC1234", quantity: 2, price: .units(53, cents: 75), discount: .units(2, cents: 50),
                tax: .units(8),
                coreCharge: .units(10))
        ]
        request.shipping = .units(5)
        request.shippingTax = .units(1)
        request.fees = [OrderFee(kind: "Commission", amount: .units(12))]
        var order = try OrderSamples.order(request)
        edit(&order)
        return order
    }

    private static func entry(
        _ kind: SettlementAmountKind, _ amount: Int64, cents: Int64 = 0, line: Int64 = 1, sku: String = "",
        currency: String = "USD", at: Int64? = nil, isWithheld: Bool = false
    ) -> SettlementEntry {
        SettlementEntry(
            number: line, orderID: "ORD09876", sku: sku, kind: kind,
            amount: amount * 1_000_000 + cents * 10_000, currency: currency, postedAt: at, isWithheld: isWithheld)
    }

    private static let complete: [SettlementEntry] = [
        entry(.principal, 107, cents: 50), entry(.shipping, 5, line: 2), entry(.tax, 9, line: 3),
        entry(.promotion, -2, cents: -50, line: 4), entry(.core, 20, line: 5), entry(.fee, -12, line: 6),
    ]

    private static func match(
        _ entries: [SettlementEntry], order: Order?, earlier: [SettlementEntry] = [],
        period: SettlementPeriod? = nil, tolerance: Int64 = 0
    ) throws -> (matched: [MatchedEntry], sums: SettlementSums) {
        var sums = SettlementSums()
        let known = try order.map { SettlementMatch.Known(try SettlementExpectation(of: $0), earlier: earlier) }
        let matched = try SettlementMatch(period: period, tolerance: tolerance).match(entries, with: known, into: &sums)
        return (matched, sums)
    }

    @Test("what is as the order says has no difference, and what the order says is told with it")
    func same() throws {
        let (matched, sums) = try Self.match(Self.complete, order: Self.order())
        #expect(matched.map(\.difference) == Array(repeating: .unspecified, count: 6))
        #expect(sums.messages.allSatisfy { $0.amount == $0.expected && $0.difference == .unspecified })
        #expect(try sums.total == 127_000_000)
    }

    @Test("another fee is a variance of fees, another price an amount", arguments: [1, -1] as [Int64])
    func differs(by cents: Int64) throws {
        var entries = Self.complete
        entries[0].amount += cents * 10_000
        entries[5].amount -= cents * 10_000
        let (matched, sums) = try Self.match(entries, order: Self.order())
        #expect(
            matched.map(\.difference) == [
                .amount, .unspecified, .unspecified, .unspecified, .unspecified, .feeVariance,
            ])
        #expect(matched[0].orderAmount == 107_500_000 + cents * 10_000 && matched[0].expected == 107_500_000)
        #expect(matched[5].expected == -12_000_000)
        #expect(try sums.total == 127_000_000)
        let tolerated = try Self.match(entries, order: Self.order(), tolerance: 10_000).matched
        #expect(tolerated.allSatisfy { $0.difference == .unspecified })
    }

    @Test("several amounts of a kind are compared together")
    func together() throws {
        var entries = Self.complete
        entries[5].amount = -5_000_000
        entries.append(Self.entry(.fee, -7, line: 7))
        #expect(try Self.match(entries, order: Self.order()).matched.allSatisfy { $0.difference == .unspecified })
    }

    @Test("an order that is not there, another currency, and what is of no order, are told apart")
    func classes() throws {
        #expect(
            try Self.match(Self.complete, order: nil).matched.map(\.difference)
                == Array(repeating: .missingOrder, count: 6))
        let euros = try Self.match([Self.entry(.principal, 107, currency: "EUR")], order: Self.order()).matched
        #expect(euros.first?.difference == .currency)
        #expect(!euros.dropFirst().contains { $0.entry.kind == .principal })
        #expect(try Self.match([Self.entry(.other, -3)], order: Self.order()).matched.first?.difference == .notOfOrder)
        var storage = Self.entry(.fee, -3)
        storage.orderID = ""
        #expect(try Self.match([storage], order: nil).matched.map(\.difference) == [.notOfOrder])
    }

    @Test("a kind that the file does not have is told with the line 0")
    func missingKind() throws {
        let (matched, sums) = try Self.match(Array(Self.complete.dropLast(2)), order: Self.order())
        #expect(matched.dropFirst(4).map(\.entry.number) == [0, 0])
        #expect(matched.dropFirst(4).map(\.difference) == [.feeVariance, .amount])
        #expect(matched.dropFirst(4).map(\.expected) == [-12_000_000, 20_000_000])
        #expect(try sums.total == 119_000_000)
    }

    @Test("tax that the channel pays for the seller is not to be expected from it")
    func withheld() throws {
        let entries = Self.complete + [Self.entry(.tax, -9, line: 7, isWithheld: true)]
        #expect(try Self.match(entries, order: Self.order()).matched.allSatisfy { $0.difference == .unspecified })
        let less = Self.complete + [Self.entry(.tax, -8, line: 7, isWithheld: true)]
        #expect(try Self.match(less, order: Self.order()).matched.allSatisfy { $0.difference == .unspecified })
    }

    @Test("the same settlement again is a duplicate, line by line")
    func duplicate() throws {
        let (matched, sums) = try Self.match(Self.complete, order: Self.order(), earlier: Self.complete)
        #expect(matched.map(\.difference) == Array(repeating: .duplicate, count: 6))
        #expect(try sums.total == 127_000_000)
        #expect(sums.messages.allSatisfy { $0.expected?.micros == 0 })
    }

    @Test("a second principal that is not the first's own is another amount")
    func second() throws {
        let matched = try Self.match(
            [Self.entry(.principal, 107, cents: 50, at: 2)], order: Self.order(),
            earlier: [Self.entry(.principal, 107, cents: 50, at: 1)]
        ).matched
        #expect(matched.map(\.difference) == [.amount])
        #expect(matched.first?.expected == 0)
    }

    @Test("what was shipped in part is paid in part, and the rest later")
    func parts() throws {
        var part = try Self.order()
        part.status = .partiallyShipped
        part.items[0].shipped = 1
        let half = [Self.entry(.principal, 53, cents: 75, at: 1)]
        #expect(try Self.match(half, order: part).matched.first?.difference == .unspecified)
        let rest = [Self.entry(.principal, 53, cents: 75, at: 2)]
        #expect(try Self.match(rest, order: Self.order(), earlier: half).matched.map(\.difference) == [.unspecified])
    }

    @Test("a refund is expected in the file of its time, and is no difference in another one")
    func refunds() throws {
        let order = try Self.order { $0.refunds = [Refund(refundID: "f1", amount: .units(30), at: .init(seconds: 50))] }
        let (early, late) = (
            SettlementPeriod(from: 0, to: 40_000_000), SettlementPeriod(from: 40_000_001, to: 60_000_000)
        )
        #expect(try Self.match(Self.complete, order: order, period: early).matched.count == 6)
        let absent = try Self.match(Self.complete, order: order, period: late).matched
        #expect(absent.last?.difference == .missingPayment && absent.last?.expected == -30_000_000)
        // The channel may have booked it before we did.
        let refunded = Self.complete + [Self.entry(.refund, -30, line: 7)]
        for period in [early, late, nil] {
            let matched = try Self.match(refunded, order: order, period: period).matched
            #expect(matched.allSatisfy { $0.difference == .unspecified })
        }
        let later = try Self.match(
            [Self.entry(.refund, -30)], order: order, earlier: Self.complete, period: late
        ).matched
        #expect(later.map(\.difference) == [.unspecified])
    }

    @Test("an order that shipped and is not there is missing with all that it should have")
    func missing() throws {
        var sums = SettlementSums()
        let known = SettlementMatch.Known(try SettlementExpectation(of: Self.order()))
        let match = SettlementMatch(period: SettlementPeriod(from: 0, to: 1), tolerance: 0)
        let missing = try match.missing(known, orderID: "ORD09876", isShipped: true, into: &sums)
        #expect(missing.map(\.entry.kind) == [.principal, .shipping, .tax, .promotion, .fee, .core])
        #expect(missing.allSatisfy { $0.difference == .missingPayment && $0.entry.amount == 0 })
        #expect(try sums.total == 0)
        #expect(sums.messages.reduce(0) { $0 + ($1.expected?.micros ?? 0) } == 127_000_000)
        let settled = SettlementMatch.Known(try SettlementExpectation(of: Self.order()), earlier: Self.complete)
        #expect(try match.missing(settled, orderID: "ORD09876", isShipped: true, into: &sums).isEmpty)
    }

    @Test("whatever a file has, its sums add up to its total and tell each amount once", arguments: 1...20)
    func sumsAddUp(round: Int) throws {
        let seed = testSeed() &+ UInt64(round)
        var random = SeededGenerator(seed: seed)
        let kinds: [SettlementAmountKind] = [.principal, .shipping, .tax, .promotion, .fee, .refund, .core, .other]
        var (sums, total, lines): (SettlementSums, Int64, Int64) = (SettlementSums(), 0, 0)
        for _ in 0..<200 {
            let entries = (0..<Int.random(in: 1...12, using: &random)).map { place in
                var entry = Self.complete.randomElement(using: &random) ?? Self.complete[0]
                if Bool.random(using: &random) {
                    entry = Self.entry(
                        kinds.randomElement(using: &random) ?? .fee, 0, line: Int64(place + 1),
                        currency: Int.random(in: 0..<9, using: &random) == 0 ? "EUR" : "USD",
                        at: Int64.random(in: 0...2, using: &random), isWithheld: Bool.random(using: &random))
                    entry.amount = Int64.random(in: -9_000_000...9_000_000, using: &random)
                }
                return entry
            }
            let earlier = Self.complete.filter { _ in Bool.random(using: &random) }
            let order = Bool.random(using: &random) ? try Self.order() : nil
            let known = try order.map { SettlementMatch.Known(try SettlementExpectation(of: $0), earlier: earlier) }
            let match = SettlementMatch(
                period: SettlementPeriod(from: 0, to: 1), tolerance: Int64.random(in: 0...20_000, using: &random))
            let matched = try match.match(entries, with: known, into: &sums)
            #expect(matched.prefix(entries.count).map(\.entry) == entries, "seed \(seed)")
            #expect(matched.dropFirst(entries.count).allSatisfy { $0.entry.amount == 0 && $0.entry.number == 0 })
            // Of one kind, what is compared is all of one mind.
            for kind in kinds {
                let differences = Set(
                    matched.filter { $0.entry.kind == kind }.map(\.difference)
                        .filter { $0 != .duplicate && $0 != .currency })
                #expect(differences.count <= 1, "seed \(seed)")
            }
            total += entries.reduce(0) { $0 + $1.amount }
            lines += Int64(entries.count)
        }
        #expect(try sums.total == total, "seed \(seed)")
        #expect(sums.messages.reduce(0) { $0 + $1.lines } == lines)
        #expect(SettlementSums(sums.messages).messages == sums.messages)
    }

    @Test("sums that cannot be kept are refused")
    func tooGreat() throws {
        var sums = SettlementSums()
        var entry = Self.entry(.other, 0)
        entry.amount = .max
        let match = SettlementMatch(period: nil, tolerance: 0)
        let entries = [entry, entry]
        #expect(throws: OrderRefusal.self) { try match.match(entries, with: nil, into: &sums) }
    }
}
