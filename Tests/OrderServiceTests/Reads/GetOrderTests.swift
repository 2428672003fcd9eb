import DrivelineTesting
import OrderAPI
import OrderMessages
import RPC
import RPCMessages
import Testing

@testable import OrderService

@Suite("Orders found by id", .timeLimit(.minutes(5)))
struct GetOrderTests {
    @Test("an order is found by our id and by theirs, by its own brand only")
    func ids() async throws {
        try await OrderHarness.with { harness in
            let order = try await harness.record("ORD09876").order
            let direct = try await harness.record(command: "c-1").order
            try await harness.withReads { client, stranger in
                for id in [order.id, order.id.uppercased(), "ORD09876"] {
                    #expect(try await client.getOrder(GetOrderRequest(id: id)) == order)
                    let problem = try await harness.problem { _ = try await stranger.getOrder(GetOrderRequest(id: id)) }
                    #expect(problem?.type == "order-not-found" && problem?.fields.first?.field == "id")
                }
                #expect(direct.orderID == direct.id)
                #expect(try await client.getOrder(GetOrderRequest(id: direct.id)) == direct)
                let problem = try await harness.problem {
                    _ = try await client.getOrder(GetOrderRequest(id: "ord09876"))
                }
                #expect(problem?.type == "order-not-found")
            }
        }
    }

    @Test("a channel's id that several connections have needs the connection")
    func ambiguous() async throws {
        try await OrderHarness.with { harness in
            let amazon = try await harness.record("1").order
            let ebay = try await harness.record("1", OrderHarness.order(connection: "ebay")).order
            try await harness.withReads { client, _ in
                let problem = try await harness.problem { _ = try await client.getOrder(GetOrderRequest(id: "1")) }
                #expect(problem?.type == "order-ambiguous")
                #expect(problem?.fields.first?.expected.contains("amazon, ebay") == true)
                #expect(try await client.getOrder(GetOrderRequest(id: "1", connection: "ebay")) == ebay)
                #expect(try await client.getOrder(GetOrderRequest(id: "1", connection: "amazon")) == amazon)
            }
        }
    }

    @Test("a channel's id may look like ours")
    func lookalike() async throws {
        try await OrderHarness.with { harness in
            let id = "018f2d6e-0000-7000-8000-0000000000aa"
            let order = try await harness.record(id).order
            try await harness.withReads { (client, _) async throws in
                #expect(try await client.getOrder(GetOrderRequest(id: id)) == order)
            }
        }
    }

    @Test("the log is listed by pages, as it happened")
    func entries() async throws {
        try await OrderHarness.with { harness in
            let order = try await harness.record("A-1").order
            for number in 0..<24 { try await harness.note(order, "\(number)", command: "n-\(number)") }
            let log = try await harness.log(of: order)
            try await harness.withReads { client, stranger in
                var (entries, token, pages): ([OrderEntry], String, Int) = ([], "", 0)
                repeat {
                    let page = try await client.listOrderEntries(
                        ListOrderEntriesRequest(id: "A-1", pageSize: 10, pageToken: token))
                    entries += page.entries
                    token = page.nextPageToken
                    pages += 1
                } while !token.isEmpty && pages < 10
                #expect(entries == log && pages == 3)
                let first = try await client.listOrderEntries(ListOrderEntriesRequest(id: "A-1", pageSize: 10))
                let other = try await harness.record("A-2").order
                let problem = try await harness.problem {
                    _ = try await client.listOrderEntries(
                        ListOrderEntriesRequest(id: other.id, pageToken: first.nextPageToken))
                }
                #expect(problem?.fields.first?.field == "pageToken")
                let unknown = try await harness.problem {
                    _ = try await stranger.listOrderEntries(ListOrderEntriesRequest(id: order.id))
                }
                #expect(unknown?.type == "order-not-found")
            }
        }
    }
}
