import CatalogDomain
import CatalogMessages
import Events
import Postgres
import ProtobufC
import TestSupport
import Testing

@testable import CatalogService

@Suite("Rows that are made of products", .timeLimit(.minutes(5))) struct ProductConsistencyTests {
    private static let gtins = ["012345678905", "73513537", "4006381333931", "10012345678902", ""]

    private static func write(_ random: inout SeededGenerator) -> ProductWrite {
        let sku = "S\(Int.random(in: 0..<14, using: &random))"
        guard Int.random(in: 0..<6, using: &random) > 0 else { return ProductWrite(sku: sku, change: .delete) }
        var product = Product(sku: sku, name: "Name \(Int.random(in: 0..<3, using: &random))")
        product.gtin = Self.gtins.randomElement(using: &random) ?? ""
        product.interchanges = (0..<Int.random(in: 0...2, using: &random)).map {
            Interchange(partNumber: "X-\(Int.random(in: 0...3, using: &random))-\($0)")
        }
        if Int.random(in: 0..<3, using: &random) == 0 {
            product.kitComponents = [
                KitComponent(partNumber: "S\(Int.random(in: 0..<14, using: &random))", quantity: 1)
            ]
        }
        return ProductWrite(sku: sku, change: .save(product))
    }

    @Test(
        "numbers, GTINs and components are those of the products, and versions those of the events, whatever runs at once"
    )
    func histories() async throws {
        let seed = testSeed("ProductConsistencyTests.histories")
        try await CatalogHarness.with { (harness) async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<6 {
                    group.addTask {
                        var random = SeededGenerator(seed: seed &+ UInt64(writer))
                        for _ in 0..<20 {
                            let writes = (0..<Int.random(in: 1...5, using: &random)).map { _ in Self.write(&random) }
                            _ = try await harness.write(writes)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let products = try await harness.allProducts()
            try await self.checkRows(harness, products)
            try await self.checkEvents(harness, products)
        }
    }

    @Test("as many products as there may be are written in one transaction, changed, left alone, and deleted")
    func largestBatch() async throws {
        try await CatalogHarness.with { (harness) async throws in
            func write(_ change: (String) -> ProductWrite.Change) async throws -> ProductWriteResult {
                try await harness.write(
                    (0..<ProductWrites.maximumWrites).map { ProductWrite(sku: "S\($0)", change: change("S\($0)")) })
            }
            let made = try await write { .save(.full($0).withoutGTINs) }
            #expect(made.events.count == ProductWrites.maximumWrites)
            let same = try await write { .save(.full($0).withoutGTINs) }
            #expect(same.events.isEmpty && same.changes.isEmpty)
            let mask = try ProductMask(["name"], of: Product())
            let changed = try await write { _ in .update(Product(name: "Other"), mask) }
            #expect(changed.changes.allSatisfy { $0.previous?.version == 1 && $0.current?.version == 2 })
            let gone = try await write { _ in .delete }
            #expect(gone.changes.allSatisfy { $0.previous?.name == "Other" && $0.current == nil })
            for count in ["select count(*) from product", "select count(*) from part_number"] as [StaticString] {
                #expect(try await harness.number(count) == 0)
            }
        }
    }

    private func checkRows(_ harness: CatalogHarness, _ products: [StoredProduct]) async throws {
        let gtins = try await harness.texts("select gtin || ' ' || sku from gtin")
        #expect(gtins == Set(products.flatMap { stored in stored.product.gtins.map { "\($0) \(stored.product.sku)" } }))
        let numbers = try await harness.texts(
            "select kind || ' ' || folded || ' ' || sku || ' ' || part from part_number")
        #expect(
            numbers
                == Set(
                    products.flatMap { stored in
                        stored.product.partNumbers.map {
                            "\($0.kind.rawValue) \($0.folded) \(stored.product.sku) \($0.part)"
                        }
                    }))
        let components = try await harness.texts("select kit_sku || ' ' || sku || ' ' || quantity from kit_component")
        #expect(
            components
                == Set(
                    products.flatMap { stored in
                        stored.product.ownComponents.map { "\(stored.product.sku) \($0.key) \($0.value)" }
                    }))
        var graph = KitGraph()
        for stored in products { try graph.replace(stored.product.parts, of: try SKU(stored.product.sku)) }
    }

    private func checkEvents(_ harness: CatalogHarness, _ products: [StoredProduct]) async throws {
        var versions: [String: UInt64] = [:]
        for event in try await harness.events() {
            if event.type == CatalogEvent.productDeletedType {
                let version = try ProductDeleted(decoding: event.payload).version
                #expect(version == (versions.removeValue(forKey: event.subject) ?? 0) + 1)
            } else {
                let changed = try ProductChanged(decoding: event.payload)
                #expect(changed.created == (versions[event.subject] == nil))
                #expect(changed.version == (versions[event.subject] ?? 0) + 1, "\(event.subject)")
                versions[event.subject] = changed.version
            }
        }
        let stored = Dictionary(uniqueKeysWithValues: products.map { ($0.product.sku, UInt64($0.version)) })
        #expect(versions == stored)
    }
}

extension CatalogHarness {
    func allProducts() async throws -> [StoredProduct] {
        let skus = try await self.texts("select sku from product")
        return Array(
            try ProductRows.read(try await self.pool.query(ProductRows.all(Array(skus), of: self.brand))).values)
    }

    /// The first column of all rows.
    func texts(_ sql: StaticString) async throws -> Set<String> {
        let rows = try await self.pool.query(PostgresStatement(sql))
        return try Set(rows.map { (row) throws(PostgresError) in try row.decode(String.self) })
    }
}
