internal import Foundation
internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

/// What destinations are told of.
struct EbaySubscriptions {
    let state: ShopState
    let request: EbayRequest

    func answer(_ rest: [String]) throws(EbayRefusal) -> EbayAnswer {
        switch (self.request.method, rest.dropFirst(2).first, rest.count) {
        case ("GET", nil, 1):
            let all = self.state.records(of: "subscription").map(\.value)
            return EbayAnswer(200, try NotificationPage(self.request).json(all, "subscriptions"))
        case ("POST", nil, 1): return try self.create()
        case ("GET", nil, 2): return EbayAnswer(200, try self.subscription(rest[1]))
        case ("PUT", nil, 2): return try self.replace(rest[1])
        case ("DELETE", nil, 2):
            _ = try self.subscription(rest[1])
            EbayNotifier.forgetDeliveries(of: rest[1], in: self.state)
            self.state.forget("subscription", rest[1])
            return EbayAnswer(204)
        case ("POST", "enable", 3): return try self.setStatus("ENABLED", of: rest[1])
        case ("POST", "disable", 3): return try self.setStatus("DISABLED", of: rest[1])
        case ("POST", "test", 3):
            EbayNotifier.test(try self.subscription(rest[1]), in: self.state)
            return EbayAnswer(202)
        default: throw EbayRefusal(2002)
        }
    }

    private func subscription(_ id: String) throws(EbayRefusal) -> JSONValue {
        guard let known = self.state.value("subscription", id) else { throw EbayRefusal(195013, id) }
        return known
    }

    private func create() throws(EbayRefusal) -> EbayAnswer {
        guard self.state.value("config", "") != nil else { throw EbayRefusal(195003) }
        let body = try self.request.object()
        guard let topic = EbayTopic(rawValue: body["topicId"]?.text ?? "") else { throw EbayRefusal(195027) }
        let checked = try self.checked(body)
        let isTaken = self.state.records(of: "subscription").contains { $0.value["topicId"]?.text == topic.rawValue }
        guard !isTaken else { throw EbayRefusal(195012) }
        // Deliveries name their subscription by a number.
        let id = "\(self.state.nextID())"
        self.state.keep(
            checked.setting("subscriptionId", to: .string(id)).setting("topicId", to: .string(topic.rawValue))
                .setting("creationDate", to: .string(EbayTime.text(.now()))), "subscription", id)
        return EbayAnswer(
            201, [:], location: "\(self.request.base)/commerce/notification/v1/subscription/\(id)")
    }

    private func replace(_ id: String) throws(EbayRefusal) -> EbayAnswer {
        let known = try self.subscription(id)
        var changed = try self.checked(try self.request.object())
        for name in ["subscriptionId", "topicId", "creationDate"] { changed = changed.setting(name, to: known[name]) }
        self.state.keep(changed, "subscription", id)
        return EbayAnswer(204)
    }

    private func setStatus(_ status: String, of id: String) throws(EbayRefusal) -> EbayAnswer {
        let changed = try self.subscription(id).setting("status", to: .string(status))
        if status == "ENABLED" { try self.checkDestination(changed) }
        self.state.keep(changed, "subscription", id)
        return EbayAnswer(204)
    }

    private func checked(_ body: JSONValue) throws(EbayRefusal) -> JSONValue {
        guard let status = body["status"]?.text, ["ENABLED", "DISABLED"].contains(status) else {
            throw EbayRefusal(195006)
        }
        let payload = body["payload"] ?? .null
        guard payload["format"]?.text == "JSON" else { throw EbayRefusal(195009) }
        guard payload["deliveryProtocol"]?.text == "HTTPS" else { throw EbayRefusal(195010) }
        guard payload["schemaVersion"]?.text == EbayTopic.schemaVersion else { throw EbayRefusal(195008) }
        guard let destination = body["destinationId"]?.text, self.state.value("destination", destination) != nil
        else { throw EbayRefusal(195007) }
        if status == "ENABLED" { try self.checkDestination(body) }
        return [
            "destinationId": .string(destination), "status": .string(status),
            "payload": [
                "format": "JSON", "deliveryProtocol": "HTTPS", "schemaVersion": .string(EbayTopic.schemaVersion),
            ],
        ]
    }

    private func checkDestination(_ subscription: JSONValue) throws(EbayRefusal) {
        let destination = self.state.value("destination", subscription["destinationId"]?.text ?? "")
        guard destination?["status"]?.text == "ENABLED" else { throw EbayRefusal(195015) }
    }
}
