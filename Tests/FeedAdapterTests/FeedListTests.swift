import ChannelAdapter
import Foundation
import TestSupport
import Testing

@testable import FeedAdapter

@Suite("Lists of order files are read as partners and web servers write them")
struct FeedListTests {
    /// Answers a list at the address of orders, and for each file an order of its name.
    private static func partner(
        _ list: String, pages: [String: String] = [:]
    ) -> (session: any PlatformSession, transport: ScriptedPartner) {
        let transport = ScriptedPartner { request in
            let url = request.url
            if url.hasPrefix("https://hub.example/o/"), !url.contains("?") {
                return .csv("orderId,sku,quantity\n\(url.dropFirst(22)),A,1\n")
            }
            return .json(pages[url] ?? list)
        }
        let account = FeedPlace.account([
            "folder": "", "url": "https://hub.example", "ordersFolder": "",
            "ordersUrl": "https://hub.example/o/?since={since}",
        ])
        return (FeedAdapter(root: nil, clock: { FeedPlace.now }).session(account, transport: transport), transport)
    }

    @Test(
        "of whatever names and times",
        arguments: [
            #"{"files": [{"name": "b.csv", "updatedAt": "2026-01-31T08:30:01.5Z"}, {"name": "a.csv", "updatedAt": 1769848202500}]}"#,
            #"[{"name":"a.csv","type":"file","mtime":"Sat, 31 Jan 2026 08:30:02 GMT","size":9},{"name":"old","type":"directory","mtime":"Sat, 31 Jan 2026 08:30:01 GMT"},{"name":"b.csv","type":"file","mtime":"Sat, 31 Jan 2026 08:30:01 GMT"}]"#,
            #"[{"name":"a.csv","is_dir":false,"mod_time":"2026-01-31T08:30:02Z"},{"name":"old/","is_dir":true,"mod_time":"2026-01-31T08:30:01Z"},{"name":"b.csv","mod_time":"2026-01-31T08:30:01Z"}]"#,
        ])
    func forms(_ list: String) async throws {
        let orders = try await Self.partner(list).session.orders(since: 0, page: "").orders
        #expect(orders.map(\.id) == ["b.csv", "a.csv"])
        #expect(orders.map { $0.changedAt / 1_000_000 } == [1_769_848_201, 1_769_848_202])
    }

    @Test("a file that is listed twice is one; what is no file with a time is told once, and holds up nothing")
    func entries() async throws {
        let (session, transport) = Self.partner(
            """
            [{"name": "x y/é.csv", "mtime": 5000}, {"name": "a b.csv", "mtime": 5000}, {"mtime": 5000}, 7,
            {"name": "late.csv", "mtime": "soon"}, {"name": "a b.csv", "mtime": 9500}, {"name": ".a.csv", "mtime": 1},
            {"name": "b.csv.part", "mtime": 1}, {"name": "now.csv", "mtime": \(FeedPlace.now / 1000)}]
            """)
        let orders = try await session.orders(since: 1_000_000, page: "").orders
        #expect(
            orders.map(\.id) == [
                "file x y/é.csv", "file list entry 3", "file list entry 4", "file late.csv", "a%20b.csv",
            ])
        #expect(orders.last?.changedAt == 9_500_000)
        let fault = #expect(throws: PlatformFault.self) {
            try FeedAdapter().order(from: orders[3].body, account: FeedPlace.account())
        }
        #expect(fault?.message.contains("late.csv is listed without a name or a time") == true)
        #expect(transport.requests.count == 2)
    }

    @Test("the same time of change in whole seconds hides no other content")
    func seconds() async throws {
        let list = #"[{"name": "a.csv", "mtime": "Sat, 31 Jan 2026 08:30:02 GMT"}]"#
        let read = { (text: String) in
            let transport = ScriptedPartner { $0.url.hasSuffix(".csv") ? .csv(text) : .json(list) }
            let account = FeedPlace.account([
                "folder": "", "url": "https://h.example", "ordersFolder": "", "ordersUrl": "https://h.example/o",
            ])
            return try await FeedAdapter(root: nil, clock: { FeedPlace.now }).session(account, transport: transport)
                .orders(since: 0, page: "").orders
        }
        let first = try await read("orderId,sku,quantity\nPO-1,A,1\n")
        #expect(try await read("orderId,sku,quantity\nPO-1,A,1\n") == first)
        #expect(try await read("orderId,sku,quantity\nPO-1,A,2\n")[0].changedAt != first[0].changedAt)
    }

    @Test("a list goes on where it says, at the same host only")
    func following() async throws {
        let page = { (name: String, next: String) in
            #"{"files": [{"name": "\#(name)", "updatedAt": 5000}], "next": "\#(next)"}"#
        }
        let (session, transport) = Self.partner(
            page("a", "?page=2"),
            pages: [
                "https://hub.example/o/?page=2": page("b", "/other?page=3"),
                "https://hub.example/other?page=3": page("c", "https://hub.example/o?page=4"),
                "https://hub.example/o?page=4": #"{"files": [{"name": "d", "updatedAt": 5000}], "next": null}"#,
            ])
        #expect(try await session.orders(since: 0, page: "").orders.map(\.id) == ["a", "b", "c", "d"])
        #expect(transport.requests.count == 8)
        for elsewhere in ["https://evil.example/o", "//evil.example/o", "https://hub.example.evil/o", "page2"] {
            let (session, transport) = Self.partner(page("a", elsewhere))
            let fault = await #expect(throws: PlatformFault.self) { try await session.orders(since: 0, page: "") }
            #expect(fault?.code == "not-understood" && transport.requests.count == 1, "\(elsewhere)")
        }
        let endless = Self.partner(page("a", "?again")).session
        let fault = await #expect(throws: PlatformFault.self) { try await endless.orders(since: 0, page: "") }
        #expect(fault?.code == "list-too-long")
    }

    @Test(
        "JSON that is no list is a fault of the question, and no order", arguments: ["{}", "7", "{\"files\": 7}", "["])
    func noList(_ text: String) async throws {
        let session = Self.partner(text).session
        let fault = await #expect(throws: PlatformFault.self) { try await session.orders(since: 0, page: "") }
        #expect(fault?.kind == .refused && fault?.code == "not-understood")
    }

    @Test("a great file among small ones comes in pages, each order once")
    func pages() async throws {
        let rows = (0..<1_234).map { "PO-\($0),A,1\n" }.joined()
        let list = #"[{"name": "a", "mtime": 1500}, {"name": "great", "mtime": 2500}, {"name": "z", "mtime": 3500}]"#
        let transport = ScriptedPartner { request in
            let name = request.url.split(separator: "/").last ?? ""
            return name == "o" ? .json(list) : .csv("orderId,sku,quantity\n\(name == "great" ? rows : "\(name),A,1\n")")
        }
        let account = FeedPlace.account([
            "folder": "", "url": "https://h.example", "ordersFolder": "", "ordersUrl": "https://h.example/o",
        ])
        let session = FeedAdapter(root: nil, clock: { FeedPlace.now }).session(account, transport: transport)
        var (page, ids, pages) = ("", [String](), 0)
        repeat {
            let next = try await session.orders(since: 0, page: page)
            #expect(next.orders.count <= FeedLimits.ordersPage)
            (ids, page, pages) = (ids + next.orders.map(\.id), next.next, pages + 1)
        } while !page.isEmpty
        #expect(ids.count == 1_236 && Set(ids).count == 1_236 && pages == 3)
        #expect(ids.first == "a" && ids.last == "z")
    }
}
