import DrivelineTesting
import Foundation
import LocalServers
import OrderedCollections
import SandboxJSON
import SandboxShop
import SandboxTestSupport
import TestSupport
import Testing

@Suite("Journals of the sandbox")
struct JournalTests {
    private func withFolder<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sandbox-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder)
    }

    private func settings(_ name: String) -> ShopSettings {
        ShopSettings(
            number: 0, name: name, domain: "\(name).example", platform: .shopify, tokens: ["t"], clientID: "c",
            clientSecret: "s", createdAt: .now())
    }

    private func everything(_ shop: Shop) -> [String] {
        shop.read { state in
            state.levels.values.map { "\($0)" }.sorted() + state.orders.values.map { "\($0)" }.sorted()
                + state.variants.values.map { "\($0)" }.sorted() + ["\(state.settings)", "\(state.faults)"]
        }
    }

    @Test("a journal gives back what was written, whatever happened in between")
    func replay() async throws {
        try await self.withFolder { folder in
            let seed = UInt64.random(in: 0...UInt64.max)
            var random = SeededGenerator(seed: seed)
            var before: [String] = []
            try {
                let shops = try Shops(folder: folder.path)
                let shop = try #require(
                    try shops.create(self.settings("pads")) { state in
                        state.addLocation("A")
                        state.addLocation("B")
                        for number in 0..<20 {
                            state.add(
                                NewProduct(
                                    sku: "S-\(number)", title: "Pad", price: Price(hundredths: 999), quantity: 50))
                        }
                    })
                for _ in 0..<300 { self.step(shop, &random) }
                before = self.everything(shop)
            }()
            let shops = try Shops(folder: folder.path)
            let after = self.everything(try #require(shops.shop(named: "pads")))
            #expect(before == after, "seed \(seed)")
        }
    }

    private func step(_ shop: Shop, _ random: inout SeededGenerator) {
        let sku = "S-\(Int.random(in: 0..<20, using: &random))"
        let choice = Int.random(in: 0..<4, using: &random)
        let quantity = Int.random(in: 1...9, using: &random)
        try? shop.change { state in
            guard let variant = state.variant(sku: sku) else { return }
            switch choice {
            case 0: _ = try? state.placeOrder([WantedLine(sku: sku, quantity: quantity)])
            case 1:
                guard let order = state.orders.values.max(by: { $0.id < $1.id }) else { return }
                _ = try? state.cancel(order, reason: "CUSTOMER", restocks: true, refunds: true)
            case 2: state.setPrice(Price(hundredths: Int64(quantity * 100)), compareAt: nil, of: variant)
            default:
                if let level = state.levels(of: variant.itemID).last { state.change(level, "available", by: quantity) }
            }
        }
    }

    @Test("a line that broke off was never answered, and is cut off; one that is none stops the start")
    func tornLine() async throws {
        try await self.withFolder { folder in
            try {
                let shops = try Shops(folder: folder.path)
                let shop = try #require(try shops.create(self.settings("pads")) { $0.addLocation("A") })
                try shop.change { state in
                    state.add(NewProduct(sku: "A-1", title: "Pad", price: .zero, quantity: 5))
                }
            }()
            let file = folder.appending(path: "pads.journal")
            let whole = try Data(contentsOf: file)
            try (whole + Data("{\"levels\":{\"put\":[{\"item".utf8)).write(to: file)
            #expect(try Shops(folder: folder.path).shop(named: "pads")?.read { $0.variants.count } == 1)
            #expect(try Data(contentsOf: file) == whole)
            try (Data("what\n".utf8) + whole).write(to: file)
            let error = #expect(throws: JournalFault.self) { try Shops(folder: folder.path) }
            #expect(error?.description.contains("line 1") == true)
        }
    }

    @Test("two sandboxes do not share a folder")
    func folderLock() async throws {
        try await self.withFolder { folder in
            let first = try Shops(folder: folder.path)
            #expect(throws: JournalFault.self) { try Shops(folder: folder.path) }
            withExtendedLifetime(first) {}
        }
    }

    @Test("a process that is killed in the middle forgets nothing that it answered", .timeLimit(.minutes(5)))
    func kill() async throws {
        try await self.withFolder { folder in
            let executable = SandboxExecutable(folder: folder.path)
            try await executable.start()
            let products = (0..<10).map { SandboxProduct(sku: "K-\($0)", quantity: 1_000) }
            _ = try await executable.control.createShop("pads", products: products)
            var bought = 0
            for _ in 0..<3 {
                let control = executable.control
                let buyers = Task {
                    var count = 0
                    while true {
                        let order = try? await control.placeOrder("pads", ["K-\(count % 10)": 1])
                        guard order != nil else { return count }
                        count += 1
                    }
                }
                try await until { try await control.orders("pads").count >= bought + 20 }
                await executable.kill()
                let answered = await buyers.value
                try await executable.start()
                let orders = try await executable.control.send("GET", "/control/shops/pads/orders").json["total"]?
                    .integer
                let kept = try #require(orders.map { Int($0) })
                // The one that was under way may have been kept too.
                #expect((bought + answered...bought + answered + 1).contains(kept))
                bought = kept
                let left = try await executable.control.shelf("pads").values.reduce(0) { $0 + $1.available }
                #expect(left == 10_000 - kept)
            }
            await executable.kill()
        }
    }
}
