import Migrations
import OrderService
import Testing

@Suite("The tables of orders")
struct OrderSchemaTests {
    @Test("the migrations are in order")
    func order() throws { #expect(try MigrationSet(OrderSchema.migrations).migrations.count == 9) }
}
