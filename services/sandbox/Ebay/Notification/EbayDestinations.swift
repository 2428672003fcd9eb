internal import Crypto
internal import Foundation
internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

/// What an address must answer before it is told anything.
public struct EbayChallenge: Sendable {
    /// What is asked for with GET.
    public let url: String
    private let expected: String
    private let shop: Shop
    private let finish: @Sendable (ShopState) -> EbayAnswer

    init(
        code: String, endpoint: String, token: String, shop: Shop,
        finish: @escaping @Sendable (ShopState) -> EbayAnswer
    ) {
        self.url = "\(endpoint)\(endpoint.contains("?") ? "&" : "?")challenge_code=\(code)"
        self.expected = SHA256.hash(data: Data("\(code)\(token)\(endpoint)".utf8))
            .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        self.shop = shop
        self.finish = finish
    }

    /// What is answered to who gave the address.
    ///
    /// - Parameters:
    ///   - status: What the address answered with; `nil` where it did not.
    ///   - body: The answer's body.
    public func answer(status: Int?, body: [UInt8]) -> EbayAnswer {
        let response = (try? JSONValue(json: body))?["challengeResponse"]?.text
        guard status == 200, response == self.expected else { return EbayRefusal(195020).answer }
        do throws(ShopFault) {
            return try self.shop.change(self.finish)
        } catch {
            return EbayRefusal(195000, error.description).answer
        }
    }
}

/// Addresses that are told.
struct EbayDestinations {
    let state: ShopState
    let request: EbayRequest
    let shop: Shop

    func answer(_ rest: [String]) throws(EbayRefusal) -> EbayOutcome {
        switch (self.request.method, rest.count) {
        case ("GET", 1):
            let all = self.state.records(of: "destination").map(\.value)
            return .answer(EbayAnswer(200, try NotificationPage(self.request).json(all, "destinations")))
        case ("POST", 1): return try self.create()
        case ("GET", 2): return .answer(EbayAnswer(200, try self.destination(rest[1])))
        case ("PUT", 2): return try self.replace(rest[1])
        case ("DELETE", 2):
            _ = try self.destination(rest[1])
            let isUsed = self.state.records(of: "subscription").contains { $0.value["destinationId"]?.text == rest[1] }
            guard !isUsed else { throw EbayRefusal(195024) }
            self.state.forget("destination", rest[1])
            return .answer(EbayAnswer(204))
        default: throw EbayRefusal(2002)
        }
    }

    private func destination(_ id: String) throws(EbayRefusal) -> JSONValue {
        guard let known = self.state.value("destination", id) else { throw EbayRefusal(195022, id) }
        return known
    }

    private func create() throws(EbayRefusal) -> EbayOutcome {
        guard self.state.value("config", "") != nil else { throw EbayRefusal(195003) }
        let body = try self.checked(try self.request.object(), id: nil)
        let id = UUID().uuidString.lowercased()
        let location = "\(self.request.base)/commerce/notification/v1/destination/\(id)"
        return self.challenge(body) { state in
            state.keep(body.setting("destinationId", to: .string(id)), "destination", id)
            return EbayAnswer(201, [:], location: location)
        }
    }

    private func replace(_ id: String) throws(EbayRefusal) -> EbayOutcome {
        let known = try self.destination(id)
        let body = try self.checked(try self.request.object(), id: id)
        let changed = body.setting("destinationId", to: .string(id))
        guard known["deliveryConfig"] != body["deliveryConfig"] else {
            self.state.keep(changed, "destination", id)
            return .answer(EbayAnswer(204))
        }
        return self.challenge(body) { state in
            state.keep(changed, "destination", id)
            return EbayAnswer(204)
        }
    }

    private func challenge(
        _ body: JSONValue, _ finish: @escaping @Sendable (ShopState) -> EbayAnswer
    ) -> EbayOutcome {
        .challenge(
            EbayChallenge(
                code: UUID().uuidString.lowercased().replacing("-", with: ""),
                endpoint: body.at("deliveryConfig", "endpoint")?.text ?? "",
                token: body.at("deliveryConfig", "verificationToken")?.text ?? "", shop: self.shop, finish: finish))
    }

    /// The members of a destination that are kept.
    ///
    /// - Parameter id: That of the one that is replaced.
    private func checked(_ body: JSONValue, id: String?) throws(EbayRefusal) -> JSONValue {
        guard let name = body["name"]?.text, (1...64).contains(name.count), !name.contains("<") else {
            throw EbayRefusal(195016)
        }
        guard let status = body["status"]?.text, ["ENABLED", "DISABLED"].contains(status) else {
            throw EbayRefusal(195018)
        }
        // The platform takes https alone; a stand-in is used where there is none.
        guard let endpoint = body.at("deliveryConfig", "endpoint")?.text,
            ["https://", "http://"].contains(where: { endpoint.hasPrefix($0) })
        else { throw EbayRefusal(195017) }
        let isToken = { (character: Character) in
            character.isASCII && (character.isLetter || character.isNumber || "_-".contains(character))
        }
        guard let token = body.at("deliveryConfig", "verificationToken")?.text, (32...80).contains(token.count),
            token.allSatisfy(isToken)
        else { throw EbayRefusal(195019) }
        let isTaken = self.state.records(of: "destination").contains { record in
            record.key.name != id && record.value.at("deliveryConfig", "endpoint")?.text == endpoint
        }
        guard !isTaken else { throw EbayRefusal(195021) }
        return [
            "name": .string(name), "status": .string(status),
            "deliveryConfig": ["endpoint": .string(endpoint), "verificationToken": .string(token)],
        ]
    }
}
