internal import AsyncHTTPClient
internal import HTTPServer
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import SandboxEbay
internal import SandboxJSON
internal import SandboxShop

/// eBay's interfaces over HTTP, with the faults that are switched on.
struct EbayRoutes {
    /// How long an address may take to answer a challenge.
    private static let challengeTime = TimeAmount.seconds(5)
    private static let challengeBytes = 65_536

    let sandbox: SandboxParts
    let shop: Shop
    /// Where the shop is reached, without a slash at the end.
    let base: String

    func answer(_ request: HTTPRequest, _ parts: [String], _ query: String, _ exchange: HTTPExchange) {
        exchange.collectBody(limit: SandboxHandler.maximumBodyBytes) { body in
            var headers: [String: String] = [:]
            for header in request.headers { headers[header.name.lowercased()] = header.value }
            self.answer(
                EbayRequest(
                    method: request.method.rawValue, path: parts, query: query, headers: headers,
                    body: Array(body.readableBytesView), base: self.base), exchange)
        }
    }

    private func answer(_ request: EbayRequest, _ exchange: HTTPExchange) {
        let faults = self.shop.read { $0.faults }
        if let refusal = self.sandbox.ebay.refusal(of: request, to: self.shop) {
            return Self.response(refusal).send(to: exchange)
        }
        if self.happens(faults.error500Rate, faults) {
            return Self.response(self.sandbox.ebay.systemError(request)).send(to: exchange)
        }
        let isDelayed = faults.answerDelayMilliseconds > 0 && self.happens(faults.answerDelayRate, faults)
        let isLost = self.happens(faults.answerLostRate, faults)
        let delay = TimeAmount.milliseconds(isDelayed ? Int64(faults.answerDelayMilliseconds) : 0)
        guard isDelayed, faults.delaysBeforeActing else {
            return self.perform(request, exchange) { answer in
                self.deliver(answer, after: delay, isLost: isLost, exchange)
            }
        }
        exchange.eventLoop.scheduleTask(in: delay) {
            self.perform(request, exchange) { self.deliver($0, after: .zero, isLost: isLost, exchange) }
        }
    }

    private func happens(_ rate: Double, _ faults: Faults) -> Bool {
        self.sandbox.dice.happens(rate, in: self.shop.name, seed: faults.seed)
    }

    private func perform(
        _ request: EbayRequest, _ exchange: HTTPExchange, _ done: @escaping @Sendable (EbayAnswer) -> Void
    ) {
        switch self.sandbox.ebay.perform(request, of: self.shop) {
        case .answer(let answer): done(answer)
        case .challenge(let challenge):
            let eventLoop = exchange.eventLoop
            Task {
                let (status, body) = await Self.ask(challenge.url)
                eventLoop.execute { done(challenge.answer(status: status, body: body)) }
            }
        }
    }

    private static func ask(_ url: String) async -> (status: Int?, body: [UInt8]) {
        do {
            let request = HTTPClientRequest(url: url)
            let response = try await HTTPClient.shared.execute(request, timeout: Self.challengeTime)
            let body = try await response.body.collect(upTo: Self.challengeBytes)
            return (Int(response.status.code), Array(body.readableBytesView))
        } catch {
            return (nil, [])
        }
    }

    private func deliver(_ answer: EbayAnswer, after delay: TimeAmount, isLost: Bool, _ exchange: HTTPExchange) {
        guard delay == .zero else {
            exchange.eventLoop.scheduleTask(in: delay) {
                self.deliver(answer, after: .zero, isLost: isLost, exchange)
            }
            return
        }
        guard isLost else { return Self.response(answer).send(to: exchange) }
        // A streamed answer that nobody goes on writing is cut off, and the connection with it.
        _ = exchange.stream(.ok)
    }

    private static func response(_ answer: EbayAnswer) -> Response {
        let status = HTTPResponseStatus(statusCode: answer.status)
        var headers: HTTPHeaders = [:]
        if let location = answer.location { headers.add(name: "Location", value: location) }
        guard let body = answer.body else { return Response(status: status, headers: headers) }
        return .json(body, status: status, headers: headers)
    }
}
