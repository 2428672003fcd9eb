internal import AsyncHTTPClient
internal import Demo
internal import Foundation
internal import LocalSystem
internal import NIOCore
internal import NIOHTTP1

/// The stand-in marketplaces of a system, where the demo brand has its shops.
struct DemoMarketplace: Sendable {
    /// How long an answer may take, in seconds.
    private static let timeoutSeconds: Int64 = 30
    /// The longest answer that is read, in bytes.
    private static let answerBytes = 64 * 1024
    /// Where it is.
    let base: String
    private let folder: DataFolder

    /// The one of a system; nil: it runs none.
    init?(_ folder: DataFolder, _ record: SystemRecord) {
        guard let part = record.parts.first(where: { $0.name == ServicePlan.sandbox.name }) else { return nil }
        self.base = part.address
        self.folder = folder
    }

    /// What the brand shows a shop, and what the shop signs with: made the first time.
    func secrets(of place: DemoShopPlace) throws -> (token: String, secret: String) {
        let file = place == .shopify ? "demo-shop" : "demo-\(place.rawValue)"
        return (try self.secret("\(file)-token"), try self.secret("\(file)-secret"))
    }

    private func secret(_ name: String) throws -> String {
        let file = self.folder.secret(name).path(percentEncoded: false)
        if let text = try? ServerConnection.secret(inFile: file) { return text }
        let text = SystemSecret.token.made()
        try self.folder.writeSecret(name, text)
        return text
    }

    /// Opens a shop, unless it is there.
    ///
    /// - Returns: What the marketplace tells of the seller's account.
    func open(_ opening: DemoShop.Opening) async throws -> [String: String] {
        let body = ByteBuffer(bytes: try JSONEncoder().encode(opening))
        let made = try await self.ask(.POST, "/control/shops", body)
        // A conflict: it is open already.
        let answer =
            made.status == .conflict ? try await self.ask(.GET, "/control/shops/\(opening.name)", nil) : made
        guard (200...299).contains(answer.status.code) else {
            throw CommandError(
                "the stand-in marketplace refused the demo's shop: \(answer.status.code) \(answer.text.oneLine)")
        }
        return try JSONDecoder().decode(Account.self, from: Data(answer.text.utf8)).members
    }

    /// Counts what lies in the marketplace's own warehouses.
    func fill(_ warehouse: [String: Int64], of shop: String) async throws {
        for (sku, units) in warehouse.sorted(by: { $0.key < $1.key }) {
            let body = ByteBuffer(bytes: try JSONEncoder().encode(["fulfillable": units]))
            let answer = try await self.ask(.PUT, "/control/shops/\(shop)/warehouse/\(sku)", body)
            guard (200...299).contains(answer.status.code) else {
                throw CommandError(
                    "the stand-in marketplace refused the units of \(sku): \(answer.status.code) \(answer.text.oneLine)"
                )
            }
        }
    }

    /// What is told of a seller's account, where there is one.
    private struct Account: Decodable {
        let sellerId: String?
        let marketplaceId: String?

        var members: [String: String] {
            ["sellerId": self.sellerId, "marketplaceId": self.marketplaceId].compactMapValues(\.self)
        }
    }

    private func ask(
        _ method: HTTPMethod, _ path: String, _ body: ByteBuffer?
    ) async throws -> (status: HTTPResponseStatus, text: String) {
        let control = try ServerConnection.secret(
            inFile: self.folder.secret("\(ServicePlan.sandbox.name)-control-token").path(percentEncoded: false))
        var request = HTTPClientRequest(url: "\(self.base)\(path)")
        request.method = method
        request.headers.add(name: "Authorization", value: "Bearer \(control)")
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(body)
        }
        let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(Self.timeoutSeconds))
        return (answer.status, String(buffer: try await answer.body.collect(upTo: Self.answerBytes)))
    }
}
