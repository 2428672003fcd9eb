import Postgres
import PricingAPI
import PricingMessages
import ProtobufC
import RPC
import RPCMessages
import Testing
import WellKnownMessages

@testable import PricingService

@Suite struct PriceListTests {
    @Test("A list is made, answered and changed; the same put again changes nothing")
    func putAndGet() async throws {
        try await PricingHarness.withLists { harness in
            let made = try await harness.put(.sample(scope: PriceScope(region: "US")))
            #expect(made.created)
            #expect(made.priceList?.version == 1)
            let again = try await harness.put(.sample(scope: PriceScope(region: "US")))
            #expect(!again.created)
            #expect(again.priceList == made.priceList)
            let changed = try await harness.put(.sample(scope: PriceScope(region: "CA")), expecting: 1)
            #expect(changed.priceList?.version == 2)
            let found = try await harness.lists.getPriceList(GetPriceListRequest(listID: "retail"))
            #expect(found == changed.priceList)
            let events = try await harness.events("pricing.list.changed", as: PriceListChanged.self)
            #expect(events.map { $0.priceList?.version } == [1, 2])
        }
    }

    @Test("A list whose scope and time meet those of another of its priority is refused, and the other is named")
    func overlap() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample("us", scope: PriceScope(region: "US")))
            let problem = try await harness.problem {
                try await harness.put(.sample("california", scope: PriceScope(channel: "amazon", region: "US-CA")))
            }
            #expect(problem?.type == "lists-overlap")
            #expect(problem?.fields.first?.field == "priceList.priority")
            #expect(problem?.fields.first?.reason.contains("us") == true)
            try await harness.put(.sample("canada", scope: PriceScope(region: "CA")))
            try await harness.put(.sample("california", scope: PriceScope(region: "US-CA"), priority: 1))
        }
    }

    @Test("A suspended list meets none, and is refused once it is to count again")
    func suspended() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample("one"))
            var other = PriceList.sample("two")
            other.suspended = true
            try await harness.put(other)
            other.suspended = false
            let list = other
            let problem = try await harness.problem { try await harness.put(list) }
            #expect(problem?.type == "lists-overlap")
        }
    }

    @Test("Two overlapping lists that are put at once: one is refused")
    func overlapAtOnce() async throws {
        try await PricingHarness.withLists { harness in
            let types = try await withThrowingTaskGroup(of: String.self) { group in
                for index in 0..<8 {
                    group.addTask {
                        try await harness.problem { try await harness.put(.sample("list-\(index)")) }?.type ?? ""
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(types.filter { $0 == "lists-overlap" }.count == 7)
            #expect(types.filter(\.isEmpty).count == 1)
        }
    }

    @Test(
        "What a list cannot be is refused with the name of its field",
        arguments: [
            ("unknown-currency", "priceList.currency"), ("dates-inverted", "priceList.validTo"),
            ("field-invalid", "priceList.type"),
        ])
    func invalid(type: String, field: String) async throws {
        try await PricingHarness.withLists { harness in
            var list = PriceList.sample()
            switch type {
            case "unknown-currency": list.currency = "XYZ"
            case "dates-inverted":
                (list.validFrom, list.validTo) = (ProtoTimestamp(seconds: 2_000), ProtoTimestamp(seconds: 1_000))
            default: list.type = .unspecified
            }
            let invalid = list
            let problem = try await harness.problem { try await harness.put(invalid) }
            #expect(problem?.type == type)
            #expect(problem?.fields.map(\.field) == [field])
            let id = try await harness.problem {
                _ = try await harness.lists.putPriceList(
                    PutPriceListRequest(listID: "no id", priceList: PriceList(type: .selling, currency: "USD")))
            }
            #expect(id?.fields.map(\.field) == ["listId"])
        }
    }

    @Test("A version that is not the list's is refused with the one that it has")
    func versions() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample(), expecting: 0)
            let problem = try await harness.problem { try await harness.put(.sample(priority: 2), expecting: 0) }
            #expect(problem?.type == "version-conflict")
            #expect(problem?.version == 1)
            let deletion = try await harness.problem {
                _ = try await harness.lists.deletePriceList(
                    DeletePriceListRequest(listID: "retail", expectedVersion: 7))
            }
            #expect(deletion?.type == "version-conflict")
        }
    }

    @Test("Type and currency stay as they are while there are prices; without them the history keeps the old ones")
    func inUse() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample())
            try await harness.put([.sample("A", "10")])
            let currency = try await harness.problem { try await harness.put(.sample(currency: "EUR")) }
            #expect(currency?.type == "in-use")
            #expect(currency?.fields.map(\.field) == ["priceList.currency"])
            let type = try await harness.problem { try await harness.put(.sample(type: .cost)) }
            #expect(type?.fields.map(\.field) == ["priceList.type"])
            try await harness.delete([PriceKey(sku: "A")])
            try await harness.put(.sample(type: .cost, currency: "JPY"))
            try await harness.put([.sample("A", "1000")])
            let reader = try harness.client(scopes: "pricing:read")
            defer { reader.shutDown() }
            let seen = try await PriceListServiceClient(reader).listPriceHistory(ListPriceHistoryRequest(sku: "A"))
            #expect(seen.prices.map(\.amount) == ["10.00"])
            let all = try await harness.history(of: "A")
            #expect(all.map(\.amount) == ["1000", "10.00"])
        }
    }

    @Test("Tiers are called monotone only where they are")
    func becomesMonotone() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample())
            try await harness.put([.sample("A", "10"), .sample("A", "12", quantity: 10), .sample("B", "5")])
            var list = PriceList.sample()
            list.monotoneTiers = true
            let monotone = list
            let problem = try await harness.problem { try await harness.put(monotone) }
            #expect(problem?.type == "tiers-not-monotone")
            #expect(problem?.fields.first?.reason.contains("A") == true)
            // Hidden by a price that began later: at no instant is it so.
            try await harness.delete([PriceKey(sku: "A", minimumQuantity: 10)])
            try await harness.put([
                .sample("A", "12", quantity: 10, from: 1_000), .sample("A", "9", quantity: 10, from: 900, to: 1_000),
                .sample("A", "20", from: 950),
            ])
            try await harness.put(monotone)
        }
    }

    @Test("A removed list is gone with its prices at once, its history stays, and its id may be used anew")
    func remove() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample())
            try await harness.put([.sample("A", "10")])
            let before = try await harness.now()
            _ = try await harness.lists.deletePriceList(DeletePriceListRequest(listID: "retail"))
            let missing = try await harness.problem { try await harness.put([.sample("A", "11")]) }
            #expect(missing?.type == "list-not-found")
            let history = try await harness.history(of: "A")
            #expect(history.map(\.amount) == ["10.00"])
            #expect(history.first?.replacedAt != nil)
            let known = try await harness.history(of: "A", at: before)
            #expect(known.map(\.amount) == ["10.00"])
            try await harness.put(.sample())
            let entries = try await harness.entries()
            #expect(entries.isEmpty)
            let events = try await harness.events("pricing.list.changed", as: PriceListChanged.self)
            #expect(events.map(\.removed) == [false, true, false])
        }
    }

    @Test("Lists come by pages, in the order of their ids, and only those of a type where one is asked for")
    func pages() async throws {
        try await PricingHarness.withLists { harness in
            for index in 0..<7 {
                try await harness.put(
                    .sample("list-\(index)", type: index % 2 == 0 ? .selling : .list, priority: Int32(index)))
            }
            var (seen, token): ([String], String) = ([], "")
            repeat {
                let page = try await harness.lists.listPriceLists(
                    ListPriceListsRequest(pageSize: 3, pageToken: token))
                seen += page.priceLists.map(\.listID)
                token = page.nextPageToken
            } while !token.isEmpty
            #expect(seen == (0..<7).map { "list-\($0)" })
            let selling = try await harness.lists.listPriceLists(ListPriceListsRequest(type: .selling, pageSize: 2))
            #expect(selling.priceLists.map(\.listID) == ["list-0", "list-2"])
            let otherFilter = try await harness.problem {
                _ = try await harness.lists.listPriceLists(
                    ListPriceListsRequest(type: .list, pageToken: selling.nextPageToken))
            }
            #expect(otherFilter?.fields.map(\.field) == ["pageToken"])
        }
    }

    @Test("No brand sees or touches another's lists")
    func brands() async throws {
        try await PricingHarness.withLists { harness in
            try await harness.put(.sample())
            try await harness.put([.sample("A", "10")])
            let stranger = try harness.client(of: PricingHarness.newBrand())
            defer { stranger.shutDown() }
            let lists = PriceListServiceClient(stranger)
            let found = try await harness.problem {
                _ = try await lists.getPriceList(GetPriceListRequest(listID: "retail"))
            }
            #expect(found?.type == "list-not-found")
            let all = try await lists.listPriceLists(ListPriceListsRequest())
            #expect(all.priceLists.isEmpty)
            let history = try await lists.listPriceHistory(ListPriceHistoryRequest(sku: "A"))
            #expect(history.prices.isEmpty)
            let put = try await harness.problem {
                _ = try await lists.putPrices(
                    PutPricesRequest(commandID: "1", listID: "retail", prices: [.sample("A", "1")]))
            }
            #expect(put?.type == "list-not-found")
            let created = try await lists.putPriceList(
                PutPriceListRequest(listID: "retail", priceList: .sample()))
            #expect(created.created)
        }
    }
}
