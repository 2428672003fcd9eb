internal import Foundation
internal import HTTPServer
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import OrderedCollections
internal import SandboxFeed
internal import SandboxJSON
internal import SandboxShop

/// A shop that is fed with files over HTTP.
struct FeedRoutes {
    private static let resultEnding = ".result.csv"

    let sandbox: SandboxParts
    let shop: Shop

    func answer(_ request: HTTPRequest, _ path: RequestPath, _ exchange: HTTPExchange) {
        let (settings, faults) = self.shop.read { ($0.settings, $0.faults) }
        guard !faults.tokenRevoked, self.isAllowed(request, settings) else {
            var response = Response.refusal(
                .unauthorized, "UNAUTHENTICATED",
                "give Authorization: Bearer with the shop's token, or Basic with its name and token")
            response.headers.add(name: "WWW-Authenticate", value: "Basic realm=\"\(settings.name)\"")
            return response.send(to: exchange)
        }
        let parts = Array(path.parts.dropFirst(2))
        exchange.collectBody(limit: SandboxHandler.maximumBodyBytes) { body in
            self.answer(request.method, parts, path.query, Array(body.readableBytesView), faults, exchange)
        }
    }

    private func isAllowed(_ request: HTTPRequest, _ settings: ShopSettings) -> Bool {
        if let token = request.headers.bearerToken { return settings.tokens.contains { isSame($0, token) } }
        guard let credential = request.headers.basicCredential, let data = Data(base64Encoded: credential) else {
            return false
        }
        let parts = String(decoding: data, as: UTF8.self).split(separator: ":", maxSplits: 1)
        guard parts.count == 2, parts[0] == settings.name else { return false }
        return settings.tokens.contains { isSame($0, String(parts[1])) }
    }

    private func answer(
        _ method: HTTPMethod, _ parts: [String], _ query: String, _ body: [UInt8], _ faults: Faults,
        _ exchange: HTTPExchange
    ) {
        let dice = self.sandbox.dice
        if faults.throttled {
            var response = Response.refusal(.tooManyRequests, "THROTTLED", "a fault is switched on")
            response.headers.add(name: "Retry-After", value: "1")
            return response.send(to: exchange)
        }
        if dice.happens(faults.error500Rate, in: self.shop.name, seed: faults.seed) {
            return Response.refusal(.internalServerError, "INTERNAL", "a fault is switched on").send(to: exchange)
        }
        let response = self.route(method, parts, query, body)
        let isLost = dice.happens(faults.answerLostRate, in: self.shop.name, seed: faults.seed)
        exchange.eventLoop.scheduleTask(in: .milliseconds(Int64(faults.answerDelayMilliseconds))) {
            if isLost {
                // A streamed answer that nobody goes on writing is cut off, and the connection with it.
                _ = exchange.stream(.ok)
            } else {
                response.send(to: exchange)
            }
        }
    }

    private func route(_ method: HTTPMethod, _ parts: [String], _ query: String, _ body: [UInt8]) -> Response {
        switch (method, parts.count, parts.first) {
        case (.GET, 1, "orders"): self.orders(query)
        case (.GET, 2, "orders"): self.order(parts[1])
        case (.GET, 1, let name?): self.download(name)
        case (.PUT, 1, let name?) where name != "orders": self.take(name, body)
        default:
            .refusal(
                .notFound, "NOT_FOUND", "a feed has PUT {file}, GET {file}.result.csv, GET orders and GET orders/{file}"
            )
        }
    }

    // MARK: Files in

    private func take(_ name: String, _ body: [UInt8]) -> Response {
        guard let name = FeedInbox.checked(name) else {
            return .refusal(
                .badRequest, "BAD_NAME", "a file's name has 1 to 200 of A-Z, a-z, 0-9, -, _ and ., and no point first")
        }
        do {
            let inbox = FeedInbox(shop: self.shop, files: self.sandbox.files)
            let outcome = try inbox.take(name, body)
            return .json(
                [
                    "file": .string(name), "accepted": .number(outcome.accepted), "refused": .number(outcome.refused),
                    "result": .string("/feeds/\(self.shop.name)/\(name)\(Self.resultEnding)"),
                ])
        } catch let fault as CSVFault {
            return .refusal(.unprocessableEntity, "BAD_FILE", fault.description)
        } catch {
            self.sandbox.logger.error("the file \(name) of \(self.shop.name): \(error)")
            return .refusal(.internalServerError, "INTERNAL", "\(error)")
        }
    }

    private func download(_ name: String) -> Response {
        guard let content = self.sandbox.files.read("feeds/\(self.shop.name)/\(name)") else {
            return .refusal(.notFound, "NOT_FOUND", "there is no file \(name)")
        }
        return Response(status: .ok, headers: ["Content-Type": "text/csv"], body: ByteBuffer(bytes: content))
    }

    // MARK: Orders out

    /// The files of orders that changed at a time or later, the ones that changed longest ago first, and where the list
    /// goes on.
    private func orders(_ query: String) -> Response {
        guard let part = OrderListPart(query) else {
            return .refusal(
                .badRequest, "BAD_QUERY",
                "orders take since= with a time such as 2026-04-01T09:30:00Z or milliseconds since 1970, limit= with 1 to "
                    + "\(OrderListPart.maximumFiles), after= with what an answer had there, and nothing else")
        }
        let (entries, next) = self.shop.read { state -> ([JSONValue], String?) in
            let updates = state.index.updates
            let first = updates.firstIndex(from: ShopIndex.Update(at: part.since, id: part.after + 1))
            let listed = updates[first...].prefix(part.limit)
            let entries = listed.compactMap { update -> JSONValue? in
                state.orders[update.id].map {
                    ["name": .string(OrderFile.name(of: $0)), "updatedAt": .integer($0.updatedAt.milliseconds)]
                }
            }
            return (entries, listed.endIndex < updates.endIndex ? listed.last.map { part.query(behind: $0) } : nil)
        }
        return .json(["files": .array(entries), "next": .text(next)])
    }

    private func order(_ name: String) -> Response {
        let content = self.shop.read { state -> [UInt8]? in
            guard let number = OrderFile.number(of: name) else { return nil }
            // Orders are numbered in the order of their ids.
            let index = number - 1_001
            guard state.index.orderIDs.indices.contains(index) else { return nil }
            return state.orders[state.index.orderIDs[index]].map { OrderFile.content(of: $0) }
        }
        guard let content else { return .refusal(.notFound, "NOT_FOUND", "there is no order file \(name)") }
        return Response(status: .ok, headers: ["Content-Type": "text/csv"], body: ByteBuffer(bytes: content))
    }
}

/// The part of the list of order files that a query asks for.
private struct OrderListPart {
    static let maximumFiles = 1_000

    private(set) var since = Moment(milliseconds: 0)
    /// The order that the list goes on behind, of those that changed at ``since``.
    private(set) var after: Int64 = 0
    private(set) var limit = Self.maximumFiles

    /// - Returns: `nil` where it asks for anything else.
    init?(_ query: String) {
        for pair in query.split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1).map { String($0).removingPercentEncoding ?? "" }
            guard sides.count == 2, self.take(sides[0], sides[1]) else { return nil }
        }
    }

    private mutating func take(_ name: String, _ value: String) -> Bool {
        switch name {
        case "since":
            guard let moment = Int64(value).map(Moment.init(milliseconds:)) ?? Moment(text: value) else { return false }
            self.since = moment
        case "after":
            guard let id = Int64(value), id >= 0, id < .max else { return false }
            self.after = id
        case "limit":
            guard let limit = Int(value), (1...Self.maximumFiles).contains(limit) else { return false }
            self.limit = limit
        default: return false
        }
        return true
    }

    /// The query that goes on behind an order.
    func query(behind update: ShopIndex.Update) -> String {
        "?since=\(update.at.milliseconds)&after=\(update.id)&limit=\(self.limit)"
    }
}

/// Takes files in, however they come.
struct FeedInbox {
    let shop: Shop
    let files: ShopFiles

    /// The name, where it is one.
    static func checked(_ name: String) -> String? {
        let isValid =
            (1...200).contains(name.count) && !name.hasPrefix(".")
            && name.allSatisfy { character in
                character.isASCII && (character.isLetter || character.isNumber || "-_.".contains(character))
            }
        return isValid ? name : nil
    }

    /// Does what a file says and keeps the result. What is no table, such as ACES, is kept and not read.
    func take(_ name: String, _ body: [UInt8]) throws -> FeedOutcome {
        let folder = "feeds/\(self.shop.name)"
        try self.files.write(body, of: "\(folder)/\(name)")
        guard name.lowercased().hasSuffix(".csv") else { return FeedOutcome() }
        do {
            let file = try FeedFile(body)
            let outcome = try self.shop.change { file.apply(to: $0) }
            try self.files.write(outcome.result, of: "\(folder)/\(name).result.csv")
            return outcome
        } catch let fault as CSVFault {
            try self.files.write(FeedFile.result(of: fault), of: "\(folder)/\(name).result.csv")
            throw fault
        }
    }
}
