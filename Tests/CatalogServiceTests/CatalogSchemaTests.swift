import CatalogService
import DrivelineTesting
import LocalServers
import Migrations
import Testing

@Suite struct CatalogSchemaTests {
    @Test("The migrations of the catalog are numbered without a gap")
    func numbers() {
        #expect(CatalogSchema.migrations.map(\.number) == Array(1...CatalogSchema.migrations.count))
    }
}
