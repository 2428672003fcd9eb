import DrivelineTesting
import OrderAPI
import OrderDomain
import OrderMessages
import Postgres
import ProtobufC
import RPC
import RPCMessages
import TestSupport
import Testing
import WellKnownMessages

@testable import OrderService

@Suite("Imports of orders", .timeLimit(.minutes(5)))
struct OrderImportTests {
    @Test("a finished order comes on record as one that was sent to POST /v1/orders")
    func article() async throws {
        try await OrderFileHarness.with { files in
            let found = try await files.imported(OrderFileSamples.article)
            #expect(found.state == .succeeded && found.records == 1 && found.ordersCreated == 1)
            let order = try await files.orders.lookup.order(files.brand, "ORD09876", connection: "amazon")
            #expect(order.status == .fulfilled && order.paymentStatus == .paid && order.shippingTracking == "TRACK123")
            #expect(order.totals?.total?.micros == 100_000_000 && order.totals?.paid?.micros == 100_000_000)
            #expect(order.version == 1 && order.createdAt != nil && order.reservationID.isEmpty)
            #expect(try await files.orders.log(of: order).map(\.kind) == [.imported])
            #expect(try await files.orders.log(of: order).first?.by == "tester")
            #expect(try await files.orders.number("select count(*) from order_line where shipped = 2") == 1)
            #expect(try await files.orders.number("select status + payment_status from sales_order") == 9)
            let event = try #require(try await files.orders.events().first { $0.type == "order.imported.many" })
            #expect(try OrdersImported(decoding: event.payload).ids == [order.id])
            #expect(event.subject == found.importID)
            // It is the one way in which orders change that goes on with it.
            let noted = try await files.orders.note(order, "kept")
            #expect(noted.order.version == 2)
            #expect(try await files.orders.log(of: order).map(\.number) == [1, 2])
        }
    }

    @Test("the same content again is unchanged, by its bytes or by what it says; another content is refused")
    func again() async throws {
        try await OrderFileHarness.with { files in
            _ = try await files.imported(OrderFileSamples.article)
            let reordered = OrderFileSamples.article.replacing(
                "\"price\":50.0", with: "\"price\":50.00, \"lineId\":\"1\"")
            let other = OrderFileSamples.article.replacing("\"price\":50.0", with: "\"price\":50.01")
            let found = try await files.imported(OrderFileSamples.article + reordered + other)
            #expect(found.state == .succeeded && found.records == 3)
            #expect((found.ordersCreated, found.unchanged, found.recordsFailed) == (0, 2, 1))
            let failed = try await files.lines(.failedRecords, of: found.importID)
            #expect(failed.count == 1)
            #expect(failed[0].contains("order-exists") && failed[0].contains("\"line\":3"))
            #expect(try await files.orders.number("select count(*) from sales_order") == 1)
        }
    }

    @Test("of records of one file with one key, the first counts")
    func twice() async throws {
        try await OrderFileHarness.with { files in
            let found = try await files.imported(
                OrderFileSamples.line("A", cents: 100) + OrderFileSamples.line("A", cents: 100)
                    + OrderFileSamples.line("A", cents: 200) + OrderFileSamples.line("A", platform: "eBay", cents: 300))
            #expect((found.ordersCreated, found.unchanged, found.recordsFailed) == (2, 1, 1))
            let order = try await files.orders.lookup.order(files.brand, "A", connection: "amazon")
            #expect(order.items.first?.price?.micros == 1_000_000)
        }
    }

    @Test("a bad record is refused with every fault named, and harms no other")
    func faults() async throws {
        try await OrderFileHarness.with { files in
            let good = OrderFileSamples.line("GOOD")
            let records: [(String, String, [String])] = [
                (OrderFileSamples.line("A", quantity: 0), "record-invalid", ["items[0].quantity"]),
                (OrderFileSamples.line("B", status: "pending"), "invalid-value", ["status"]),
                (OrderFileSamples.line("C", status: "sold"), "record-invalid", ["status"]),
                (good.replacing("2026-03-02", with: "2199-03-02"), "date-out-of-range", ["orderDate"]),
                (
                    good.replacing("\"currency\":\"USD\"", with: "\"currency\":\"XAU\""), "unknown-currency",
                    ["currency"]
                ),
                (good.replacing("\"price\":1}", with: "\"price\":1.001}"), "invalid-amount", ["items[1].price"]),
                (good.replacing(",\"price\":1}", with: "}"), "invalid-value", ["items[1].price"]),
                (good.replacing("\"orderId\":\"GOOD\",", with: ""), "key-required", ["orderId"]),
                (OrderFileSamples.line("D", more: ",\"total\":3"), "total-mismatch", ["total"]),
                (
                    OrderFileSamples.line("E", more: ",\"colour\":3,\"shipping\":\"x\""), "record-invalid",
                    ["colour", "shipping"]
                ),
                ("nonsense\n", "record-invalid", ["documents"]),
            ]
            let found = try await files.imported(records.map(\.0).joined() + good)
            #expect(found.state == .succeeded && found.ordersCreated == 1)
            #expect(found.recordsFailed == Int64(records.count) && found.records == Int64(records.count) + 1)
            let failed = try await files.lines(.failedRecords, of: found.importID)
            #expect(failed.count == records.count)
            for (place, record) in records.enumerated() where place < failed.count {
                #expect(failed[place].contains("\"line\":\(place + 1),"), "\(failed[place])")
                #expect(failed[place].contains("\"reason\":\"\(record.1)\""), "\(failed[place])")
                for name in record.2 { #expect(failed[place].contains(name), "\(failed[place])") }
            }
        }
    }

    @Test("a file that is cut off changes nothing, and says so")
    func cutOff() async throws {
        try await OrderFileHarness.with { files in
            let whole = (0..<60).map { OrderFileSamples.line("A-\($0)") }.joined()
            let found = try await files.imported("[" + whole + "{\"orderId\":")
            #expect(found.state == .failed && found.problem?.code == "file-cut-off" && found.problem?.line == 61)
            #expect(try await files.orders.number("select count(*) from sales_order") == 0)
            #expect(try await files.orders.number("select count(*) from order_key") == 0)
            #expect(try await files.staged() == 0)
        }
    }

    @Test("a dry run tells what would be, and changes nothing")
    func dryRun() async throws {
        try await OrderFileHarness.with { files in
            _ = try await files.imported(OrderFileSamples.article)
            let file =
                OrderFileSamples.article + OrderFileSamples.article.replacing("50.0", with: "51.0")
                + (0..<40).map { OrderFileSamples.line("A-\($0)") }.joined() + OrderFileSamples.line("B", quantity: 0)
            let tried = try await files.imported(file, OrderImportOptions(format: .jsonLines, dryRun: true))
            #expect(try await files.orders.number("select count(*) from sales_order") == 1)
            #expect(try await files.orders.events().count == 1)
            let done = try await files.imported(file)
            #expect(
                [tried.ordersCreated, tried.unchanged, tried.recordsFailed]
                    == [done.ordersCreated, done.unchanged, done.recordsFailed])
            #expect(done.ordersCreated == 40 && done.unchanged == 1 && done.recordsFailed == 2)
            #expect(
                try await files.lines(.failedRecords, of: tried.importID)
                    == files.lines(.failedRecords, of: done.importID))
        }
    }

    @Test("an export is imported into another brand equal", arguments: [OrderFileFormat.jsonLines, .csv])
    func roundTrip(format: OrderFileFormat) async throws {
        try await OrderFileHarness.with { files in
            var random = SeededGenerator(seed: testSeed())
            let first = try await files.imported(
                OrderFileSamples.file(80, using: &random) + OrderFileSamples.article
                    + OrderFileSamples.line("X-1", status: "cancelled") + OrderFileSamples.line("X-2", status: "closed")
                    + OrderFileSamples.line(
                        "X-3", status: "delivered",
                        more: #","taxIncluded":true,"shipping":5,"discounts":[{"description":"d","amount":0.5}],"#
                            + #""shippingAddress":{"name":"Ann","lines":["a|b","c"],"country":"US","region":"CA"},"#
                            + #""buyer":{"email":"a@b.example"},"vehicle":{"year":2015,"make":"Honda"}"#))
            #expect(first.state == .succeeded)
            let (text, found) = try await files.exported(OrderExportOptions(format: format))
            #expect(found.state == .succeeded && found.records == first.ordersCreated)
            #expect(found.bytes == Int64(text.utf8.count))
            // Into the same brand: all is there already.
            let again = try await files.imported(text, OrderImportOptions(format: format))
            #expect(try await files.lines(.failedRecords, of: again.importID) == [])
            #expect(again.unchanged == found.records && again.recordsFailed == 0)
            let other = OrderHarness.newBrand()
            let rpc = try files.server.client(credential: "\(other)/tester \(OrderFileHarness.scopes)")
            defer { rpc.shutDown() }
            let elsewhere = OrderFileHarness(
                orders: files.orders.of(other), jobs: files.jobs, pool: files.pool, rpc: rpc, server: files.server)
            let second = try await elsewhere.imported(text, OrderImportOptions(format: format))
            #expect(try await elsewhere.lines(.failedRecords, of: second.importID) == [])
            #expect(second.ordersCreated == found.records && second.recordsFailed == 0)
            #expect(try await elsewhere.stored().map(\.asItCame) == files.stored().map(\.asItCame))
            #expect(
                try await elsewhere.stored().map(\.totals) == files.stored().map(\.totals))
        }
    }

    @Test("an export has what it is asked for")
    func filters() async throws {
        try await OrderFileHarness.with { files in
            _ = try await files.imported(
                OrderFileSamples.line("A", status: "fulfilled") + OrderFileSamples.line("B", status: "delivered")
                    + OrderFileSamples.line("C", platform: "eBay") + OrderFileSamples.article)
            func ids(_ options: OrderExportOptions) async throws -> Int64 {
                try await files.exported(options).found.records
            }
            #expect(try await ids(OrderExportOptions(format: .jsonLines)) == 4)
            #expect(try await ids(OrderExportOptions(format: .jsonLines, status: [.shipped])) == 3)
            #expect(try await ids(OrderExportOptions(format: .jsonLines, status: [.delivered])) == 1)
            #expect(try await ids(OrderExportOptions(format: .csv, connection: "ebay")) == 1)
            #expect(try await ids(OrderExportOptions(format: .csv, from: .init(seconds: 1_772_445_600))) == 3)
            #expect(try await ids(OrderExportOptions(format: .csv, to: .init(seconds: 1_772_445_600))) == 1)
        }
    }

    @Test("options that cannot be followed are refused before there is a job")
    func options() async throws {
        try await OrderFileHarness.with { files in
            func problem(_ options: OrderImportOptions) async throws -> String? {
                try await files.problem {
                    _ = try await files.files.beginImport(
                        BeginOrderImportRequest(commandID: OrderHarness.newID(), options: options))
                }?.type
            }
            #expect(try await problem(OrderImportOptions(format: .csv, delimiter: "\"")) == "invalid-value")
            #expect(try await problem(OrderImportOptions(format: .csv, currency: "XAU")) == "unknown-currency")
            #expect(
                try await problem(
                    OrderImportOptions(
                        format: .csv, columns: [OrderColumn(fileColumn: "a"), OrderColumn(fileColumn: "a")]))
                    == "duplicate-entry")
            #expect(
                try await problem(
                    OrderImportOptions(format: .csv, columns: [OrderColumn(fileColumn: "a", field: "colour")]))
                    == "invalid-value")
            let key = OrderHarness.newID()
            let request = BeginOrderImportRequest(commandID: key, options: OrderImportOptions(format: .csv))
            let begun = try await files.files.beginImport(request)
            #expect(try await files.files.beginImport(request).importID == begun.importID)
            #expect(
                try await files.files.listImports(ListOrderImportsRequest()).imports.map(\.importID) == [begun.importID]
            )
            #expect(
                try await files.problem {
                    _ = try await files.files.getExport(GetOrderExportRequest(exportID: begun.importID))
                }?
                .type == "job-not-found")
        }
    }
}

extension OrderHarness {
    /// The same store, for another brand.
    func of(_ brand: PostgresUUID) -> OrderHarness {
        OrderHarness(
            brand: brand, database: self.database, pool: self.pool, news: self.news, queue: self.queue,
            writes: self.writes, lookup: self.lookup)
    }
}
