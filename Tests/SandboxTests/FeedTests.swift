import DrivelineTesting
import Foundation
import OrderedCollections
import SandboxFeed
import SandboxJSON
import SandboxServer
internal import SandboxServer
import SandboxTestSupport
import Testing

@Suite("Feeds of the sandbox")
struct FeedTests {
    private func send(
        _ method: String, _ path: String, _ text: String? = nil, _ shop: SandboxControl.MadeShop,
        _ sandbox: SandboxControl
    ) async throws -> SandboxControl.Answer {
        try await sandbox.send(
            method, "\(shop.url)/\(path)", bytes: text.map { Array($0.utf8) },
            headers: ["Authorization": "Basic " + Data("\(shop.name):\(shop.token)".utf8).base64EncodedString()])
    }

    @Test("a file sets the shelf, and tells of each row what became of it")
    func shelf() async throws {
        try await withSandbox { sandbox in
            let shop = try await sandbox.createShop(
                "trade", platform: "feed",
                products: [SandboxProduct(sku: "A,1", quantity: 1), SandboxProduct(sku: "A-2", quantity: 2)])
            let answer = try await self.send(
                "PUT", "stock.csv",
                "sku,quantity,price,currency\r\n\"A,1\",7,12.50,USD\r\nA-2,,3,EUR\nX,1,,\nA-2,9,,\n",
                shop, sandbox)
            #expect(answer.json["accepted"] == 2, "\(answer.text)")
            let result = try await self.send("GET", "stock.csv.result.csv", nil, shop, sandbox).text
            #expect(
                result.split(separator: "\n").map { $0.split(separator: ",").suffix(3).first ?? "" }.count == 5)
            #expect(result.contains("2,A-2,refused,BAD_CURRENCY"))
            #expect(result.contains("3,X,refused,UNKNOWN_SKU"))
            let shelf = try await sandbox.shelf("trade")
            #expect(shelf["A,1"]?.available == 7)
            #expect(shelf["A,1"]?.price == "12.50")
            #expect(shelf["A-2"]?.available == 9)
        }
    }

    @Test("what is no table, or of nobody who may, changes nothing")
    func refused() async throws {
        try await withSandbox { sandbox in
            let shop = try await sandbox.createShop("trade", platform: "feed")
            let bad = try await self.send("PUT", "stock.csv", "sku,colour\nA,red\n", shop, sandbox)
            #expect(bad.status == 422)
            #expect(try await self.send("PUT", "..%2Fx.csv", "sku,quantity\n", shop, sandbox).status == 400)
            #expect(try await sandbox.send("GET", "\(shop.url)/orders", headers: [:]).status == 401)
        }
    }

    @Test("orders come as files, and are shipped by one")
    func orders() async throws {
        try await withSandbox { sandbox in
            let shop = try await sandbox.createShop(
                "trade", platform: "feed", products: [SandboxProduct(sku: "A-1", quantity: 5)])
            let id = try #require(try await sandbox.placeOrder("trade", ["A-1": 2])?.split(separator: "/").last)
            let list = try await self.send("GET", "orders", nil, shop, sandbox).json
            let name = try #require(list["files"]?.array?.first?["name"]?.text)
            let file = try await self.send("GET", "orders/\(name)", nil, shop, sandbox).text
            #expect(file.contains("\(id),#1001,"))
            let action = "order_id,action,sku,quantity,carrier,tracking_number\n\(id),ship,A-1,2,UPS,1Z9\n"
            for _ in 0..<2 {
                let answer = try await self.send("PUT", "ship.csv", action, shop, sandbox)
                #expect(answer.json["accepted"] == 1, "\(answer.text)")
            }
            let order = try #require(try await sandbox.orders("trade").first)
            #expect(order["state"] == "FULFILLED")
            #expect(order["fulfilments"]?.array?.count == 1)
        }
    }

    @Test("the list of order files has those since a time, the longest ago first, and says where it goes on")
    func orderList() async throws {
        try await withSandbox { sandbox in
            let shop = try await sandbox.createShop(
                "trade", platform: "feed", products: [SandboxProduct(sku: "A-1", quantity: 50)])
            for _ in 0..<7 { _ = try await sandbox.placeOrder("trade", ["A-1": 1]) }
            let whole = try await self.send("GET", "orders", nil, shop, sandbox).json
            let files = try #require(whole["files"]?.array)
            #expect(files.count == 7 && whole["next"] == .null)
            var (query, listed) = ("?limit=3", [JSONValue]())
            while true {
                let part = try await self.send("GET", "orders\(query)", nil, shop, sandbox).json
                listed += part["files"]?.array ?? []
                guard let next = part["next"]?.text, listed.count < 20 else { break }
                query = next
            }
            #expect(listed == files)
            let last = try #require(files.last?["updatedAt"]?.integer)
            for since in ["\(last + 1)", "2099-01-01T00:00:00Z", "2099-01-01T00%3A00%3A00.5%2B01%3A00"] {
                let none = try await self.send("GET", "orders?since=\(since)", nil, shop, sandbox).json
                #expect(none["files"]?.array?.isEmpty == true, "\(since)")
            }
            #expect(
                try await self.send("GET", "orders?since=2001-01-01T00:00:00Z", nil, shop, sandbox).json == whole)
            for wrong in ["since=soon", "limit=0", "limit=1001", "after=x", "colour=red", "since", "since=%G"] {
                #expect(try await self.send("GET", "orders?\(wrong)", nil, shop, sandbox).status == 400, "\(wrong)")
            }
        }
    }

    @Test("files that are dropped into a folder are taken in, and orders laid beside them")
    func dropFolder() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sandbox-drop-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let configure = { (configuration: inout SandboxConfiguration) in configuration.dropFolder = folder.path }
        try await withSandbox(configure) { sandbox in
            _ = try await sandbox.createShop(
                "trade", platform: "feed", products: [SandboxProduct(sku: "A-1", quantity: 5)])
            let inbox = folder.appending(path: "trade")
            try FileManager.default.createDirectory(at: inbox, withIntermediateDirectories: true)
            let part = inbox.appending(path: "stock.csv.part")
            try Data("sku,quantity\nA-1,42\n".utf8).write(to: part)
            try FileManager.default.moveItem(at: part, to: inbox.appending(path: "stock.csv"))
            try await until { try await sandbox.shelf("trade")["A-1"]?.available == 42 }
            func exists(_ name: String) -> Bool {
                FileManager.default.fileExists(atPath: inbox.appending(path: name).path)
            }
            try await until { exists("results/stock.csv.result.csv") && exists("done/stock.csv") }
            _ = try await sandbox.placeOrder("trade", ["A-1": 1])
            try await until { exists("orders/order-1001.csv") }
        }
    }

    @Test("tables are read as they are meant, and refused where they mean nothing")
    func tables() throws {
        let table = try CSVTable(Array("\u{FEFF}SKU,Note\r\n\"a \"\"b\"\",c\",\"x\ny\"\n\n".utf8))
        #expect(table.header == ["sku", "note"])
        #expect(table.rows == [["a \"b\",c", "x\ny"]])
        for text in ["", "a,a\n1,2\n", "a,b\n1\n", "a\n\"x\n", "a\n\"x\"y\n"] {
            #expect(throws: CSVFault.self, "\(text)") { try CSVTable(Array(text.utf8)) }
        }
    }
}
