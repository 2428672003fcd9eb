import Postgres
import PricingAPI
import PricingMessages
import RPC
import RPCMessages
import Testing
import WellKnownMessages

@testable import PricingService

@Suite("Quotes")
struct QuoteTests {
    private static let retail = PriceList(
        listID: "retail", type: .selling, currency: "USD", scope: PriceScope(region: "US"), priority: 10)
    private static let amazon = PriceList(
        listID: "amazon", type: .selling, currency: "USD", scope: PriceScope(channel: "amazon"), priority: 20)

    @Test("each number says which list gave it, and the components make up the totals")
    func names() async throws {
        try await QuoteHarness.with { harness in
            let retail = try await harness.put(Self.retail)
            let amazon = try await harness.put(Self.amazon)
            let core = try await harness.put(PriceList(listID: "core", type: .core, currency: "USD"))
            try await harness.put("PAD", "49.99", in: retail)
            try await harness.put("PAD", "44.99", in: retail, from: 10)
            try await harness.put("PAD", "52.00", in: amazon)
            try await harness.put("CALIPER", "80", in: retail)
            try await harness.put("CALIPER", "15", in: core)
            let quote = try await harness.quote([("PAD", 12), ("CALIPER", 2)])
            #expect(quote.lines.map(\.unitPrice) == ["44.99", "80.00"])
            #expect(quote.lines.map(\.listID) == ["retail", "retail"] && quote.lines[0].minimumQuantity == 10)
            #expect(quote.lines.map(\.lineID) == ["0", "1"])
            #expect(quote.lines[1].coreCharge == "15.00" && quote.lines[1].total == "190.00")
            #expect(quote.total == "729.88" && quote.coreTotal == "30.00" && quote.net == "699.88")
            let onAmazon = try await harness.quote([("PAD", 12)], channel: "amazon")
            #expect(onAmazon.lines.map(\.listID) == ["amazon"] && onAmazon.total == "624.00")
        }
    }

    @Test("a quote goes by lists as they are when its prices are read, though the book is kept in memory")
    func freshBook() async throws {
        try await QuoteHarness.with { harness in
            let retail = try await harness.put(Self.retail)
            let amazon = try await harness.put(Self.amazon)
            try await harness.put("PAD", "49.99", in: retail)
            try await harness.put("PAD", "52.00", in: amazon)
            #expect(try await harness.quote([("PAD", 1)], channel: "amazon").total == "52.00")
            var suspended = Self.amazon
            suspended.suspended = true
            try await harness.put(suspended)
            #expect(try await harness.quote([("PAD", 1)], channel: "amazon").total == "49.99")
            try await harness.put(Self.amazon)
            #expect(try await harness.quote([("PAD", 1)], channel: "amazon").total == "52.00")
        }
    }

    @Test("a version holds while nothing changes, and is refused with what the lines cost now when something has")
    func versions() async throws {
        try await QuoteHarness.with { harness in
            let retail = try await harness.put(Self.retail)
            try await harness.put("PAD", "49.99", in: retail)
            let first = try await harness.quote([("PAD", 2)])
            let again = try await harness.quote([("PAD", 2)]) { $0.expectedVersion = first.version }
            #expect(again.version == first.version && again.total == "99.98")
            try await harness.put("PAD", "51.00", in: retail)
            let problem = try await harness.pricing.problem {
                _ = try await harness.quote([("PAD", 2)]) { $0.expectedVersion = first.version }
            }
            let now = try await harness.quote([("PAD", 2)])
            #expect(problem?.type == "price-changed" && problem?.reason == .conflict)
            #expect(problem?.fields.map(\.field) == ["expectedVersion", "total", "lines[0]"])
            #expect(problem?.fields.first?.expected == now.version)
            #expect(problem?.fields.last?.expected.hasPrefix("102.00 USD") == true)
        }
    }

    @Test("the past is answered as it was known then")
    func past() async throws {
        try await QuoteHarness.with { harness in
            let retail = try await harness.put(Self.retail)
            try await harness.put("PAD", "49.99", in: retail)
            let then = try await harness.now()
            try await harness.put("PAD", "51.00", in: retail)
            let between = try await harness.now()
            var later = Self.retail
            later.suspended = true
            try await harness.put(later)
            #expect(try await harness.quote([("PAD", 1)], at: then).total == "49.99")
            #expect(try await harness.quote([("PAD", 1)], at: between).total == "51.00")
            let problem = try await harness.pricing.problem { _ = try await harness.quote([("PAD", 1)]) }
            #expect(problem?.type == "no-price")
        }
    }

    @Test("lines without a price are named")
    func unpriced() async throws {
        try await QuoteHarness.with { harness in
            let retail = try await harness.put(Self.retail)
            try await harness.put("PAD", "49.99", in: retail)
            let problem = try await harness.pricing.problem {
                _ = try await harness.quote([("PAD", 1), ("NONE", 1)])
            }
            #expect(problem?.type == "no-price" && problem?.fields.first?.field == "lines[1].sku")
            let elsewhere = try await harness.pricing.problem {
                _ = try await harness.quote([("PAD", 1)], region: "DE")
            }
            #expect(elsewhere?.type == "no-price")
        }
    }

    @Test("brands see their own lists and prices alone")
    func brands() async throws {
        try await QuoteHarness.with { harness in
            let other = PricingHarness.newBrand()
            let (own, foreign) = (try await harness.put(Self.retail), try await harness.put(Self.retail, of: other))
            #expect(own == foreign)
            try await harness.put("PAD", "49.99", in: own)
            try await harness.put("PAD", "1.00", in: foreign, of: other)
            #expect(try await harness.quote([("PAD", 1)]).total == "49.99")
            let rpc = try harness.pricing.client(of: other)
            defer { rpc.shutDown() }
            let request = QuoteRequest(
                region: "US", currency: "USD", lines: [QuoteLineRequest(sku: "PAD", quantity: 1)])
            #expect(try await QuoteServiceClient(rpc).getQuote(request).total == "1.00")
        }
    }

    @Test("what units cost is told to nobody who may not write prices")
    func floors() async throws {
        try await QuoteHarness.with { harness in
            let retail = try await harness.put(Self.retail)
            let cost = try await harness.put(PriceList(listID: "cost", type: .cost, currency: "USD"))
            try await harness.put("PAD", "50", in: retail)
            try await harness.put("PAD", "40", in: cost)
            try await harness.put(PriceRule(ruleID: "guard", effect: .marginGuard(MarginGuard(percent: "10"))))
            #expect(try await harness.quote([("PAD", 1)]).lines[0].floor == "44.444445")
            let rpc = try harness.pricing.client(scopes: "pricing:read")
            defer { rpc.shutDown() }
            let request = QuoteRequest(
                region: "US", currency: "USD", lines: [QuoteLineRequest(sku: "PAD", quantity: 1)])
            let line = try #require(try await QuoteServiceClient(rpc).getQuote(request).lines.first)
            #expect(line.floor == "" && line.unitPrice == "50.00")
        }
    }

    @Test("hours of a rule go by the clocks of its zone")
    func hours() async throws {
        try await QuoteHarness.with { harness in
            let retail = try await harness.put(Self.retail)
            try await harness.put("PAD", "50", in: retail)
            try await harness.put(
                PriceRule(
                    ruleID: "evening", hours: [TimeWindow(from: "18:00", to: "22:00")], timeZone: "America/Chicago",
                    effect: .percentOff(PercentOff(percent: "10"))))
            // 2030-07-01 and 2030-12-01: Chicago is 5 hours behind UTC in summer, and 6 in winter.
            let (summer, winter): (Int64, Int64) = (1_909_094_400, 1_922_313_600)
            for (midnight, behind) in [(summer, 5), (winter, 6)] as [(Int64, Int64)] {
                for (hour, total) in [(17, "50.00"), (18, "45.00"), (21, "45.00"), (22, "50.00")] as [(Int64, String)] {
                    let at = ProtoTimestamp(seconds: midnight + (hour + behind) * 3_600)
                    #expect(
                        try await harness.quote([("PAD", 1)], at: at).total == total, "\(hour):00, \(behind) behind")
                }
            }
        }
    }
}
