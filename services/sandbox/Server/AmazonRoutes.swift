internal import Foundation
internal import HTTPServer
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import SandboxAmazon
internal import SandboxShop

/// A shop's Selling Partner API over HTTP, with the faults that are switched on.
struct AmazonRoutes {
    let sandbox: SandboxParts
    let shop: Shop

    /// - Parameter parts: The path behind the shop's name.
    func answer(_ request: HTTPRequest, _ parts: [String], _ exchange: HTTPExchange) {
        exchange.collectBody(limit: SandboxHandler.maximumBodyBytes) { body in
            self.answer(request, parts, Array(body.readableBytesView), exchange)
        }
    }

    private func answer(_ request: HTTPRequest, _ parts: [String], _ body: [UInt8], _ exchange: HTTPExchange) {
        let faults = self.shop.read { $0.faults }
        if self.happens(faults.error500Rate, faults) {
            return Self.response(AmazonAPI.internalError(request.method.rawValue, parts)).send(to: exchange)
        }
        let isDelayed = faults.answerDelayMilliseconds > 0 && self.happens(faults.answerDelayRate, faults)
        let isLost = self.happens(faults.answerLostRate, faults)
        let delay = TimeAmount.milliseconds(isDelayed ? Int64(faults.answerDelayMilliseconds) : 0)
        guard isDelayed, faults.delaysBeforeActing else {
            let response = self.perform(request, parts, body)
            guard isDelayed else { return Self.deliver(response, isLost: isLost, exchange) }
            exchange.eventLoop.scheduleTask(in: delay) { Self.deliver(response, isLost: isLost, exchange) }
            return
        }
        exchange.eventLoop.scheduleTask(in: delay) {
            Self.deliver(self.perform(request, parts, body), isLost: isLost, exchange)
        }
    }

    private func happens(_ rate: Double, _ faults: Faults) -> Bool {
        self.sandbox.dice.happens(rate, in: self.shop.name, seed: faults.seed)
    }

    private static func deliver(_ response: Response, isLost: Bool, _ exchange: HTTPExchange) {
        guard isLost else { return response.send(to: exchange) }
        // A streamed answer that nobody goes on writing is cut off, and the connection with it.
        _ = exchange.stream(.ok)
    }

    private func perform(_ request: HTTPRequest, _ parts: [String], _ body: [UInt8]) -> Response {
        if parts == ["auth", "o2", "token"], request.method == .POST {
            let form = Self.form(String(decoding: body, as: UTF8.self))
            return Self.response(self.sandbox.amazon.token(form, of: self.shop))
        }
        let target = request.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let asked = AmazonRequest(
            method: request.method.rawValue, path: parts, query: target.count == 2 ? String(target[1]) : "",
            accessToken: request.headers.first(name: "x-amz-access-token"),
            contentType: request.headers.first(name: "Content-Type") ?? "", body: body,
            base: "\(self.sandbox.base(request))/shops/\(self.shop.name)")
        do throws(ShopFault) {
            return Self.response(try self.sandbox.amazon.answer(asked, of: self.shop))
        } catch {
            self.sandbox.logger.error("\(error)")
            return Self.response(AmazonAPI.internalError(request.method.rawValue, parts))
        }
    }

    private static func response(_ answer: AmazonAnswer) -> Response {
        var headers: HTTPHeaders = ["x-amzn-RequestId": UUID().uuidString.lowercased()]
        if let limit = answer.rateLimit { headers.add(name: "x-amzn-RateLimit-Limit", value: limit) }
        let status = HTTPResponseStatus(statusCode: answer.status)
        if let body = answer.body { return .json(body, status: status, headers: headers) }
        if let file = answer.file { return Response(status: status, headers: headers, body: ByteBuffer(bytes: file)) }
        return Response(status: status, headers: headers)
    }

    private static func form(_ text: String) -> [String: String] {
        var fields: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2 else { continue }
            fields[String(sides[0])] = sides[1].replacing("+", with: "%20").removingPercentEncoding ?? ""
        }
        return fields
    }
}
