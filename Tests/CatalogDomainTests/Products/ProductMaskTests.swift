import CatalogDomain
import CatalogMessages
import TestSupport
import Testing

@Suite(.processorBound) struct ProductMaskTests {
    @Test("Without paths everything that is said is carried over, and only that")
    func all() throws {
        let change = Product(sku: "OTHER", name: "New", warranty: Warranty(time: 1), version: 9)
        let changed = try ProductMask(nil, of: change).applying(change, to: Product(sku: "A", description: "Old"))
        #expect(changed == Product(sku: "A", name: "New", description: "Old", warranty: Warranty(time: 1)))
    }

    @Test("A field of a message is made where there is no message, and cleared by itself")
    func nested() throws {
        let made = try ProductMask(["minimum_order_quantity.unit"], of: Product()).applying(
            Product(minimumOrderQuantity: Quantity(unit: "EA")), to: Product(sku: "A"))
        #expect(made.minimumOrderQuantity == Quantity(unit: "EA"))
        let cleared = try ProductMask(["warranty.terms", "warranty"], of: Product()).applying(
            Product(), to: Product(warranty: Warranty(time: 3, terms: "x")))
        #expect(cleared.warranty == nil)
    }

    @Test("Paths that no product has are refused, and so are too many", arguments: [["colour"], ["name.first"], [""]])
    func unknown(_ paths: [String]) {
        #expect(throws: CatalogRefusal.self) { try ProductMask(paths, of: Product()) }
        #expect(throws: CatalogRefusal.self) {
            try ProductMask(Array(repeating: "name", count: ProductMask.maximumPaths + 1), of: Product())
        }
    }

    @Test("Every field of a product but those that name it or only answers have can be changed")
    func completeness() throws {
        let fields = Mirror(reflecting: Product()).children.compactMap(\.label)
        let paths = fields.map { label in
            let snake = label.replacing("ID", with: "Id").map { $0.isUppercase ? "_" + $0.lowercased() : String($0) }
            return snake.joined()
        }
        #expect(paths.count == 45)
        for path in paths { _ = try ProductMask([path], of: Product()) }
    }
}
