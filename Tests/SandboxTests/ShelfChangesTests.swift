import OrderedCollections
import SandboxJSON
import SandboxTestSupport
import Testing

@Suite("Changes of a shelf in the sandbox")
struct ShelfChangesTests {
    private func changes(_ query: String, _ sandbox: SandboxControl) async throws -> JSONValue {
        let answer = try await sandbox.send("GET", "/control/shops/pads/changes\(query)")
        #expect(answer.status == 200, "\(answer.text)")
        return answer.json
    }

    @Test("each change of what can be sold is told once, in its order, with its moment")
    func told() async throws {
        try await withSandbox { sandbox in
            _ = try await sandbox.createShop(
                "pads", locations: ["A", "B"],
                products: [SandboxProduct(sku: "A-1", quantity: 5), SandboxProduct(sku: "B-1", quantity: 7)])
            #expect(try await self.changes("", sandbox) == ["last": 0, "changes": []])
            try await sandbox.editShelf("pads", "A-1", available: 9)
            // The same number again is no change, and nor is a price.
            try await sandbox.editShelf("pads", "A-1", available: 9, price: "3.00")
            _ = try await sandbox.placeOrder("pads", ["B-1": 2])
            let shelf = try await sandbox.shelf("pads")
            let all = try await self.changes("", sandbox)
            #expect(all["last"] == 2)
            let told = all["changes"]?.array ?? []
            #expect(told.map { $0["number"] } == [1, 2])
            #expect(told.map { $0["sku"] } == ["A-1", "B-1"])
            #expect(told.map { $0["available"] } == [9, 5])
            #expect(told.last?["at"]?.integer.map { Int($0) } == shelf["B-1"]?.changedAt)
            let later = try await self.changes("?after=1", sandbox)
            #expect(later["changes"]?.array == Array(told.dropFirst()))
            #expect(try await self.changes("?after=2", sandbox)["changes"] == [])
            #expect(try await self.changes("?after=900", sandbox)["changes"] == [])
        }
    }

    @Test("another question is refused", arguments: ["?after=x", "?after=-1", "?since=1"])
    func refused(_ query: String) async throws {
        try await withSandbox { sandbox in
            _ = try await sandbox.createShop("pads", products: [SandboxProduct(sku: "A-1", quantity: 5)])
            let answer = try await sandbox.send("GET", "/control/shops/pads/changes\(query)")
            #expect(answer.status == 400)
        }
    }
}
