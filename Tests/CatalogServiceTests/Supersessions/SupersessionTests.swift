import CatalogAPI
import CatalogMessages
import ProtobufC
import RPC
import RPCMessages
import Testing

@testable import CatalogService

@Suite("Supersessions", .timeLimit(.minutes(5))) struct SupersessionTests {
    private func make(_ harness: CatalogHarness, _ skus: String...) async throws {
        for sku in skus { try await harness.save(Product(sku: sku)) }
    }

    private func list(
        _ harness: CatalogHarness, _ sku: String, on day: String = ""
    ) async throws
        -> ListSupersessionsResponse
    {
        try await harness.client.listSupersessions(ListSupersessionsRequest(sku: sku, onDay: day))
    }

    @Test("a chain is followed to its end, on the day that is asked for")
    func chains() async throws {
        try await CatalogHarness.with { (harness) async throws in
            try await self.make(harness, "A", "B", "C1", "C2")
            try await harness.supersede("A", by: "B", from: "2020-01-01")
            try await harness.supersede("B", by: "C1", from: "2022-01-01")
            try await harness.supersede("B", by: "C2", from: "2022-01-01", to: "2023-12-31")
            #expect(try await self.list(harness, "A", on: "2019-12-31").currentSkus == ["A"])
            #expect(try await self.list(harness, "A", on: "2021-06-01").currentSkus == ["B"])
            #expect(try await self.list(harness, "A", on: "2023-12-31").currentSkus == ["C1", "C2"])
            let now = try await self.list(harness, "A")
            #expect(now.currentSkus == ["C1"])
            #expect(now.successors.map(\.newSku) == ["B", "C1"])
            #expect(now.successors.first?.effectiveFrom == "2020-01-01")
            #expect(try await self.list(harness, "C1").predecessors.map(\.oldSku) == ["B", "A"])
            #expect(try await harness.find("a").first?.currentSkus == ["C1"])
        }
    }

    @Test("the same again changes nothing; another day changes it, and each change has its event")
    func events() async throws {
        try await CatalogHarness.with { (harness) async throws in
            try await self.make(harness, "A", "B")
            let first = try await harness.supersede("A", by: "B", from: "2020-01-01")
            #expect(first.oldSku == "A" && first.newSku == "B")
            try await harness.supersede("A", by: "B", from: "2020-01-01")
            try await harness.supersede("A", by: "B", from: "2021-01-01")
            _ = try await harness.client.deleteSupersession(DeleteSupersessionRequest(sku: "A", newSku: "B"))
            let changes = try await harness.events().filter { $0.type == "catalog.supersession.changed" }
            let payloads = try changes.map { try SupersessionChanged(decoding: $0.payload) }
            #expect(payloads.map { $0.supersession?.effectiveFrom } == ["2020-01-01", "2021-01-01", "2021-01-01"])
            #expect(payloads.map(\.deleted) == [false, false, true])
            #expect(
                try await harness.refusal {
                    _ = try await harness.client.deleteSupersession(DeleteSupersessionRequest(sku: "A", newSku: "B"))
                } == "supersession-not-found")
        }
    }

    @Test("a part never takes its own place on any day; on other days the way back is open")
    func cycles() async throws {
        try await CatalogHarness.with { (harness) async throws in
            try await self.make(harness, "A", "B", "C")
            try await harness.supersede("A", by: "B", from: "2020-01-01", to: "2020-12-31")
            try await harness.supersede("B", by: "C", from: "2020-06-01")
            #expect(
                try await harness.refusal { try await harness.supersede("C", by: "A", from: "2020-12-31") }
                    == "supersession-cycle")
            try await harness.supersede("C", by: "A", from: "2021-01-01")
            #expect(try await harness.refusal { try await harness.supersede("A", by: "A") } == "supersession-cycle")
            #expect(try await self.list(harness, "B", on: "2021-01-01").currentSkus == ["A"])
            #expect(try await harness.refusal { try await harness.supersede("A", by: "X") } == "product-not-found")
            #expect(
                try await harness.refusal { try await harness.supersede("A", by: "B", from: "2026-02-30") }
                    == "invalid-product")
        }
    }

    @Test("of edges that together close a circle, put at the same time, one is refused")
    func race() async throws {
        try await CatalogHarness.with { (harness) async throws in
            for round in 0..<10 {
                let (left, right) = ("L\(round)", "R\(round)")
                try await self.make(harness, left, right)
                async let first = harness.refusal { try await harness.supersede(left, by: right) }
                async let second = harness.refusal { try await harness.supersede(right, by: left) }
                #expect(try await [first, second].sorted() == ["", "supersession-cycle"])
            }
        }
    }
}
