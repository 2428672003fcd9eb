import Money
import PricingDomain
import PricingMessages
import TestSupport
import Testing
import WellKnownMessages

@Suite("Floors when prices are put", .processorBound)
struct FloorCheckTests {
    /// What a price of the list "retail" lies under: "map 9.2", "guard 8".
    private func breaches(
        _ book: TestBook, _ amount: String, from quantity: Int64 = 1, since: Int64? = nil, until: Int64? = nil,
        now: Int64 = 0
    ) throws -> [String] {
        let read = try book.book()
        let list = try #require(read.list(id: "retail"))
        let check = FloorCheck(for: list, in: read)
        var rows: [PriceRow] = []
        for (id, price) in book.prices where price.sku == "A" {
            let number = try #require(read.list(id: id)?.number)
            if check.listNumbers.contains(number) { rows.append(try price.row(sku: 0, list: number)) }
        }
        let price = Price(
            sku: "A", minimumQuantity: quantity, amount: amount, validFrom: since.map { TestBook.noon.later($0) },
            validTo: until.map { TestBook.noon.later($0) })
        let found = check.breaches(
            of: try price.row(sku: 0, list: list.number), sku: SKU(unchecked: "A"), among: rows,
            now: try Instant(TestBook.noon.later(now), field: ""))
        return found.map { breach in
            let name =
                switch breach.source {
                case .minimumAdvertised(let id), .marginGuard(let id), .minimumOfListPrice(let id): id
                }
            return "\(name) \(breach.floor.text(decimalPlaces: 0))"
        }
    }

    private var book: TestBook {
        var book = TestBook()
        book.list("retail", "") { $0.scope = PriceScope(region: "US") }
        return book
    }

    @Test("a price under a minimum advertised one")
    func minimumAdvertised() throws {
        var book = self.book
        #expect(try self.breaches(book, "1") == [])
        book.list("map", "A 9.20", type: .minimumAdvertised)
        #expect(try self.breaches(book, "9.20") == [])
        #expect(try self.breaches(book, "9.199999") == ["map 9.2"])
        book.lists[1].scope = PriceScope(region: "DE")
        #expect(try self.breaches(book, "1") == [])
        book.lists[1].scope = PriceScope(channel: "amazon", region: "US-CA")
        #expect(try self.breaches(book, "1") == ["map 9.2"])
        book.lists[1].suspended = true
        #expect(try self.breaches(book, "1") == [])
    }

    @Test("a list hides those of lesser priority where it counts for all of it")
    func priority() throws {
        var book = self.book
        book.list("map", "A 9.20", type: .minimumAdvertised)
        book.list("sale", "A 5", type: .minimumAdvertised, priority: 5)
        #expect(try self.breaches(book, "5") == [])
        #expect(try self.breaches(book, "4") == ["sale 5"])
        book.lists[2].scope = PriceScope(region: "US-CA")
        #expect(try self.breaches(book, "5") == ["map 9.2"])
    }

    @Test("only at instants of both, from now on")
    func times() throws {
        var book = self.book
        book.list("map", "", type: .minimumAdvertised)
        book.price("map", "A", "9", since: TestBook.noon.later(100), until: TestBook.noon.later(200))
        #expect(try self.breaches(book, "8") == ["map 9"])
        #expect(try self.breaches(book, "8", until: 100) == [])
        #expect(try self.breaches(book, "8", until: 101) == ["map 9"])
        #expect(try self.breaches(book, "8", since: 200) == [])
        #expect(try self.breaches(book, "8", now: 200) == [])
        #expect(try self.breaches(book, "8", since: 150, until: 160) == ["map 9"])
        book.lists[0].validTo = TestBook.noon.later(100)
        #expect(try self.breaches(book, "8") == [])
    }

    @Test("a tier is compared with the floors of its quantities")
    func tiers() throws {
        var book = self.book
        book.list("map", "A 9, A@10 8", type: .minimumAdvertised)
        #expect(try self.breaches(book, "8", from: 10) == [])
        #expect(try self.breaches(book, "7.99", from: 10) == ["map 8"])
        #expect(try self.breaches(book, "8", from: 9) == ["map 9"])
    }

    @Test("margins on cost, and shares of the list price")
    func rules() throws {
        var book = self.book
        book.list("costs", "A 6", type: .cost)
        book.list("rrp", "A 12.50", type: .list)
        book.rule("guard", .marginGuard(MarginGuard(percent: "25")))
        book.rule("least", .minimumOfListPrice(MinimumOfListPrice(percent: "80"))) {
            $0.products = ProductSelection(skuPrefixes: ["A"])
            $0.validFrom = TestBook.noon.later(50)
        }
        #expect(try self.breaches(book, "10") == [])
        #expect(try self.breaches(book, "9") == ["least 10"])
        #expect(try self.breaches(book, "9", until: 50) == [])
        #expect(try self.breaches(book, "7.999999") == ["guard 8", "least 10"])
        book.rules[1].products = ProductSelection(exceptSkus: ["A"])
        #expect(try self.breaches(book, "8") == [])
        book.rules[0].scopes = [PriceScope(region: "DE")]
        #expect(try self.breaches(book, "1") == [])
    }

    @Test("a floor in another currency by its rate")
    func currencies() throws {
        var book = self.book
        book.list("map", "A 10", type: .minimumAdvertised, currency: "EUR") { $0.servesOtherCurrencies = true }
        #expect(try self.breaches(book, "1") == [])
        book.rates = [
            ExchangeRate(
                baseCurrency: "EUR", quoteCurrency: "USD", at: TestBook.noon.later(-1), rate: "1.1", source: "ECB")
        ]
        #expect(try self.breaches(book, "10.99") == ["map 11"])
    }

    @Test("other lists than selling ones have no floors")
    func types() throws {
        var book = self.book
        book.list("map", "A 10", type: .minimumAdvertised)
        book.lists[0].type = .list
        #expect(try self.breaches(book, "1") == [])
    }

    @Test("unless the settings say that it waits, a price is refused")
    func policy() {
        let at = Instant(microseconds: 0)
        let map = FloorCheck.Breach(source: .minimumAdvertised(listID: "m"), floor: .zero, at: at)
        let margin = FloorCheck.Breach(source: .marginGuard(ruleID: "g"), floor: .zero, at: at)
        #expect(map.policy(by: PricingSettings()) == .refuse)
        #expect(map.policy(by: PricingSettings(minimumAdvertisedPolicy: .hold)) == .hold)
        #expect(margin.policy(by: PricingSettings(minimumAdvertisedPolicy: .hold)) == .refuse)
        #expect(margin.policy(by: PricingSettings(marginPolicy: .hold)) == .hold)
    }
}
