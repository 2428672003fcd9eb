import ChannelAdapter
import OrderedCollections
import SandboxJSON
import SandboxTestSupport
import Testing

@testable import AmazonAdapter

/// A feed of quantities as an app writes it that is none of ours: what comes back is looked at as it came.
struct SandboxFeed {
    static let path = "/feeds/2021-06-30"
    private static let contentType = "application/json; charset=UTF-8"

    let amazon: SandboxSeller
    let documentID: String

    /// Uploads a document that sets so many SKUs, named `PAD-0` and so on, to a quantity.
    static func upload(_ amazon: SandboxSeller, count: Int, quantity: Int) async throws -> SandboxFeed {
        let made = try await amazon.send("POST", "\(Self.path)/documents", ["contentType": .string(Self.contentType)])
            .json
        let url = try #require(made["url"]?.text)
        let document: JSONValue = [
            "header": [
                "sellerId": .string(amazon.account.settings["sellerId", default: ""]), "version": "2.0",
                "issueLocale": "en_US",
            ],
            "messages": .array((0..<count).map { Self.message($0, quantity) }),
        ]
        let put = try await amazon.sandbox.send(
            "PUT", url, bytes: document.jsonBytes, headers: ["Content-Type": Self.contentType])
        #expect(put.status == 200)
        return SandboxFeed(amazon: amazon, documentID: made["feedDocumentId"]?.text ?? "")
    }

    private static func message(_ number: Int, _ quantity: Int) -> JSONValue {
        [
            "messageId": .number(number + 1), "sku": .string("PAD-\(number)"), "operationType": "PATCH",
            "productType": "AUTO_PART",
            "patches": [
                [
                    "op": "merge", "path": "/attributes/fulfillment_availability",
                    "value": [["fulfillment_channel_code": "DEFAULT", "quantity": .number(quantity)]],
                ]
            ],
        ]
    }

    /// Makes a feed of the document.
    func create() async throws -> SandboxControl.Answer {
        try await self.amazon.send(
            "POST", "\(Self.path)/feeds",
            [
                "feedType": "JSON_LISTINGS_FEED", "inputFeedDocumentId": .string(self.documentID),
                "marketplaceIds": [.string(self.amazon.account.settings["marketplaceId", default: ""])],
            ])
    }

    /// What `getFeed` tells.
    func state(_ id: String) async throws -> JSONValue {
        try await self.amazon.send("GET", "\(Self.path)/feeds/\(id)").json
    }

    /// The report's document, and its bytes as they are sent.
    func report(_ id: String) async throws -> (document: JSONValue, bytes: [UInt8]) {
        let report = try #require(try await self.state(id)["resultFeedDocumentId"]?.text)
        let document = try await self.amazon.send("GET", "\(Self.path)/documents/\(report)").json
        let url = try #require(document["url"]?.text)
        return (document, try await self.amazon.sandbox.send("GET", url, headers: [:]).body)
    }
}
