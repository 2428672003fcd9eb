import Foundation
import NIOHTTP1
import Testing

@testable import GatewayService

@Suite("The document of a SKU's stock", .timeLimit(.minutes(5)))
struct StockDocumentTests {
    private static let document = """
        {"sku":"ABC1234","warehouses":[{"locationId":"WHS1","stockAvailable":100},{"locationId":"WHS2","stockAvailable":50}],\
        "dropShip":true,"reorderThreshold":20}
        """

    private static func put(_ gateway: GatewayHarness) async throws {
        for location in ["WHS1", "WHS2"] { try await gateway.makeStock("OTHER", 1, at: location) }
        let updated = try await gateway.post("/v1/inventory/update", Self.document)
        #expect(updated.status == 200, "\(updated.body)")
    }

    /// The fields that the document that was sent has, of one that was read.
    private static func asSent(_ read: [String: Any]) -> NSDictionary {
        let warehouses = (read["warehouses"] as? [[String: Any]] ?? []).map { warehouse in
            warehouse.filter { ["locationId", "stockAvailable"].contains($0.key) }
        }
        var same = read.filter { ["sku", "dropShip", "reorderThreshold"].contains($0.key) }
        same["warehouses"] = warehouses
        return same as NSDictionary
    }

    @Test("what was sent is read back equal: by itself, and as the only item of a page")
    func roundTrip() async throws {
        try await GatewayHarness.with { gateway in
            try await Self.put(gateway)
            let sent = try #require(
                try JSONSerialization.jsonObject(with: Data(Self.document.utf8)) as? NSDictionary)
            let page = try await gateway.send(.GET, "/v1/inventory?sku=ABC1234")
            let items = try #require(page.json["items"] as? [[String: Any]], "\(page.body)")
            #expect(items.count == 1 && Self.asSent(items.first ?? [:]) == sent, "\(page.body)")
            let single = try await gateway.send(.GET, "/v1/inventory/ABC1234")
            #expect(Self.asSent(single.json) == sent, "\(single.body)")
        }
    }

    @Test("the units that are held are no more available; movements and an explanation tell why")
    func held() async throws {
        try await GatewayHarness.with { gateway in
            try await Self.put(gateway)
            let held = try await gateway.post(
                "/v1/reservations",
                #"{"reservationId": "R1", "lines": [{"sku": "ABC1234", "locationId": "WHS1", "quantity": 3}]}"#)
            #expect(held.status == 200, "\(held.body)")
            let read = try await gateway.send(.GET, "/v1/inventory/ABC1234")
            let warehouses = try #require(read.json["warehouses"] as? [[String: Any]], "\(read.body)")
            let first = try #require(warehouses.first { $0["locationId"] as? String == "WHS1" })
            #expect(first["stockAvailable"] as? Int == 97 && first["onHand"] as? Int == 100, "\(read.body)")
            let movements = try await gateway.send(.GET, "/v1/inventory/ABC1234/movements")
            #expect((movements.json["movements"] as? [Any])?.count == 3, "\(movements.body)")
            let explained = try await gateway.send(.GET, "/v1/inventory/ABC1234/explain?locationId=WHS1")
            #expect(explained.status == 200 && explained.body.contains("97"), "\(explained.body)")
        }
    }
}
