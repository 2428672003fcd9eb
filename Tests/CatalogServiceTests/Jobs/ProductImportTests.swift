import CatalogAPI
import CatalogMessages
import DrivelineTesting
import RPC
import Testing

@testable import CatalogService

@Suite(.timeLimit(.minutes(5))) struct ProductImportTests {
    private static func json(_ products: [(String, String)]) -> String {
        products.map { "{\"sku\":\"\($0)\",\"name\":\"\($1)\"}\n" }.joined()
    }

    @Test("Products are made, changed and left as they are; a SKU that comes twice is refused with its line")
    func products() async throws {
        try await FileHarness.with { files in
            let first = try await files.imported(Self.json([("A", "a"), ("B", "b"), ("A", "c")]), .init(format: .json))
            #expect(first.state == .succeeded && first.productsCreated == 2 && first.recordsFailed == 1)
            let lines = try await files.lines(.failedRecords, of: first)
            #expect(lines.count == 1 && lines[0].contains("\"line\":3") && lines[0].contains("invalid-product"))
            let second = try await files.imported(
                Self.json([("A", "a"), ("B", "new"), ("C", "c")]), .init(format: .json))
            #expect(second.unchanged == 1 && second.productsChanged == 1 && second.productsCreated == 1)
            #expect(try await files.names() == ["A a", "B new", "C c"])
            #expect(try await files.staged() == 0)
        }
    }

    @Test("A product whose compatibility names no vehicle that there can be is refused alone")
    func compatibility() async throws {
        try await FileHarness.with { files in
            let file =
                #"{"sku":"A","name":"a","compatibility":[{"make":"Toyota","model":"Camry","yearFrom":2099}]}"# + "\n"
                + #"{"sku":"B","name":"b","compatibility":[{"make":"Toyota","model":"Camry","yearFrom":2019}]}"#
            let found = try await files.imported(file, .init(format: .json))
            #expect(found.state == .succeeded && found.productsCreated == 1 && found.recordsFailed == 1)
            let lines = try await files.lines(.failedRecords, of: found)
            #expect(lines.count == 1 && lines[0].contains("invalid-fitment") && lines[0].contains("compatibility[0]"))
            #expect(try await files.fitments().count == 1)
        }
    }

    @Test("A table changes the fields that it has, and makes products that are not there")
    func tables() async throws {
        try await FileHarness.with { files in
            try await files.catalog.save(
                Product(sku: "A", name: "Pad", category: "Brakes", attributes: ["material": "Iron", "side": "left"]))
            let found = try await files.imported(
                "Item No.,name,attributes.material\nA,Pad Set,Ceramic\nB,Rotor,\n",
                .init(format: .csv, columns: [CatalogColumn(fileColumn: "Item No.", field: "sku")]))
            #expect(found.state == .succeeded && found.productsChanged == 1 && found.productsCreated == 1)
            let product = try await files.catalog.get("A")
            #expect(product.name == "Pad Set" && product.category == "Brakes")
            #expect(product.attributes == ["material": "Ceramic", "side": "left"])
        }
    }

    @Test("A full file removes what earlier files of its document brought and it leaves out, and nothing else")
    func full() async throws {
        try await FileHarness.with { files in
            try await files.catalog.save(Product(sku: "MINE", name: "mine"))
            _ = try await files.imported(Self.json([("A", "a"), ("B", "b")]), .init(format: .json, mode: .full))
            let found = try await files.imported(Self.json([("B", "b")]), .init(format: .json, mode: .full))
            #expect(found.productsDeleted == 1 && found.unchanged == 1)
            #expect(try await files.names() == ["B b", "MINE mine"])
            #expect(try await files.undo(found) == [])
            #expect(try await files.names() == ["A a", "B b", "MINE mine"])
        }
    }

    @Test("A dry run tells each difference and changes nothing; undoing leaves what was changed since, and says so")
    func dryRunAndUndo() async throws {
        try await FileHarness.with { files in
            for name in ["A", "B"] { try await files.catalog.save(Product(sku: name, name: "old")) }
            let file = Self.json([("A", "new"), ("B", "new"), ("C", "new")])
            let dry = try await files.imported(file, .init(format: .json, dryRun: true))
            #expect(dry.productsChanged == 2 && dry.productsCreated == 1)
            #expect(
                try await files.lines(.differences, of: dry) == [
                    #"{"change":"changed","fields":["name"],"sku":"A"}"#,
                    #"{"change":"changed","fields":["name"],"sku":"B"}"#, #"{"change":"created","sku":"C"}"#,
                ])
            #expect(try await files.names() == ["A old", "B old"])
            let found = try await files.imported(file, .init(format: .json))
            try await files.catalog.save(Product(sku: "B", name: "mine"))
            let refused = try await files.undo(found)
            #expect(refused.count == 1 && refused[0].contains("version-conflict") && refused[0].contains("\"B\""))
            #expect(try await files.names() == ["A old", "B mine"])
        }
    }

    @Test(
        "Importing an export into an empty catalog gives the same catalog",
        arguments: [CatalogFormat.json, .csv])
    func roundTrip(_ format: CatalogFormat) async throws {
        try await FileHarness.with { files in
            for number in 0..<5 {
                var product = Product.full("F\(number)")
                product.gtin = ""
                product.packages = []
                try await files.catalog.save(product)
            }
            try await files.catalog.save(.article)
            let (text, found) = try await files.exported(.init(format: format))
            #expect(found.records == 6 && found.recordsLeftOut == 0)
            let skus = ["ABC1234", "F0", "F1", "F2", "F3", "F4"]
            var before: [Product] = []
            for sku in skus {
                before.append(try await files.catalog.get(sku))
                _ = try await files.catalog.client.deleteProduct(.init(sku: sku))
            }
            let back = try await files.imported(text, .init(format: format))
            #expect(back.state == .succeeded && back.productsCreated == 6 && back.recordsFailed == 0)
            for (sku, product) in zip(skus, before) {
                var found = try await files.catalog.get(sku)
                (found.createdAt, found.changedAt, found.version) = (
                    product.createdAt, product.changedAt, product.version
                )
                #expect(found == product)
            }
        }
    }
}
