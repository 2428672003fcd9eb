import DrivelineTesting
import OrderAPI
import OrderDomain
import OrderMessages
import RPC
import RPCMessages
import TestSupport
import Testing
import WellKnownMessages

@testable import OrderService

@Suite("Lists of orders", .timeLimit(.minutes(10)))
struct ListOrdersTests {
    private static let orders = 120
    private static let questions = 400

    /// A random order among few values, so that filters meet some.
    private static func order(_ number: Int, _ random: inout SeededGenerator) -> (String, OrderState) {
        let statuses: [OrderStatus] = [.pending, .confirmed, .shipped, .fulfilled, .delivered, .cancelled]
        let id = "ORD-\(number / 2)"
        let connection = number.isMultiple(of: 2) ? "amazon" : "ebay"
        let state = OrderHarness.order(
            lines: Int.random(in: 1...4, using: &random), status: statuses.randomElement(using: &random) ?? .pending,
            connection: connection
        ) { order in
            order.platform = number.isMultiple(of: 2) ? "Amazon" : "eBay"
            order.paymentStatus = Bool.random(using: &random) ? .paid : .pending
            // Several have the same moment.
            order.orderDate = ProtoTimestamp(seconds: 1_750_000_000 + Int64.random(in: 0..<40, using: &random) * 3_600)
            for place in order.items.indices {
                order.items[place].sku = "SKU-\(Int.random(in: 0..<8, using: &random))"
            }
            order.customerID = ["", "c-1", "c-2"].randomElement(using: &random) ?? ""
            order.buyer = Buyer(email: ["", "a@example.com", "B@Example.com"].randomElement(using: &random) ?? "")
            order.tags = ["gift", "urgent"].filter { _ in Bool.random(using: &random) }
            order.shortfall = Int.random(in: 0..<4, using: &random) == 0 ? Shortfall(reason: "none") : nil
        }
        return (id, state)
    }

    private static func question(_ random: inout SeededGenerator) -> ListOrdersRequest {
        func some<Value>(_ values: [Value]) -> Value? {
            Int.random(in: 0..<4, using: &random) == 0 ? values.randomElement(using: &random) : nil
        }
        var request = ListOrdersRequest()
        request.status =
            some([[.pending], [.shipped, .delivered], [.fulfilled], [.closed], [.shipped, .shipped]]) ?? []
        request.paymentStatus = some([[.paid], [.pending, .paid], [.failed]]) ?? []
        request.platform = some(["Amazon", "ebay", "x"]) ?? ""
        request.connection = some(["amazon", "ebay", "x"]) ?? ""
        request.orderID = some((0..<10).map { "ORD-\($0)" }) ?? ""
        request.sku = some((0..<9).map { "SKU-\($0)" }) ?? ""
        request.customerID = some(["c-1", "c-2", "c-3"]) ?? ""
        request.email = some(["A@example.com", "b@example.com", "x"]) ?? ""
        request.shortfall = Int.random(in: 0..<6, using: &random) == 0
        request.from = some((0..<40).map { ProtoTimestamp(seconds: 1_750_000_000 + Int64($0) * 3_600) })
        request.to = some((0..<40).map { ProtoTimestamp(seconds: 1_750_000_000 + Int64($0) * 3_600) })
        request.tag = some(["gift", "urgent", "x"]) ?? ""
        request.pageSize = some([1, 2, 7, 200]) ?? 0
        return request
    }

    /// Whether a filter lets an order through, as its documentation says it.
    private static func passes(_ order: Order, _ request: ListOrdersRequest) -> Bool {
        func status(_ status: OrderStatus) -> OrderStatus { status == .fulfilled ? .shipped : status }
        return (request.status.isEmpty || request.status.map(status).contains(status(order.status)))
            && (request.paymentStatus.isEmpty || request.paymentStatus.contains(order.paymentStatus))
            && (request.platform.isEmpty || order.platform.lowercased() == request.platform.lowercased())
            && (request.connection.isEmpty || order.connection == request.connection)
            && (request.orderID.isEmpty || order.orderID == request.orderID)
            && (request.sku.isEmpty || order.items.contains { $0.sku == request.sku })
            && (request.customerID.isEmpty || order.customerID == request.customerID)
            && (request.email.isEmpty || order.buyer?.email.lowercased() == request.email.lowercased())
            && (!request.shortfall || order.shortfall != nil)
            && (request.from.map { ($0 <= order.orderDate ?? $0) } ?? true)
            && (request.to.map { (order.orderDate ?? $0) < $0 } ?? true)
            && (request.tag.isEmpty || order.tags.contains(request.tag))
    }

    @Test("every filter and page gives what a model gives")
    func model() async throws {
        let seed = testSeed("ListOrdersTests.model")
        var random = SeededGenerator(seed: seed)
        try await OrderHarness.with { harness in
            var orders: [Order] = []
            for number in 0..<Self.orders {
                let (id, state) = Self.order(number, &random)
                orders.append(try await harness.record(id, state).order)
            }
            orders.sort { left, right in
                left.orderDate == right.orderDate
                    ? left.id > right.id : (left.orderDate?.seconds ?? 0) > (right.orderDate?.seconds ?? 0)
            }
            try await harness.withReads { client, stranger in
                var found = 0
                for _ in 0..<Self.questions {
                    var request = Self.question(&random)
                    let expected = orders.filter { Self.passes($0, request) }
                    var listed: [Order] = []
                    for _ in 0...Self.orders {
                        let page = try await client.listOrders(request)
                        #expect(page.orders.count <= (request.pageSize == 0 ? 50 : Int(request.pageSize)))
                        listed += page.orders
                        request.pageToken = page.nextPageToken
                        if request.pageToken.isEmpty { break }
                    }
                    #expect(listed == expected, "seed \(seed), \(request)")
                    found += expected.isEmpty ? 0 : 1
                }
                #expect(found > Self.questions / 10, "seed \(seed)")
                #expect(try await stranger.listOrders(ListOrdersRequest()).orders.isEmpty)
            }
        }
    }

    @Test("a token of another list is refused")
    func tokens() async throws {
        try await OrderHarness.with { harness in
            for number in 0..<3 { try await harness.record("A-\(number)") }
            try await harness.withReads { client, stranger in
                let page = try await client.listOrders(ListOrdersRequest(pageSize: 1))
                #expect(!page.nextPageToken.isEmpty)
                for request in [
                    ListOrdersRequest(sku: "SKU-1", pageToken: page.nextPageToken),
                    ListOrdersRequest(pageToken: String(page.nextPageToken.dropLast())),
                    ListOrdersRequest(pageToken: "x"),
                ] {
                    let problem = try await harness.problem { _ = try await client.listOrders(request) }
                    #expect(problem?.fields.first?.field == "pageToken")
                }
                let problem = try await harness.problem {
                    _ = try await stranger.listOrders(ListOrdersRequest(pageToken: page.nextPageToken))
                }
                #expect(problem?.fields.first?.field == "pageToken")
            }
        }
    }

    @Test("a page of large orders ends before it is too large to be sent")
    func large() async throws {
        try await OrderHarness.with { harness in
            for number in 0..<40 {
                let state = OrderHarness.order(lines: 250) { order in
                    for place in order.items.indices {
                        order.items[place].title = String(repeating: "t", count: 500)
                    }
                }
                try await harness.record("A-\(number)", state)
            }
            try await harness.withReads { client, _ in
                var (request, count, pages) = (ListOrdersRequest(pageSize: 200), 0, 0)
                repeat {
                    let page = try await client.listOrders(request)
                    count += page.orders.count
                    pages += 1
                    request.pageToken = page.nextPageToken
                } while !request.pageToken.isEmpty
                #expect(count == 40 && pages > 1)
            }
        }
    }
}
