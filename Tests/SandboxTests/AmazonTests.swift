import DrivelineTesting
import Foundation
import SandboxJSON
import SandboxTestSupport
import Testing

@Suite("The stand-in of Amazon keeps what it accepted", .timeLimit(.minutes(5)))
struct AmazonTests {
    private static let name = "pads"

    /// Calls with a token of its own.
    private static func send(
        _ sandbox: SandboxControl, _ method: String, _ path: String, _ body: JSONValue? = nil
    ) async throws -> SandboxControl.Answer {
        let summary = try await sandbox.send("GET", "/control/shops/\(Self.name)").json
        let form =
            "grant_type=refresh_token&refresh_token=refresh&client_id=\(summary["clientId"]?.text ?? "")"
            + "&client_secret=\(summary["clientSecret"]?.text ?? "")"
        let token = try await sandbox.send(
            "POST", "/shops/\(Self.name)/auth/o2/token", bytes: Array(form.utf8), headers: [:]
        ).json["access_token"]?.text
        let seller = summary["sellerId"]?.text ?? ""
        return try await sandbox.send(
            method, "/shops/\(Self.name)" + path.replacing("SELLER", with: seller), body: body,
            headers: ["x-amz-access-token": token ?? "", "Content-Type": "application/json"])
    }

    private static func patch(_ quantity: Int) -> JSONValue {
        [
            "productType": "AUTO_PART",
            "patches": [
                [
                    "op": "merge", "path": "/attributes/fulfillment_availability",
                    "value": [["fulfillment_channel_code": "DEFAULT", "quantity": .number(quantity)]],
                ]
            ],
        ]
    }

    private static func feed(_ seller: String, _ count: Int) -> JSONValue {
        [
            "header": ["sellerId": .string(seller), "version": "2.0", "issueLocale": "en_US"],
            "messages": .array(
                (0..<count).map { number in
                    [
                        "messageId": .number(number + 1), "sku": .string("PAD-\(number)"), "operationType": "PATCH",
                        "productType": "AUTO_PART", "patches": Self.patch(7)["patches"] ?? [],
                    ]
                }),
        ]
    }

    @Test("a kill loses no submission and no feed, and a feed that goes on behind it tells of each message once")
    func kills() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sandbox-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let executable = SandboxExecutable(folder: folder.path)
        try await executable.start()
        let sandbox = executable.control
        let products = (0..<3_000).map { SandboxProduct(sku: "PAD-\($0)", quantity: 1) }
        _ = try await sandbox.createShop(Self.name, platform: "amazon", products: products, token: "refresh")
        try await sandbox.setFaults(Self.name, ["processingMilliseconds": 600])
        let item = "/listings/2021-08-01/items/SELLER/PAD-2999?marketplaceIds=ATVPDKIKX0DER"
        #expect(try await Self.send(sandbox, "PATCH", item, Self.patch(5)).json["status"] == "ACCEPTED")
        await executable.kill()
        try await executable.start()
        try await until { try await sandbox.shelf(Self.name)["PAD-2999"]?.available == 5 }

        let seller = try await sandbox.send("GET", "/control/shops/\(Self.name)").json["sellerId"]?.text ?? ""
        let type = "application/json; charset=UTF-8"
        let document = try await Self.send(
            sandbox, "POST", "/feeds/2021-06-30/documents", ["contentType": .string(type)]
        ).json
        _ = try await sandbox.send(
            "PUT", document["url"]?.text ?? "", bytes: Self.feed(seller, 3_000).jsonBytes,
            headers: ["Content-Type": type])
        let made = try await Self.send(
            sandbox, "POST", "/feeds/2021-06-30/feeds",
            [
                "feedType": "JSON_LISTINGS_FEED", "marketplaceIds": ["ATVPDKIKX0DER"],
                "inputFeedDocumentId": document["feedDocumentId"] ?? .null,
            ]
        ).json
        let path = "/feeds/2021-06-30/feeds/\(made["feedId"]?.text ?? "")"
        let first = "/control/shops/\(Self.name)/shelf/PAD-0"
        try await until { try await sandbox.send("GET", first).json["available"] == 7 }
        await executable.kill()
        try await executable.start()
        try await until { try await Self.send(sandbox, "GET", path).json["processingStatus"] == "DONE" }
        let report = try await Self.send(sandbox, "GET", path).json["resultFeedDocumentId"]?.text ?? ""
        let url = try await Self.send(sandbox, "GET", "/feeds/2021-06-30/documents/\(report)").json["url"]?.text ?? ""
        let summary = try await sandbox.send("GET", url, headers: [:]).json["summary"]
        #expect(summary?["messagesAccepted"] == 3_000 && summary?["messagesInvalid"] == 0)
        let shelf = try await sandbox.shelf(Self.name)
        #expect(shelf.values.allSatisfy { $0.available == 7 })
        // Each message changed its level once, and the first patch one more.
        #expect(shelf.filter { $0.value.version != 1 }.keys.sorted() == ["PAD-2999"])
    }
}
