import CatalogAPI
import CatalogMessages
import Events
import Postgres
import ProtobufC
import RPC
import RPCMessages
import Testing
import WellKnownMessages

@testable import CatalogService

@Suite("Saving products", .timeLimit(.minutes(5))) struct SaveProductTests {
    @Test("the article's document is taken as it is, and read back equal in every field")
    func article() async throws {
        try await CatalogHarness.with { (harness) async throws in
            let saved = try await harness.save(.article)
            #expect(saved.created)
            let read = try await harness.get("ABC1234")
            #expect(read.named == Product.article.available)
            #expect(read.version == 1)
            #expect(read.createdAt == read.changedAt && read.createdAt != nil)
            #expect(saved.product == read)
        }
    }

    @Test("a product with something in every kind of field is read back equal, too")
    func fullDocument() async throws {
        try await CatalogHarness.with { (harness) async throws in
            try await harness.save(.full("R280"))
            #expect(try await harness.get("R280").named == Product.full("R280").available)
        }
    }

    @Test("the same again changes nothing: neither version nor events; a change does both once")
    func versions() async throws {
        try await CatalogHarness.with { (harness) async throws in
            try await harness.save(.article)
            let again = try await harness.save(.article)
            #expect(!again.created)
            #expect(again.product?.version == 1)
            var changed = Product.article
            changed.name = "Brake Pads"
            #expect(try await harness.save(changed).product?.version == 2)
            let events = try await harness.events()
            #expect(events.map(\.type) == ["catalog.product.changed", "catalog.product.changed"])
            #expect(try events.map { try ProductChanged(decoding: $0.payload).version } == [1, 2])
            #expect(try events.map { try ProductChanged(decoding: $0.payload).created } == [true, false])
        }
    }

    @Test("a version that is not the expected one is refused with the present one")
    func expectedVersions() async throws {
        try await CatalogHarness.with { (harness) async throws in
            try await harness.save(.article, expecting: 0)
            for expected in [0, 2] as [UInt64] {
                let error = await #expect(throws: RPCError.self) {
                    try await harness.save(.article, expecting: expected)
                }
                #expect(error?.problem?.type == "version-conflict")
                #expect(error?.problem?.version == 1)
            }
            try await harness.save(.article, expecting: 1)
            #expect(
                try await harness.refusal { try await harness.save(.full("NEW"), expecting: 3) } == "version-conflict")
        }
    }

    @Test("many savers of one product at once lose no change: versions are dense, and each has its event in order")
    func concurrency() async throws {
        try await CatalogHarness.with { (harness) async throws in
            let savers = 40
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<savers {
                    group.addTask { try await harness.save(Product(sku: "HOT", name: "Name \(number)")) }
                }
                try await group.waitForAll()
            }
            let last = try await harness.get("HOT")
            #expect(last.version == UInt64(savers))
            let events = try await harness.events().map { try ProductChanged(decoding: $0.payload) }
            #expect(events.map(\.version) == (1...UInt64(savers)).map { $0 })
            #expect(events.filter(\.created).count == 1)
        }
    }

    @Test("of savers that all expect the same version one succeeds")
    func optimism() async throws {
        try await CatalogHarness.with { (harness) async throws in
            try await harness.save(.article)
            let ends = await withTaskGroup(of: String.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        var product = Product.article
                        product.name = "By \(number)"
                        return (try? await harness.refusal { try await harness.save(product, expecting: 1) })
                            ?? "failed"
                    }
                }
                return await group.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
            }
            #expect(ends == ["": 1, "version-conflict": 19])
        }
    }

    @Test("everything that is wrong is told at once, with the path in the request")
    func faults() async throws {
        try await CatalogHarness.with { (harness) async throws in
            var product = Product.full("BAD ")
            product.gtin = "012345678900"
            product.images = ["ftp://example.com"]
            product.compatibility = [Compatibility(make: "Ford", yearFrom: 2020, yearTo: 2010)]
            let error = await #expect(throws: RPCError.self) { try await harness.save(product) }
            #expect(error?.problem?.type == "invalid-product")
            let fields = Set(error?.problem?.fields.map(\.field) ?? [])
            #expect(fields == ["product.sku", "product.gtin", "product.images[0]", "product.compatibility[0].yearTo"])
            #expect(try await harness.number("select count(*) from product") == 0)
        }
    }

    @Test("a product that is too large is refused")
    func size() async throws {
        try await CatalogHarness.with { (harness) async throws in
            var product = Product(sku: "LARGE")
            product.attributes = Dictionary(
                uniqueKeysWithValues: (0..<40).map { ("a\($0)", String(repeating: "x", count: 7_900)) })
            #expect(try await harness.refusal { try await harness.save(product) } == "invalid-product")
        }
    }

    @Test("a status goes only where the trade's life cycle goes")
    func lifeCycle() async throws {
        try await CatalogHarness.with { (harness) async throws in
            try await harness.save(Product(sku: "P", status: .discontinued))
            #expect(try await harness.refusal { try await harness.save(Product(sku: "P")) } == "life-cycle")
            #expect(try await harness.save(Product(sku: "P", status: .obsolete)).product?.status == .obsolete)
        }
    }

    @Test("a variant is a row of its own: of 414 variants one that is saved touches no other")
    func variants() async throws {
        try await CatalogHarness.with { (harness) async throws in
            let writes = (0..<414).map { number in
                ProductWrite(
                    sku: "V\(number)",
                    change: .save(
                        Product(
                            sku: "V\(number)", name: "Shirt", variantGroup: "shirt",
                            variantOptions: ["size": "\(number)"])))
            }
            let result = try await harness.write(writes)
            #expect(result.events.count == 414)
            let before = try await harness.rowVersions()
            try await harness.save(
                Product(sku: "V7", name: "Shirt", variantGroup: "shirt", variantOptions: ["size": "XL"]))
            let after = try await harness.rowVersions()
            #expect(before.count == 414)
            #expect(before.filter { after[$0.key] != $0.value }.map(\.key) == ["V7"])
            #expect(try await harness.events().count == 415)
        }
    }

    @Test("products of other brands are nobody's business")
    func brands() async throws {
        try await CatalogHarness.with { (harness) async throws in
            try await harness.save(.article)
            let other = try harness.client(of: PostgresUUID(high: 1, low: 1))
            defer { other.shutDown() }
            let client = ProductServiceClient(other)
            #expect(
                try await harness.refusal { _ = try await client.getProduct(GetProductRequest(sku: "ABC1234")) }
                    == "product-not-found")
            #expect(try await client.lookUpProducts(LookUpProductsRequest(skus: ["ABC1234"])).products.isEmpty)
            #expect(try await client.saveProduct(SaveProductRequest(product: .full("ABC1234"))).created)
            #expect(try await harness.get("ABC1234").named == Product.article.available)
        }
    }
}

extension CatalogHarness {
    /// Writes as an import does, in one transaction.
    func write(
        _ writes: [ProductWrite], importID: PostgresUUID? = nil, forcesLifeCycle: Bool = false
    ) async throws -> ProductWriteResult {
        let origin = ProductWriteOrigin(brand: self.brand, importID: importID, forcesLifeCycle: forcesLifeCycle)
        return try await self.products.changing { transaction in
            let result = try await self.products.writes.write(writes, as: origin, in: transaction)
            _ = try await transaction.commit(with: try EventLog.append(result.events))
            return result
        }
    }

    /// Which transaction wrote each product's row.
    func rowVersions() async throws -> [String: String] {
        let rows = try await self.pool.query(PostgresStatement("select sku, xmin::text || ctid::text from product"))
        var versions: [String: String] = [:]
        for row in rows {
            let (sku, version) = try row.decode(String.self, String.self)
            versions[sku] = version
        }
        return versions
    }
}
