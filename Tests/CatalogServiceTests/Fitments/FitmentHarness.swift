import CatalogAPI
import CatalogDomain
import CatalogMessages
import DrivelineTesting
import Events
import Logging
import Postgres
import ProtobufC
import RPC
import RPCMessages
import Testing
import Vehicles

@testable import CatalogService

/// Products and fitments of the catalog service in this process, on one database of the test's own, in the year 2026.
struct FitmentHarness {
    let brand: PostgresUUID
    let pool: PostgresPool
    let server: InProcessServer
    let rpc: RPCClient

    var client: FitmentServiceClient { FitmentServiceClient(self.rpc) }
    var products: ProductServiceClient { ProductServiceClient(self.rpc) }

    static func now() -> PostgresTimestamp { PostgresTimestamp(microseconds: 1_780_000_000_000_000) }

    /// Runs the services while `body` does.
    static func with(_ body: (FitmentHarness) async throws -> Void) async throws {
        try await withDatabase(CatalogHarness.template) { database in
            let reactor = try PostgresReactor()
            defer { reactor.stop() }
            let pool = try PostgresPool(PostgresConfiguration(url: database.url), on: reactor)
            let news = EventNews()
            let logger = Logger(label: "catalog") { _ in SwiftLogNoOpLogHandler() }
            let fitments = Fitments(
                pool, tables: try VehicleTables.embedded, news: news, logger: logger, now: Self.now)
            let follower = CompatibilityFitments(fitments.known, now: Self.now)
            let products = Products(pool, followers: [follower], news: news, logger: logger)
            let server = try await InProcessServer([products, fitments])
            let brand = PostgresUUID(high: .random(in: 1 ... .max), low: .random(in: 1 ... .max))
            let rpc = try server.client(credential: "\(brand)/tester \(CatalogHarness.scopes)")
            let harness = FitmentHarness(brand: brand, pool: pool, server: server, rpc: rpc)
            let result: Result<Void, any Error>
            do { result = .success(try await body(harness)) } catch { result = .failure(error) }
            rpc.shutDown()
            await server.stop()
            await pool.shutDown(graceMilliseconds: 0)
            try result.get()
        }
    }

    /// A client that acts for another brand.
    func client(of brand: PostgresUUID) throws -> RPCClient {
        try self.server.client(credential: "\(brand)/tester \(CatalogHarness.scopes)")
    }

    @discardableResult
    func save(_ sku: String, _ change: (inout Product) -> Void = { _ in }) async throws -> Product {
        var product = Product(sku: sku, name: "Part \(sku)", partType: "Disc Brake Pad Set")
        change(&product)
        let response = try await self.products.saveProduct(SaveProductRequest(product: product))
        return try #require(response.product)
    }

    @discardableResult
    func add(
        _ fitments: [Fitment], to sku: String, expecting version: UInt64? = nil
    ) async throws -> AddFitmentsResponse {
        try await self.client.addFitments(
            AddFitmentsRequest(sku: sku, fitments: fitments, expectedVersion: version))
    }

    func list(_ sku: String, _ change: (inout ListFitmentsRequest) -> Void = { _ in }) async throws -> [Fitment] {
        var request = ListFitmentsRequest(sku: sku)
        change(&request)
        var found: [Fitment] = []
        repeat {
            let page = try await self.client.listFitments(request)
            found += page.fitments
            request.pageToken = page.nextPageToken
        } while !request.pageToken.isEmpty
        return found
    }

    /// What fits a Toyota Camry of 2019.
    func find(_ change: (inout FindProductsRequest) -> Void = { _ in }) async throws -> FindProductsResponse {
        var request = FindProductsRequest(year: 2019, make: "Toyota", model: "Camry")
        change(&request)
        return try await self.client.findProducts(request)
    }

    func version(_ sku: String) async throws -> UInt64 {
        try await self.products.getProduct(GetProductRequest(sku: sku)).version
    }

    /// The numbers in the events that tell of a product's fitments.
    func told(_ sku: String) async throws -> [[UInt32]] {
        let rows = try await self.pool.query(
            PostgresStatement(
                "select payload from event where type = 'catalog.fitments.changed' and subject = $1 order by sequence"),
            sku)
        return try rows.map { row in
            let event = try FitmentsChanged(decoding: try row.decode([UInt8].self))
            #expect(event.sku == sku)
            return [event.added, event.removed]
        }
    }

    /// The type of the problem that a call is refused with; empty where it is not.
    func refusal(of call: () async throws -> Void) async throws -> String {
        do {
            try await call()
            return ""
        } catch let error as RPCError {
            return error.problem?.type ?? "\(error)"
        }
    }
}

extension Fitment {
    /// A fitment of Toyotas.
    static func toyota(
        _ model: String = "Camry", _ first: Int32 = 2018, _ last: Int32 = 2022,
        _ change: (inout Fitment) -> Void = { _ in }
    ) -> Fitment {
        var fitment = Fitment(
            vehicle: VehicleSelector(yearFrom: first, yearTo: last, make: "Toyota", model: model))
        change(&fitment)
        return fitment
    }

    /// A fitment of a base vehicle.
    static func base(_ id: UInt32, _ change: (inout Fitment) -> Void = { _ in }) -> Fitment {
        var fitment = Fitment(vehicle: VehicleSelector(baseVehicleID: id), partTypeID: 6832, positionID: 1)
        change(&fitment)
        return fitment
    }
}
