internal import HTTPServer
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import SandboxEbay
internal import SandboxJSON
internal import SandboxShop

/// What is wrong with a request to the control interface.
struct ControlRefusal: Error {
    var status: HTTPResponseStatus
    var code: String
    var message: String

    static func invalid(_ message: String) -> ControlRefusal {
        ControlRefusal(status: .badRequest, code: "INVALID", message: message)
    }

    static func notFound(_ message: String) -> ControlRefusal {
        ControlRefusal(status: .notFound, code: "NOT_FOUND", message: message)
    }
}

/// The interface by which tests and people make shops, buy in them and let things go wrong.
struct ControlRoutes {
    let sandbox: SandboxParts

    func answer(_ request: HTTPRequest, _ path: RequestPath, _ exchange: HTTPExchange) {
        guard isSame(request.headers.bearerToken ?? "", self.sandbox.configuration.controlToken) else {
            return Response.refusal(
                .unauthorized, "UNAUTHENTICATED", "give Authorization: Bearer with the sandbox's control token"
            ).send(to: exchange)
        }
        exchange.collectBody(limit: SandboxHandler.maximumBodyBytes) { body in
            self.answer(
                request.method, Array(path.parts.dropFirst()), path.query, Array(body.readableBytesView)
            ).send(to: exchange)
        }
    }

    private func answer(_ method: HTTPMethod, _ parts: [String], _ query: String, _ body: [UInt8]) -> Response {
        do {
            return try self.route(method, parts, query, body)
        } catch let error as ControlRefusal {
            return .refusal(error.status, error.code, error.message)
        } catch let error as OrderRefusal {
            return .refusal(
                error.code == .soldOut ? .conflict : error.code == .notFound ? .notFound : .badRequest,
                error.code.rawValue, error.description)
        } catch {
            self.sandbox.logger.error("control: \(error)")
            return .refusal(.internalServerError, "INTERNAL", "\(error)")
        }
    }

    private func route(
        _ method: HTTPMethod, _ parts: [String], _ query: String, _ body: [UInt8]
    ) throws -> Response {
        guard parts.first == "shops" else { throw ControlRefusal.notFound("control begins with /control/shops") }
        guard parts.count > 1 else {
            switch method {
            case .GET: return .json(["shops": .array(self.sandbox.shops.all.map { $0.read { ShopJSON.summary($0) } })])
            case .POST: return try self.create(try Self.json(body))
            default: throw Self.notAllowed
            }
        }
        guard let shop = self.sandbox.shops.shop(at: parts[1]) else {
            throw ControlRefusal.notFound("there is no shop \(parts[1])")
        }
        let rest = Array(parts.dropFirst(2))
        switch (method, rest.first) {
        case (.GET, nil): return .json(shop.read { ShopJSON.summary($0) })
        case (.DELETE, nil):
            self.sandbox.shops.remove(shop.name)
            return Response(status: .noContent)
        case (_, "orders"): return try self.orders(method, Array(rest.dropFirst()), body, of: shop)
        case (.GET, "changes") where rest.count == 1: return try self.changes(query, of: shop)
        case (_, "shelf"): return try self.shelf(method, Array(rest.dropFirst()), body, of: shop)
        case (_, "warehouse"): return try self.warehouse(method, Array(rest.dropFirst()), body, of: shop)
        default: return try self.setting(method, rest, body, of: shop)
        }
    }

    static let notAllowed = ControlRefusal(
        status: .methodNotAllowed, code: "NOT_ALLOWED", message: "this method means nothing here; see docs/sandbox.md")

    static func json(_ body: [UInt8]) throws(ControlRefusal) -> JSONValue {
        guard !body.isEmpty else { return [:] }
        let value: JSONValue
        do throws(JSONFault) {
            value = try JSONValue(json: body)
        } catch {
            throw .invalid("the body is no JSON: \(error)")
        }
        guard value.object != nil else { throw .invalid("the body must be a JSON object") }
        return value
    }
}

// MARK: - Shops

extension ControlRoutes {
    private func create(_ body: JSONValue) throws -> Response {
        let new = try NewShop(body)
        guard let shop = try self.sandbox.shops.create(new.settings, { new.fill($0) }) else {
            throw ControlRefusal(
                status: .conflict, code: "EXISTS",
                message: "there is a shop \(new.settings.name) or one at \(new.settings.domain), or there are "
                    + "\(Shops.maximumCount) shops")
        }
        return .json(shop.read { ShopJSON.summary($0) }, status: .created)
    }

    private func setting(
        _ method: HTTPMethod, _ parts: [String], _ body: [UInt8], of shop: Shop
    ) throws -> Response {
        switch (method, parts) {
        case (.GET, ["faults"]): return .json(shop.read { FaultsJSON.json($0.faults) })
        case (.PUT, ["faults"]):
            let faults = try FaultsJSON.faults(try Self.json(body))
            try shop.change { $0.put(faults) }
            return .json(FaultsJSON.json(faults))
        case (.POST, ["products"]):
            let products = try NewShop.products(try Self.json(body))
            try shop.change { NewShop.add(products, to: $0) }
            return .json(["added": .number(products.count)], status: .created)
        case (.PUT, ["tokens"]):
            let tokens = (try Self.json(body))["tokens"]?.array?.compactMap(\.text) ?? []
            guard (1...16).contains(tokens.count) else { throw ControlRefusal.invalid("give 1 to 16 tokens") }
            try shop.change { state in
                var settings = state.settings
                settings.tokens = tokens
                state.put(settings)
            }
            return .json(shop.read { ShopJSON.summary($0) })
        case (.POST, ["uninstall"]):
            try shop.change { state in
                var faults = state.faults
                faults.tokenRevoked = true
                state.put(faults)
                state.note(.appUninstalled)
            }
            return Response(status: .noContent)
        case (.GET, ["deliveries"]): return .json(shop.read { ShopJSON.deliveries($0) })
        default: throw ControlRefusal.notFound("there is no \(parts.joined(separator: "/")) of a shop")
        }
    }
}

// MARK: - Orders and shelves

extension ControlRoutes {
    private func orders(
        _ method: HTTPMethod, _ parts: [String], _ body: [UInt8], of shop: Shop
    ) throws -> Response {
        switch (method, parts.count) {
        case (.GET, 0): return .json(shop.read { ShopJSON.orders($0) })
        case (.POST, 0):
            let wanted = try NewOrder(try Self.json(body))
            let result = try shop.change { state in
                Result { () throws(OrderRefusal) in
                    if state.settings.platform == .ebay,
                        let sku = EbayGoods(state).unlisted(wanted.lines.map(\.sku))
                    {
                        throw OrderRefusal(.soldOut, "\(sku) is in no published offer")
                    }
                    return try state.placeOrder(wanted.lines, buyer: wanted.buyer, note: wanted.note)
                }
            }
            let order = try result.get()
            return .json(shop.read { ShopJSON.order(order, $0) }, status: .created)
        case (.GET, 1):
            let order = try self.order(parts[0], of: shop)
            return .json(shop.read { ShopJSON.order(order, $0) })
        case (.POST, 2) where parts[1] == "cancel":
            let id = try self.order(parts[0], of: shop).id
            let result = try shop.change { state in
                Result { () throws(OrderRefusal) in
                    guard let order = state.orders[id] else { throw OrderRefusal(.notFound, "there is no such order") }
                    return try state.cancel(order, reason: "CUSTOMER", restocks: true, refunds: true)
                }
            }
            let order = try result.get()
            return .json(shop.read { ShopJSON.order(order, $0) })
        default: throw Self.notAllowed
        }
    }

    /// An order by its id, its number or its name.
    private func order(_ text: String, of shop: Shop) throws(ControlRefusal) -> Order {
        let digits = text.hasPrefix("#") ? text.dropFirst() : Substring(text.split(separator: "/").last ?? "")
        let number = Int64(digits) ?? 0
        let order = shop.read { state in
            state.orders[number] ?? state.orders.values.first { Int64($0.number) == number }
        }
        guard let order else { throw .notFound("there is no order \(text)") }
        return order
    }

    /// What has changed on the shelf behind a number.
    private func changes(_ query: String, of shop: Shop) throws(ControlRefusal) -> Response {
        var number: Int64 = 0
        if !query.isEmpty {
            guard query.hasPrefix("after="), let after = Int64(query.dropFirst("after=".count)), after >= 0 else {
                throw .invalid("changes take after= with the number of one, and nothing else")
            }
            number = after
        }
        return .json(shop.read { ShopJSON.changes($0, after: number) })
    }

    private func shelf(
        _ method: HTTPMethod, _ parts: [String], _ body: [UInt8], of shop: Shop
    ) throws -> Response {
        switch (method, parts.count) {
        case (.GET, 0): return .json(shop.read { ShopJSON.shelf($0) })
        case (.GET, 1):
            guard let entry = shop.read({ state in state.variant(sku: parts[0]).map { ShopJSON.entry($0, state) } })
            else { throw ControlRefusal.notFound("there is no product with the SKU \(parts[0])") }
            return .json(entry)
        case (.PUT, 1):
            let edit = try ShelfEdit(try Self.json(body))
            let entry = try shop.change { state in
                state.variant(sku: parts[0]).map { variant in
                    edit.apply(to: variant, state)
                    return ShopJSON.entry(state.variants[variant.id] ?? variant, state)
                }
            }
            guard let entry else { throw ControlRefusal.notFound("there is no product with the SKU \(parts[0])") }
            return .json(entry)
        default: throw Self.notAllowed
        }
    }
}
