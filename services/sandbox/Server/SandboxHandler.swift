internal import HTTPServer
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import SandboxAmazon
internal import SandboxEbay
internal import SandboxJSON
internal import SandboxShop
internal import SandboxShopify

/// Finds out who answers a request.
struct SandboxHandler: HTTPHandler {
    /// The bytes of a request's body.
    static let maximumBodyBytes = 20_971_520

    let sandbox: SandboxParts

    func receive(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        guard let path = RequestPath(request.target) else {
            return Response.refusal(.badRequest, "BAD_PATH", "the path has a broken escape").send(to: exchange)
        }
        switch path.parts.first {
        case nil: PageRoutes(sandbox: self.sandbox).page(request).send(to: exchange)
        case "health": Response.json(["status": "ok"]).send(to: exchange)
        case "state.json": PageRoutes(sandbox: self.sandbox).state().send(to: exchange)
        case "control": ControlRoutes(sandbox: self.sandbox).answer(request, path, exchange)
        case "staged": FileRoutes(sandbox: self.sandbox).upload(request, Array(path.parts.dropFirst()), exchange)
        case "files": FileRoutes(sandbox: self.sandbox).download(Array(path.parts.dropFirst())).send(to: exchange)
        case "shops" where path.parts.count > 2:
            self.shop(request, path, Array(path.parts.dropFirst(2)), path.parts[1], exchange)
        case "feeds" where path.parts.count > 2: self.feed(request, path, exchange)
        case "admin": self.admin(request, path.parts, Self.host(of: request), exchange)
        default: self.shop(request, path, path.parts, Self.host(of: request), exchange)
        }
    }

    /// What a shop answers that is named by its path or its host.
    private func shop(
        _ request: HTTPRequest, _ path: RequestPath, _ parts: [String], _ name: String, _ exchange: HTTPExchange
    ) {
        let isByPath = parts.count < path.parts.count
        guard let shop = self.sandbox.shops.shop(at: name), shop.platform == .ebay else {
            guard isByPath else { return Self.notFound(request).send(to: exchange) }
            return self.admin(request, parts, name, exchange)
        }
        let base = self.sandbox.base(request) + (isByPath ? "/shops/\(shop.name)" : "")
        EbayRoutes(sandbox: self.sandbox, shop: shop, base: base).answer(request, parts, path.query, exchange)
    }

    private static func host(of request: HTTPRequest) -> String {
        let host = request.headers.first(name: "Host") ?? ""
        return String(host.split(separator: ":").first ?? "").lowercased()
    }

    private static func notFound(_ request: HTTPRequest) -> Response {
        .refusal(.notFound, "NOT_FOUND", "there is nothing at \(request.method) \(request.target); see docs/sandbox.md")
    }

    private func feed(_ request: HTTPRequest, _ path: RequestPath, _ exchange: HTTPExchange) {
        guard let shop = self.sandbox.shops.shop(at: path.parts[1]), shop.platform == .feed else {
            return Self.notFound(request).send(to: exchange)
        }
        FeedRoutes(sandbox: self.sandbox, shop: shop).answer(request, path, exchange)
    }

    private func admin(_ request: HTTPRequest, _ parts: [String], _ domain: String, _ exchange: HTTPExchange) {
        let shop = self.sandbox.shops.shop(at: domain)
        if let shop, shop.platform == .amazon {
            return AmazonRoutes(sandbox: self.sandbox, shop: shop).answer(request, parts, exchange)
        }
        guard let shop, shop.platform == .shopify else {
            return Response.json(["errors": "Not Found"], status: .notFound).send(to: exchange)
        }
        let routes = AdminRoutes(sandbox: self.sandbox, shop: shop, base: self.sandbox.base(request))
        switch parts {
        case ["admin", "api", AdminAPI.version, "graphql.json"]: routes.graphQL(request, exchange)
        case ["admin", "oauth", "access_token"]: routes.accessToken(request, exchange)
        default: Response.json(["errors": "Not Found"], status: .notFound).send(to: exchange)
        }
    }
}

/// What routes need.
struct SandboxParts: Sendable {
    let configuration: SandboxConfiguration
    let shops: Shops
    let files: ShopFiles
    let api: AdminAPI
    let amazon: AmazonAPI
    let ebay: EbayAPI
    let dice: FaultDice
    let flights: KeyFlights
    let logger: Logger

    /// Where the sandbox is reached, as far as a request tells.
    func base(_ request: HTTPRequest) -> String {
        self.configuration.publicURL
            ?? "\(request.isSecure ? "https" : "http")://\(request.headers.first(name: "Host") ?? "127.0.0.1")"
    }
}
