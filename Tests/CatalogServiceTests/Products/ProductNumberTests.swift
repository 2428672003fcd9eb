import CatalogDomain
import CatalogMessages
import Postgres
import ProtobufC
import RPC
import RPCMessages
import Testing

@testable import CatalogService

@Suite("GTINs and part numbers", .timeLimit(.minutes(5))) struct ProductNumberTests {
    @Test("of two products that claim one GTIN at the same time one gets it")
    func race() async throws {
        try await CatalogHarness.with { (harness) async throws in
            for round in 0..<8 {
                let ends = await withTaskGroup(of: String.self) { group in
                    for copy in 0..<4 {
                        group.addTask {
                            var product = Product(sku: "P\(round)-\(copy)")
                            product.gtin = ["73513537", "012345678905"][round % 2]
                            return (try? await harness.refusal { try await harness.save(product) }) ?? "failed"
                        }
                    }
                    return await group.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
                }
                // From the third round on it is taken already.
                #expect(ends == (round < 2 ? ["": 1, "gtin-taken": 3] : ["gtin-taken": 4]))
            }
            #expect(try await harness.number("select count(*) from product") == 2)
            #expect(try await harness.number("select count(*) from gtin") == 2)
        }
    }

    @Test("a GTIN is the same with and without leading zeros, of a product or a package, and free once it is given up")
    func padding() async throws {
        try await CatalogHarness.with { (harness) async throws in
            try await harness.save(.full("R280"))
            var thief = Product(sku: "THIEF", packages: [Package(unit: "EA", quantity: 1, gtin: "00012345678905")])
            let error = await #expect(throws: RPCError.self) { try await harness.save(thief) }
            #expect(error?.problem?.type == "gtin-taken")
            #expect(error?.problem?.fields.map(\.field) == ["product.packages[0].gtin"])
            var giving = Product.full("R280")
            giving.gtin = ""
            giving.packages = []
            try await harness.save(giving)
            try await harness.save(thief)
            thief.packages = []
            try await harness.save(thief)
            #expect(try await harness.number("select count(*) from gtin") == 0)
        }
    }

    @Test("in one batch a refused product fails no other, and a GTIN that one gives up is free for those after it")
    func batch() async throws {
        try await CatalogHarness.with { (harness) async throws in
            try await harness.save(Product(sku: "A", gtin: "012345678905"))
            let result = try await harness.write([
                ProductWrite(sku: "EARLY", change: .save(Product(sku: "EARLY", gtin: "012345678905"))),
                ProductWrite(sku: "A", change: .save(Product(sku: "A", gtin: "73513537"))),
                ProductWrite(sku: "B", change: .save(Product(sku: "B", gtin: "012345678905"))),
                ProductWrite(sku: "C", change: .save(Product(sku: "C", gtin: "73513537"))),
                ProductWrite(sku: "B", change: .save(Product(sku: "B"))),
                ProductWrite(sku: "D", change: .save(Product(sku: "D", gtin: "4006381333932"))),
                ProductWrite(sku: "GONE", change: .delete),
            ])
            let ends = result.outcomes.map { outcome in
                switch outcome {
                case .created: "created"
                case .changed: "changed"
                case .unchanged: "unchanged"
                case .deleted: "deleted"
                case .refused(let refusal): refusal.reason.name
                }
            }
            #expect(
                ends == [
                    "gtin-taken", "changed", "created", "gtin-taken", "invalid-product", "gtin-check-digit",
                    "product-not-found",
                ])
            #expect(result.changes.map(\.sku) == ["A", "B"])
            #expect(result.changes.map { $0.previous?.gtin } == ["012345678905", nil])
            #expect(try await harness.find("012345678905").map(\.sku) == ["B"])
            #expect(try await harness.number("select count(*) from gtin") == 2)
            #expect(try await harness.number("select count(*) from product") == 2)
        }
    }

    @Test("a file may force a move of the life cycle, and an import's id stands in row and event")
    func imports() async throws {
        try await CatalogHarness.with { (harness) async throws in
            try await harness.save(Product(sku: "P", status: .obsolete))
            let write = ProductWrite(sku: "P", change: .save(Product(sku: "P", status: .proposed)))
            let importID = harness.brand
            let result = try await harness.write([write], importID: importID, forcesLifeCycle: true)
            #expect(result.changes.first?.current?.status == .proposed)
            let event = try #require(try await harness.events().last)
            #expect(try ProductChanged(decoding: event.payload).importID == importID.description)
            #expect(try await harness.number("select count(*) from product where import_id = brand_id") == 1)
        }
    }

    @Test(
        "a number finds its part in any punctuation and case",
        arguments: ["br-280/v", "BR280V", "br 280.v", "BR_280-V"])
    func punctuation(_ number: String) async throws {
        try await CatalogHarness.with { (harness) async throws in
            try await harness.save(Product(sku: "BR-280.V", name: "Rotor"))
            let matches = try await harness.find(number)
            #expect(matches.map(\.sku) == ["BR-280.V"])
            #expect(matches.first?.kind == .sku && matches.first?.name == "Rotor")
            #expect(matches.first?.currentSkus == ["BR-280.V"])
        }
    }

    @Test("GTINs of every length and other brands' numbers find the part; the brand tells numbers apart")
    func others() async throws {
        try await CatalogHarness.with { (harness) async throws in
            try await harness.save(.full("R280"))
            for number in ["012345678905", "0012345678905", "00012345678905", "0-12345-67890-5"] {
                #expect(try await harness.find(number).map(\.kind) == [.gtin])
            }
            #expect(try await harness.find("43512 06130").map(\.brandLabel) == ["Toyota"])
            try await harness.save(
                Product(
                    sku: "4351206130",
                    interchanges: [Interchange(partNumber: "43512.06130", brandCode: "BBCC", brandLabel: "Lexus")]))
            let all = try await harness.find("43512-06130")
            #expect(all.map(\.kind) == [.sku, .interchange, .interchange])
            #expect(try await harness.find("43512-06130", brand: "toyota").map(\.sku) == ["4351206130", "R280"])
            #expect(try await harness.find("43512-06130", brand: "BBCC").last?.brandLabel == "Lexus")
            #expect(try await harness.find("nothing").isEmpty)
        }
    }

    @Test("what was another number before is not found any more")
    func changedNumbers() async throws {
        try await CatalogHarness.with { (harness) async throws in
            try await harness.save(.full("R280"))
            var changed = Product.full("R280")
            changed.interchanges = [Interchange(partNumber: "NEW-1"), Interchange(partNumber: "NEW-2")]
            try await harness.save(changed)
            #expect(try await harness.find("43512-06130").isEmpty)
            #expect(try await harness.find("new 2").map(\.number) == ["NEW-2"])
        }
    }
}
