internal import AsyncHTTPClient
internal import Demo
internal import Foundation
internal import LocalSystem
internal import NIOCore
internal import NIOHTTP1

/// The stand-in marketplaces of a system, where the demo brand has a shop.
struct DemoMarketplace: Sendable {
    /// How long an answer may take, in seconds.
    private static let timeoutSeconds: Int64 = 30
    /// The longest answer that is read, in bytes.
    private static let answerBytes = 64 * 1024
    /// What the files of the shop's secrets are called.
    private static let (tokenName, secretName) = ("demo-shop-token", "demo-shop-secret")

    /// Where it is.
    let base: String
    private let folder: DataFolder

    /// The one of a system; nil: it runs none.
    init?(_ folder: DataFolder, _ record: SystemRecord) {
        guard let part = record.parts.first(where: { $0.name == ServicePlan.sandbox.name }) else { return nil }
        self.base = part.address
        self.folder = folder
    }

    /// Where the shop is called.
    var endpoint: String { "\(self.base)/shops/\(DemoShop.name)" }

    /// What the brand shows the shop, and what the shop signs with: made the first time.
    func secrets() throws -> (token: String, secret: String) {
        (try self.secret(Self.tokenName), try self.secret(Self.secretName))
    }

    private func secret(_ name: String) throws -> String {
        let file = self.folder.secret(name).path(percentEncoded: false)
        if let text = try? ServerConnection.secret(inFile: file) { return text }
        let text = SystemSecret.token.made()
        try self.folder.writeSecret(name, text)
        return text
    }

    /// Opens the shop, unless it is there.
    func open(_ opening: DemoShop.Opening) async throws {
        let control = try ServerConnection.secret(
            inFile: self.folder.secret("\(ServicePlan.sandbox.name)-control-token").path(percentEncoded: false))
        var request = HTTPClientRequest(url: "\(self.base)/control/shops")
        request.method = .POST
        request.headers.add(name: "Authorization", value: "Bearer \(control)")
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(opening)))
        let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(Self.timeoutSeconds))
        let text = String(buffer: try await answer.body.collect(upTo: Self.answerBytes))
        // A conflict: it is open already.
        guard answer.status == .created || answer.status == .conflict else {
            throw CommandError(
                "the stand-in marketplace refused the demo's shop: \(answer.status.code) \(text.oneLine)")
        }
    }
}
