import PricingDomain
import PricingMessages
import TestSupport
import Testing
import WellKnownMessages

@Suite("What price lists may be", .processorBound)
struct PriceListRulesTests {
    private func list(_ id: String, _ more: (inout PriceList) -> Void = { _ in }) throws -> BookList {
        var list = PriceList(listID: id, type: .selling, currency: "USD")
        more(&list)
        return try BookList(list, number: 1)
    }

    @Test(
        "what a list may not be is refused by its field",
        arguments: [
            ("type", .invalidValue, PriceList(currency: "USD")),
            ("currency", .unknownCurrency, PriceList(type: .cost, currency: "USX")),
            ("currency", .unknownCurrency, PriceList(type: .cost, currency: "XAU")),
            (
                "validTo", .datesInverted,
                PriceList(type: .cost, currency: "USD", validFrom: TestBook.noon, validTo: TestBook.noon.later(-1))
            ),
        ] as [(String, RefusalReason, PriceList)])
    func refuses(field: String, reason: RefusalReason, list: PriceList) {
        let refusal = #expect(throws: PricingRefusal.self) { try PriceListRules.check(list) }
        #expect(refusal?.faults.map(\.field) == [field])
        #expect(refusal?.reason == reason)
    }

    @Test("lists of one priority that could both give a price are refused with the other's name")
    func overlap() throws {
        let retail = try self.list("retail")
        func conflict(_ more: (inout PriceList) -> Void) throws -> Bool {
            let other = try self.list("other", more)
            do { try PriceListRules.checkOverlap(of: other, with: [retail, other]) } catch {
                #expect(error.reason == .listsOverlap && error.description.contains("retail"))
                #expect(error.faults.map(\.field) == ["priority"])
                return true
            }
            return false
        }
        #expect(try conflict { _ in })
        #expect(try conflict { $0.scope = PriceScope(channel: "web", region: "US") })
        #expect(try !conflict { $0.priority = 1 })
        #expect(try !conflict { $0.type = .cost })
        #expect(try !conflict { $0.currency = "EUR" })
        #expect(try !conflict { $0.suspended = true })
    }

    @Test(
        "scopes meet where no field tells them apart",
        arguments: [
            ("US", "US-CA", true), ("US-CA", "US", true), ("US-C", "US-CA", false), ("US-CA", "US-TX", false),
            ("", "DE", true), ("US", "USA", false), ("US-CA", "US-CA-LA", true),
        ])
    func regions(left: String, right: String, doMeet: Bool) {
        let (one, other) = (Scope(PriceScope(region: left)), Scope(PriceScope(region: right)))
        #expect(one.intersects(other) == doMeet && other.intersects(one) == doMeet)
        #expect(Scope(PriceScope(channel: "a")).intersects(one))
        #expect(!Scope(PriceScope(channel: "a")).intersects(Scope(PriceScope(channel: "b"))))
        #expect(!Scope(PriceScope(customerGroup: "a")).intersects(Scope(PriceScope(customerGroup: "b"))))
    }

    @Test("times that touch do not overlap")
    func times() throws {
        let before = try self.list("before") { $0.validTo = TestBook.noon }
        let after = try self.list("after") { $0.validFrom = TestBook.noon }
        let always = try self.list("always")
        #expect(!before.overlaps(after) && before.overlaps(always) && always.overlaps(after))
    }
}
