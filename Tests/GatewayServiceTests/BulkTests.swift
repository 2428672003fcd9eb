import Foundation
import NIOHTTP1
import Testing

@testable import GatewayService

@Suite("Bulk calls answer 200 with an outcome for each row", .timeLimit(.minutes(5)))
struct BulkTests {
    private static func outcomes(_ answer: GatewayHarness.Answer) throws -> [[String: Any]] {
        #expect(answer.status == 200, "\(answer.body)")
        return try #require(answer.json["outcomes"] as? [[String: Any]])
    }

    private static func refusals(_ outcomes: [[String: Any]]) -> [[String]] {
        outcomes.map { outcome in
            guard let refusal = outcome["refusal"] as? [String: Any] else { return [] }
            return [
                "\(refusal["status"] ?? "")", refusal["type"] as? String ?? "", refusal["pointer"] as? String ?? "",
            ]
        }
    }

    @Test("Commands of every kind are carried out or refused by themselves, as a problem with its place says")
    func commands() async throws {
        try await GatewayHarness.with { gateway in
            try await gateway.makeStock("AAA", 5)
            let body = """
                {"commands": [
                  {"adjustStock": {"sku": "AAA", "locationId": "WHS1", "delta": 1, "reason": "found"}},
                  {"adjustStock": {"sku": "AAA", "locationId": "WHS1", "delta": -100, "reason": "lost"}},
                  {"setStock": {"sku": "AAA", "locationId": "NOWHERE", "onHand": 5, "anyVersion": true}},
                  {"setStock": {"sku": "AAA", "locationId": "WHS1", "onHand": -5, "anyVersion": true}},
                  {"setStock": {"sku": "AAA", "locationId": "WHS1", "onHand": 7, "expectedVersion": 99}},
                  {"receiveStock": {"sku": "", "locationId": "WHS1", "quantity": 3}},
                  {"reserve": {"lines": [{"sku": "AAA", "quantity": 1}, {"sku": "AAA", "quantity": 0}]}},
                  {"commitReservation": {"reservationId": "none"}},
                  {},
                  {"reserve": {"lines": [{"sku": "AAA", "quantity": 2}]}}
                ]}
                """
            let answer = try await gateway.post("/v1/inventory/commands", body, id: "bulk")
            let outcomes = try Self.outcomes(answer)
            #expect(outcomes.map { $0["row"] as? Int } == Array(0..<10))
            #expect(outcomes.indices.filter { outcomes[$0]["response"] != nil } == [0, 9], "\(answer.body)")
            let refusals = Self.refusals(outcomes)
            #expect(refusals[1][0] == "409" && refusals[1][2].hasPrefix("/commands/1/adjustStock"), "\(refusals[1])")
            #expect(refusals[2] == ["422", "unknown-location", "/commands/2/setStock/locationId"])
            #expect(refusals[3] == ["400", "field-invalid", "/commands/3/setStock/onHand"])
            #expect(refusals[4][0] == "412" && refusals[4][1] == "version-conflict")
            #expect(refusals[5] == ["400", "field-invalid", "/commands/5/receiveStock/sku"])
            #expect(refusals[6] == ["400", "field-invalid", "/commands/6/reserve/lines/1/quantity"])
            #expect(refusals[7][0] == "404" && refusals[7][1] == "unknown-reservation")
            #expect(refusals[8] == ["400", "field-invalid", "/commands/8/command"])
            // Sent again, what was carried out is not carried out again.
            let again = try Self.outcomes(try await gateway.post("/v1/inventory/commands", body, id: "bulk"))
            #expect((again[0]["response"] as? [String: Any])?["repeatedAnswer"] as? Bool == true)
            let stock = try await gateway.send(.GET, "/v1/inventory/AAA")
            #expect(stock.body.contains(#""onHand":6"#) && stock.body.contains(#""reserved":2"#), "\(stock.body)")
        }
    }

    @Test("Documents too; what is no row at all refuses the call, with its place")
    func documents() async throws {
        try await GatewayHarness.with { gateway in
            try await gateway.makeStock("AAA", 5)
            let documents = (0..<1_000).map { row in
                let location = row % 100 == 7 ? "" : row % 100 == 8 ? "NOWHERE" : "WHS1"
                return #"{"sku": "SKU\#(row)", "warehouses": [{"locationId": "\#(location)", "stockAvailable": 1}]}"#
            }
            let body = #"{"documents": [\#(documents.joined(separator: ","))]}"#
            let outcomes = try Self.outcomes(try await gateway.post("/v1/inventory/update", body))
            #expect(outcomes.count == 1_000 && outcomes.filter { $0["response"] != nil }.count == 980)
            let refusals = Self.refusals(outcomes)
            #expect(refusals[107] == ["400", "field-invalid", "/documents/107/warehouses/0/locationId"])
            #expect(refusals[908] == ["422", "unknown-location", "/documents/908/warehouses/0/locationId"])

            let broken = try await gateway.post(
                "/v1/inventory/update", #"{"documents": [{"sku": "A"}, {"sku": 5}, {"skus": ""}]}"#)
            let pointers = (broken.json["errors"] as? [[String: Any]])?.compactMap { $0["pointer"] as? String }
            #expect(broken.status == 400 && pointers == ["/documents/1/sku", "/documents/2/skus"], "\(broken.body)")
            let many = "[" + Array(repeating: "{}", count: 10_001).joined(separator: ",") + "]"
            let tooMany = try await gateway.post("/v1/inventory/commands", #"{"commands": \#(many)}"#)
            #expect(tooMany.status == 400 && tooMany.body.contains("\"pointer\":\"/commands\""), "\(tooMany.body)")
        }
    }
}
