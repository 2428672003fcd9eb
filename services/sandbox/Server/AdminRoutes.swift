internal import HTTPServer
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop
internal import SandboxShopify

/// A shop's Admin API over HTTP, with the faults that are switched on.
struct AdminRoutes {
    let sandbox: SandboxParts
    let shop: Shop
    let base: String

    func graphQL(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        guard request.method == .POST else {
            return Response.json(["errors": "Method Not Allowed"], status: .methodNotAllowed).send(to: exchange)
        }
        let (settings, faults) = self.shop.read { ($0.settings, $0.faults) }
        let token = request.headers.first(name: "X-Shopify-Access-Token") ?? ""
        guard !faults.tokenRevoked, settings.tokens.contains(where: { isSame($0, token) }) else {
            return Response.json(
                ["errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"],
                status: .unauthorized
            ).send(to: exchange)
        }
        exchange.collectBody(limit: SandboxHandler.maximumBodyBytes) { body in
            self.answer(body, faults, exchange)
        }
    }

    private func answer(_ body: ByteBuffer, _ faults: Faults, _ exchange: HTTPExchange) {
        let request: AdminRequest
        switch self.sandbox.api.read(Array(body.readableBytesView)) {
        case .answer(let answer): return Self.response(answer).send(to: exchange)
        case .request(let read): request = read
        }
        if self.happens(faults.error500Rate, faults) { return self.fail(request, faults, exchange) }
        let isDelayed = faults.answerDelayMilliseconds > 0 && self.happens(faults.answerDelayRate, faults)
        let isLost = self.happens(faults.answerLostRate, faults)
        let delay = TimeAmount.milliseconds(Int64(faults.answerDelayMilliseconds))
        guard isDelayed, faults.delaysBeforeActing else {
            let answer = self.perform(request)
            guard isDelayed else { return self.deliver(answer, isLost: isLost, exchange) }
            exchange.eventLoop.scheduleTask(in: delay) { self.deliver(answer, isLost: isLost, exchange) }
            return
        }
        self.performLater(request, delay, isLost: isLost, exchange)
    }

    private func happens(_ rate: Double, _ faults: Faults) -> Bool {
        self.sandbox.dice.happens(rate, in: self.shop.name, seed: faults.seed)
    }

    private func perform(_ request: AdminRequest) -> AdminAnswer {
        if let key = request.idempotency?.key {
            guard self.sandbox.flights.begin(key, of: self.shop.name) else {
                return request.concurrent(of: self.shop, base: self.base)
            }
            defer { self.sandbox.flights.end(key, of: self.shop.name) }
            return self.sandbox.api.answer(request, of: self.shop, base: self.base)
        }
        return self.sandbox.api.answer(request, of: self.shop, base: self.base)
    }

    private func performLater(
        _ request: AdminRequest, _ delay: TimeAmount, isLost: Bool, _ exchange: HTTPExchange
    ) {
        let key = request.idempotency?.key
        if let key, !self.sandbox.flights.begin(key, of: self.shop.name) {
            return Self.response(request.concurrent(of: self.shop, base: self.base)).send(to: exchange)
        }
        exchange.eventLoop.scheduleTask(in: delay) {
            let answer = self.sandbox.api.answer(request, of: self.shop, base: self.base)
            if let key { self.sandbox.flights.end(key, of: self.shop.name) }
            self.deliver(answer, isLost: isLost, exchange)
        }
    }

    private func deliver(_ answer: AdminAnswer, isLost: Bool, _ exchange: HTTPExchange) {
        guard isLost else { return Self.response(answer).send(to: exchange) }
        // A streamed answer that nobody goes on writing is cut off, and the connection with it.
        _ = exchange.stream(.ok)
    }

    private func fail(_ request: AdminRequest, _ faults: Faults, _ exchange: HTTPExchange) {
        if faults.error500UsesUpKeys, let (key, input) = request.idempotency {
            do {
                try self.shop.change { state in
                    guard state.keyUses[key] == nil else { return }
                    state.put(KeyUse(key: key, input: input, answer: nil, usedAt: .now()))
                }
            } catch {
                self.sandbox.logger.error("\(error)")
            }
        }
        Self.response(AdminAPI.internalError("a fault is switched on")).send(to: exchange)
    }

    private static func response(_ answer: AdminAnswer) -> Response {
        var headers: HTTPHeaders = ["X-Shopify-API-Version": AdminAPI.version]
        if let seconds = answer.retryAfterSeconds { headers.add(name: "Retry-After", value: "\(seconds).0") }
        return .json(answer.body, status: HTTPResponseStatus(statusCode: answer.status), headers: headers)
    }

    // MARK: OAuth

    /// Exchanges a code, or the app's secret, for the shop's token.
    func accessToken(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        guard request.method == .POST else {
            return Response.json(["error": "invalid_request"], status: .methodNotAllowed).send(to: exchange)
        }
        let isForm = request.headers.first(name: "Content-Type")?.hasPrefix("application/x-www-form-urlencoded") == true
        exchange.collectBody { body in
            let bytes = Array(body.readableBytesView)
            let fields = isForm ? Self.form(String(decoding: bytes, as: UTF8.self)) : (try? JSONValue(json: bytes))
            self.grant(fields ?? .null).send(to: exchange)
        }
    }

    private static func form(_ text: String) -> JSONValue {
        var members: JSONValue.JSONObject = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let value = RequestPath(String(parts[1].replacing("+", with: "%20"))) else {
                continue
            }
            members[String(parts[0])] = .string(value.parts.joined(separator: "/"))
        }
        return .object(members)
    }

    private func grant(_ fields: JSONValue) -> Response {
        func refused(_ error: String, _ detail: String) -> Response {
            .json(["error": .string(error), "error_description": .string(detail)], status: .badRequest)
        }
        let (settings, faults) = self.shop.read { ($0.settings, $0.faults) }
        guard isSame(fields["client_id"]?.text ?? "", settings.clientID),
            isSame(fields["client_secret"]?.text ?? "", settings.clientSecret), !faults.tokenRevoked,
            let token = settings.tokens.first
        else { return refused("invalid_client", "The client id or the client secret is wrong.") }
        switch (fields["grant_type"]?.text, fields["code"]?.text) {
        case ("client_credentials", _), ("refresh_token", _): break
        case (nil, let code?), ("authorization_code", let code?):
            guard isSame(code, "code-of-\(settings.name)") else {
                return refused("invalid_request", "The authorization code was not found or was already used.")
            }
        default: return refused("unsupported_grant_type", "Give a code, or a grant_type such as client_credentials.")
        }
        return .json([
            "access_token": .string(token),
            "scope": "read_products,write_products,read_inventory,write_inventory,read_orders,write_orders",
            "expires_in": 86_399,
        ])
    }
}
