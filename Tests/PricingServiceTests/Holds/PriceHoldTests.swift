import Postgres
import PricingAPI
import PricingMessages
import ProtobufC
import RPC
import RPCMessages
import Testing
import WellKnownMessages

@testable import PricingService

@Suite struct PriceHoldTests {
    @Test("A price under a minimum advertised one is refused, and the floor and its list are named")
    func refuse() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.setUpFloors(.refuse)
            let problem = try await harness.problem {
                try await harness.put([.sample("A", "100"), .sample("A", "99.99", quantity: 5)])
            }
            #expect(problem?.type == "under-floor")
            #expect(problem?.fields.map(\.field) == ["prices[1].amount"])
            #expect(problem?.fields.first?.reason.contains("100.00 USD") == true)
            #expect(problem?.fields.first?.reason.contains("map") == true)
            try await harness.put([.sample("A", "100"), .sample("B", "1")])
        }
    }

    @Test("A floor of another scope or another time is none")
    func otherScope() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample("map", type: .minimumAdvertised, scope: PriceScope(region: "CA")))
            try await harness.put(.sample(scope: PriceScope(region: "US")))
            try await harness.put(.sample("later", type: .minimumAdvertised, scope: PriceScope(region: "US")))
            try await harness.put([.sample("A", "100")], into: "map")
            try await harness.put([.sample("A", "100", from: 40_000_000_000)], into: "later")
            try await harness.put([.sample("A", "50", to: 40_000_000_000)])
            let problem = try await harness.problem { try await harness.put([.sample("A", "50")]) }
            #expect(problem?.type == "under-floor")
        }
    }

    @Test("A held price waits, is told of, and stands once it is approved; the same approved again changes nothing")
    func approve() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.setUpFloors(.hold)
            try await harness.put([.sample("A", "120")])
            let held = try await harness.put([.sample("A", "90"), .sample("B", "1")])
            #expect(held.map(\.result) == [.held, .created])
            #expect(held.map(\.previousAmount) == ["120.00", ""])
            let before = try await harness.entries()
            #expect(before.map(\.amount) == ["120.00", "1.00"])
            let holds = try await harness.holds()
            #expect(holds.map(\.holdID) == [held[0].holdID])
            #expect(holds.first?.floor == "100.00")
            #expect(holds.first?.floorListID == "map")
            #expect(holds.first?.price?.amount == "90.00")
            let request = DecideHoldRequest(holdID: held[0].holdID, note: "clearance")
            let approved = try await harness.lists.approveHold(request)
            #expect(approved.state == .approved)
            #expect(approved.note == "clearance")
            #expect(approved.decidedBy == "tester")
            let again = try await harness.lists.approveHold(request)
            #expect(again == approved)
            let after = try await harness.entries()
            #expect(after.map(\.amount) == ["90.00", "1.00"])
            let late = try await harness.problem { _ = try await harness.lists.rejectHold(request) }
            #expect(late?.type == "hold-decided")
            let events = try await harness.events("pricing.holds.changed", as: PriceHoldsChanged.self)
            #expect(events.flatMap(\.holds).map(\.state) == [.pending, .approved])
            let told = try await harness.events("pricing.prices.changed", as: PricesChanged.self).flatMap(\.changes)
            #expect(told.filter { $0.price?.amount == "90.00" }.map(\.previousAmount) == ["120.00"])
        }
    }

    @Test("A rejected price never stands")
    func reject() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.setUpFloors(.hold)
            let held = try await harness.put([.sample("A", "90")])
            let request = DecideHoldRequest(holdID: held[0].holdID, note: "no")
            let rejected = try await harness.lists.rejectHold(request)
            #expect(rejected.state == .rejected)
            let again = try await harness.lists.rejectHold(request)
            #expect(again == rejected)
            let late = try await harness.problem { _ = try await harness.lists.approveHold(request) }
            #expect(late?.type == "hold-decided")
            let entries = try await harness.entries()
            #expect(entries.isEmpty)
            let unknown = try await harness.problem {
                _ = try await harness.lists.approveHold(DecideHoldRequest(holdID: "none"))
            }
            #expect(unknown?.type == "hold-not-found")
        }
    }

    @Test("A later put takes the place of a held one; the same one put again waits on as it is")
    func replaced() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.setUpFloors(.hold)
            let first = try await harness.put([.sample("A", "90")])
            let same = try await harness.put([.sample("A", "90")])
            #expect(same.map(\.holdID) == first.map(\.holdID))
            let second = try await harness.put([.sample("A", "80")])
            #expect(second[0].holdID != first[0].holdID)
            let waiting = try await harness.holds()
            #expect(waiting.map(\.holdID) == [second[0].holdID])
            try await harness.put([.sample("A", "110")])
            let none = try await harness.holds()
            #expect(none.isEmpty)
            let replaced = try await harness.holds(.replaced)
            #expect(Set(replaced.map(\.holdID)) == [first[0].holdID, second[0].holdID])
            let late = try await harness.problem {
                _ = try await harness.lists.approveHold(DecideHoldRequest(holdID: second[0].holdID))
            }
            #expect(late?.type == "hold-decided")
        }
    }

    @Test("Of those who decide at once, one does; and prices held at once of one key leave one that waits")
    func atOnce() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.setUpFloors(.hold)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for amount in 1...12 { group.addTask { try await harness.put([.sample("A", "\(amount)")]) } }
                try await group.waitForAll()
            }
            let waiting = try await harness.holds()
            #expect(waiting.count == 1)
            let request = DecideHoldRequest(holdID: waiting[0].holdID)
            let answers = try await withThrowingTaskGroup(of: String.self) { group in
                for index in 0..<8 {
                    group.addTask {
                        try await harness.problem {
                            if index % 2 == 0 {
                                _ = try await harness.lists.approveHold(request)
                            } else {
                                _ = try await harness.lists.rejectHold(request)
                            }
                        }?.type ?? ""
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.filter(\.isEmpty).count == 4)
            #expect(answers.filter { $0 == "hold-decided" }.count == 4)
            let decided = try await harness.number(
                "select count(*) from price_hold where state in (2, 3) and decided_at is not null")
            #expect(decided == 1)
        }
    }

    @Test("A margin guard holds prices, and what it says of the cost is shown to those who may write prices only")
    func marginGuard() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample())
            try await harness.put(.sample("cost", type: .cost))
            try await harness.put([.sample("A", "80")], into: "cost")
            _ = try await harness.lists.putSettings(
                PutPricingSettingsRequest(settings: PricingSettings(marginPolicy: .hold)))
            try await harness.store(
                PriceRule(ruleID: "guard", effect: .marginGuard(MarginGuard(percent: "20"))))
            let outcomes = try await harness.put([.sample("A", "99.99")])
            #expect(outcomes.map(\.result) == [.held])
            let own = try await harness.holds()
            #expect(own.map(\.floor) == ["100.00"])
            #expect(own.map(\.floorRuleID) == ["guard"])
            let reader = try harness.client(scopes: "pricing:read pricing:approve")
            defer { reader.shutDown() }
            let lists = PriceListServiceClient(reader)
            let shown = try await lists.listHolds(ListHoldsRequest())
            #expect(shown.holds.map(\.floor) == [""])
            let approved = try await lists.approveHold(DecideHoldRequest(holdID: outcomes[0].holdID))
            #expect(approved.floor.isEmpty)
        }
    }

    @Test("A held price of a list that is gone cannot be approved")
    func goneList() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.setUpFloors(.hold)
            let held = try await harness.put([.sample("A", "90")])
            _ = try await harness.lists.deletePriceList(DeletePriceListRequest(listID: "retail"))
            try await harness.put(.sample())
            let problem = try await harness.problem {
                _ = try await harness.lists.approveHold(DecideHoldRequest(holdID: held[0].holdID))
            }
            #expect(problem?.type == "list-not-found")
        }
    }
}

extension PricingHarness {
    /// A selling list, and one whose minimum advertised price of "A" is 100.
    fileprivate func setUpFloors(_ policy: FloorPolicy) async throws {
        try await self.put(.sample())
        try await self.put(.sample("map", type: .minimumAdvertised))
        try await self.put([.sample("A", "100")], into: "map")
        _ = try await self.lists.putSettings(
            PutPricingSettingsRequest(settings: PricingSettings(minimumAdvertisedPolicy: policy)))
    }

    fileprivate func holds(_ state: HoldState = .unspecified) async throws -> [PriceHold] {
        try await self.lists.listHolds(ListHoldsRequest(state: state)).holds
    }

    /// Puts a rule into the book, as the service of rules does.
    func store(_ rule: PriceRule) async throws {
        let book = try await self.change(.rule(rule))
        _ = try await self.pool.query(
            Self.ruleInsertion, self.brand, rule.ruleID, book.revision, book.now, try rule.encodedBytes())
    }

    private static let ruleInsertion = PostgresStatement(
        """
        insert into price_rule (brand_id, rule_id, version, created_at, changed_at, document)
        values ($1, $2, $3, $4, $4, $5)
        """)
}
