import Postgres
import PricingAPI
import PricingMessages
import ProtobufC
import RPC
import RPCMessages
import TestSupport
import Testing

@testable import PricingService

@Suite("Kits", .timeLimit(.minutes(5))) struct PriceKitTests {
    @Test("a kit is put, changed with its version, listed and forgotten")
    func lifeCycle() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            let first = try await harness.putKit("KIT-1", of: ["A": 2, "B": 1], percentOff: "5", expecting: 0)
            #expect(first.version == 1 && first.sku == "KIT-1" && first.percentOff == "5")
            #expect(try await harness.rules.getPriceKit(GetPriceKitRequest(sku: "KIT-1")) == first)
            #expect(try await harness.putKit("KIT-1", of: ["A": 2, "B": 1], percentOff: "5") == first)
            let second = try await harness.putKit("KIT-1", of: ["B": 3], expecting: 1)
            #expect(second.version == 2)
            let conflict = try await harness.problem { try await harness.putKit("KIT-1", of: ["B": 3], expecting: 1) }
            #expect(conflict?.type == "version-conflict" && conflict?.version == 2)
            for sku in ["KIT-3", "KIT-2"] { try await harness.putKit(sku, of: ["A": 1]) }
            let page = try await harness.rules.listPriceKits(ListPriceKitsRequest(pageSize: 2))
            #expect(page.kits.map(\.sku) == ["KIT-1", "KIT-2"])
            let rest = try await harness.rules.listPriceKits(
                ListPriceKitsRequest(pageSize: 2, pageToken: page.nextPageToken))
            #expect(rest.kits.map(\.sku) == ["KIT-3"] && rest.nextPageToken.isEmpty)
            _ = try await harness.rules.deletePriceKit(DeletePriceKitRequest(sku: "KIT-1"))
            let gone = try await harness.problem {
                _ = try await harness.rules.deletePriceKit(DeletePriceKitRequest(sku: "KIT-1"))
            }
            #expect(gone?.type == "kit-not-found" && gone?.fields.map(\.field) == ["sku"])
            let events = try await harness.events().filter { $0.subject == "KIT-1" }
            let changes = try events.map { try PriceKitChanged(decoding: $0.payload) }
            #expect(changes.map(\.kit?.version) == [1, 2, 5])
            #expect(changes.map(\.removed) == [false, false, true])
            #expect(try await harness.number("select count(*) from price_book_history where kind = 3") == 5)
            #expect(try await harness.number("select count(*) from price_kit_component where kit_sku = 'KIT-1'") == 0)
        }
    }

    @Test("a kit that would hold itself is refused with the way, one that is nested too deep, too")
    func cycles() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            func refusal(_ kit: String, of part: String) async throws -> Problem? {
                try await harness.problem { try await harness.putKit(kit, of: [part: 1]) }
            }
            try await harness.putKit("A", of: ["B": 1])
            try await harness.putKit("B", of: ["C": 1, "D": 1])
            let circle = try #require(try await refusal("D", of: "A"))
            #expect(circle.type == "kit-invalid" && circle.fields.map(\.field) == ["kit.components"])
            let reason = circle.fields.first?.reason ?? ""
            #expect(["D → A → B → D", "A → B → D → A"].contains { reason.contains($0) }, "\(reason)")
            #expect(try await refusal("X", of: "X")?.type == "kit-invalid")
            for (kit, part) in [("C", "E"), ("E", "F"), ("F", "G")] { try await harness.putKit(kit, of: [part: 1]) }
            let below = try await refusal("G", of: "H")
            #expect(below?.type == "kit-invalid")
            #expect(below?.fields.first?.reason.contains("A → B → C → E → F → G") == true)
            #expect(try await refusal("Z", of: "A")?.type == "kit-invalid")
            // Room is made by taking one out in the middle.
            _ = try await harness.rules.deletePriceKit(DeletePriceKitRequest(sku: "C"))
            try await harness.putKit("G", of: ["H": 1])
            try await harness.putKit("Z", of: ["A": 1])
            try await harness.putKit("D", of: ["C": 1])
            #expect(try await refusal("C", of: "D")?.type == "kit-invalid")
        }
    }

    @Test("of two kits that would hold each other, made at the same time, one is refused")
    func race() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            for round in 0..<10 {
                let (left, right) = ("L\(round)", "R\(round)")
                async let first = harness.problem { try await harness.putKit(left, of: [right: 1]) }
                async let second = harness.problem { try await harness.putKit(right, of: [left: 1]) }
                #expect(try await [first?.type ?? "", second?.type ?? ""].sorted() == ["", "kit-invalid"])
            }
        }
    }

    @Test("what a kit may not say names its field")
    func refusals() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            func refusal(_ kit: PriceKit, sku: String = "KIT") async throws -> [String] {
                let problem = try await harness.problem {
                    _ = try await harness.rules.putPriceKit(PutPriceKitRequest(sku: sku, kit: kit))
                }
                return [problem?.type ?? "none"] + (problem?.fields.map(\.field) ?? [])
            }
            let item = BundleItem(sku: "A", quantity: 1)
            #expect(
                try await refusal(PriceKit(components: [item, item])) == ["duplicate-entry", "kit.components[1].sku"])
            #expect(
                try await refusal(PriceKit(components: [item], percentOff: "0")) == ["invalid-value", "kit.percentOff"])
            #expect(
                try await refusal(PriceKit(components: [BundleItem(sku: " A", quantity: 1)]))
                    == ["invalid-value", "kit.components[0].sku"])
            #expect(try await refusal(PriceKit(components: [])) == ["field-invalid", "kit.components"])
            #expect(try await refusal(PriceKit(sku: "OTHER", components: [item])) == ["field-invalid", "kit.sku"])
            #expect(try await refusal(PriceKit(components: [item]), sku: "K ") == ["invalid-value", "kit.sku"])
            let absent = try await harness.problem {
                _ = try await harness.rules.getPriceKit(GetPriceKitRequest(sku: "gone"))
            }
            #expect(absent?.type == "kit-not-found" && absent?.fields.map(\.field) == ["sku"])
            #expect(try await harness.number("select count(*) from price_kit") == 0)
        }
    }

    @Test("brands have kits of their own, and no circle leads through two")
    func brands() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putKit("A", of: ["B": 1])
            let rpc = try harness.client(of: PricingHarness.newBrand())
            defer { rpc.shutDown() }
            let other = PricingHarness(
                brand: harness.brand, pool: harness.pool, news: harness.news, server: harness.server, rpc: rpc)
            #expect(try await other.putKit("B", of: ["A": 1], expecting: 0).version == 1)
            #expect(try await other.rules.listPriceKits(ListPriceKitsRequest()).kits.map(\.sku) == ["B"])
            #expect(
                try await other.problem {
                    _ = try await other.rules.getPriceKit(GetPriceKitRequest(sku: "A"))
                }?.type == "kit-not-found")
        }
    }

    @Test("a brand has no more kits than it may have")
    func limit() async throws {
        try await PricingHarness.withRules { (harness) async throws in
            try await harness.putKit("first", of: ["A": 1])
            try await harness.pool.runScript(
                """
                insert into price_kit (brand_id, sku, version, document)
                select brand_id, 'kit-' || n, 1, document from price_kit, generate_series(2, 10000) n
                """)
            #expect(try await harness.problem { try await harness.putKit("last", of: ["A": 1]) }?.type == "too-many")
            try await harness.putKit("first", of: ["A": 2])
        }
    }
}

extension PricingHarness {
    @discardableResult
    fileprivate func putKit(
        _ sku: String, of parts: [String: Int64], percentOff: String = "", expecting version: UInt64? = nil
    ) async throws -> PriceKit {
        let items = parts.sorted { $0.key < $1.key }.map { BundleItem(sku: $0.key, quantity: $0.value) }
        return try await self.rules.putPriceKit(
            PutPriceKitRequest(
                sku: sku, kit: PriceKit(components: items, percentOff: percentOff), expectedVersion: version))
    }
}
