internal import ChannelAdapter
internal import FileFormats

extension EbaySession {
    /// Sees to it that the seller's notifications are sent to an address: one destination, whose last path segment tells
    /// that it is ours, and a subscription of each topic. Without an address for alerts or a verification token nothing is
    /// asked for, as the platform would refuse it.
    ///
    /// Topics that the platform keeps for some, or has in another subscription already, are left out and no fault: orders
    /// are polled as well.
    func subscribe(to address: String) async throws(PlatformFault) -> SubscribedTopics {
        let settings = try self.settings.get()
        guard !settings.alertEmail.isEmpty, !self.verificationToken.isEmpty else { return SubscribedTopics(topics: []) }
        let destination = try await self.destination(address, settings)
        let known = try await self.list("subscription", "subscriptions", owner: .seller)
        var topics: [String] = []
        for topic in EbayNotification.subscribed {
            let isSent: Bool
            if let subscription = known.first(where: { $0["topicId"]?.text == topic }) {
                isSent = try await self.enable(subscription, destination)
            } else {
                isSent = try await self.make(topic, destination)
            }
            if isSent { topics.append(topic) }
        }
        return SubscribedTopics(topics: topics)
    }

    private var verificationToken: String { self.credentials["verificationToken", default: ""] }

    // MARK: Where they are sent

    /// The id of the destination with an address: as it is, with what of it is out of date set right, or made.
    private func destination(_ address: String, _ settings: EbaySettings) async throws(PlatformFault) -> String {
        let all = try await self.list("destination", "destinations", owner: .application)
        let place = Self.place(of: address)
        let ours = all.filter { Self.place(of: Self.address(of: $0)) == place }
        guard let known = ours.first(where: { Self.address(of: $0) == address }) ?? ours.first,
            let id = known["destinationId"]?.text, !id.isEmpty
        else { return try await self.makeDestination(address, settings) }
        let isRight =
            Self.address(of: known) == address && known["status"]?.text == "ENABLED"
            && known.at("deliveryConfig", "verificationToken")?.text ?? self.verificationToken == self.verificationToken
        if !isRight {
            let path = "\(Self.notification)/destination/\(EbayURL.encoded(id))"
            _ = try await self.notify("PUT", path, self.destinationBody(address)).body.get()
        }
        return id
    }

    private func makeDestination(_ address: String, _ settings: EbaySettings) async throws(PlatformFault) -> String {
        // The application's, whoever set it: it is left alone where there is one.
        let config = await self.notify("GET", "\(Self.notification)/config").body
        if case .failure(let fault) = config {
            guard Self.configMissing.contains(fault.code) else { throw fault }
            _ = try await self.notify(
                "PUT", "\(Self.notification)/config", .members(["alertEmail": .string(settings.alertEmail)])
            ).body.get()
        }
        let answer = await self.notify("POST", "\(Self.notification)/destination", self.destinationBody(address))
        _ = try answer.body.get()
        guard let id = answer.location.split(separator: "/").last.map(String.init), !id.isEmpty else {
            throw .unreadable("the answer does not say where the destination is")
        }
        return id
    }

    private func destinationBody(_ address: String) -> JSONValue {
        .members([
            "name": .string("driveline-\(Self.place(of: address).suffix(48))"), "status": .string("ENABLED"),
            "deliveryConfig": .members([
                "endpoint": .string(address), "verificationToken": .string(self.verificationToken),
            ]),
        ])
    }

    /// What the platform answers where there is no configuration yet.
    private static let configMissing: Set<String> = ["http-404", "195026"]

    private static func address(of destination: JSONValue) -> String {
        destination.at("deliveryConfig", "endpoint")?.text ?? ""
    }

    /// The last part of an address, which is random and stays when the gateway moves.
    private static func place(of address: String) -> String {
        address.split(separator: "/").last.map(String.init) ?? ""
    }

    // MARK: What is sent

    /// Has one that is known sent; false: it is sent to somebody else, and stays with them.
    private func enable(_ subscription: JSONValue, _ destination: String) async throws(PlatformFault) -> Bool {
        guard subscription["destinationId"]?.text == destination else { return false }
        guard subscription["status"]?.text != "ENABLED" else { return true }
        let id = EbayURL.encoded(subscription["subscriptionId"]?.text ?? "")
        _ = try await self.notify("POST", "\(Self.notification)/subscription/\(id)/enable", owner: .seller).body.get()
        return true
    }

    /// Makes one; false: the platform has it for others alone, does not offer it, or has it already.
    private func make(_ topic: String, _ destination: String) async throws(PlatformFault) -> Bool {
        let known = await self.notify("GET", "\(Self.notification)/topic/\(topic)").body
        guard case .success(let description) = known, let version = Self.schemaVersion(of: description) else {
            if case .failure(let fault) = known, !Self.notOffered.contains(fault.code) { throw fault }
            return false
        }
        let body = JSONValue.members([
            "topicId": .string(topic), "status": .string("ENABLED"), "destinationId": .string(destination),
            "payload": .members([
                "format": .string("JSON"), "deliveryProtocol": .string("HTTPS"), "schemaVersion": .string(version),
            ]),
        ])
        let made = await self.notify("POST", "\(Self.notification)/subscription", body, owner: .seller).body
        guard case .failure(let fault) = made else { return true }
        guard Self.notOffered.contains(fault.code) else { throw fault }
        return false
    }

    /// The topic is not there (195002, 195027), is for others alone (195011), or is subscribed to already (195012).
    private static let notOffered: Set<String> = ["195002", "195027", "195011", "195012", "http-403", "http-404"]

    /// The newest version of its bodies that we can read and that is not to go away; nil: there is none.
    private static func schemaVersion(of topic: JSONValue) -> String? {
        let payloads = topic["supportedPayloads"]?.elements ?? []
        let usable = payloads.filter { payload in
            payload["deliveryProtocol"]?.text == "HTTPS"
                && (payload["format"]?.elements ?? []).contains { $0.text == "JSON" }
                && payload["schemaVersion"]?.text != nil
        }
        let lasting = usable.filter { $0["deprecated"] != .bool(true) }
        return (lasting.isEmpty ? usable : lasting).compactMap { $0["schemaVersion"]?.text }
            .max(by: Self.isOlder)
    }

    /// Whether a version comes before another one: what stands between dots counts as a number.
    private static func isOlder(_ version: String, _ other: String) -> Bool {
        let numbers = { (text: String) in text.split(separator: ".").map { Int($0) ?? 0 } }
        return numbers(version).lexicographicallyPrecedes(numbers(other))
    }

    // MARK: Calls

    private func notify(
        _ method: String, _ path: String, _ body: JSONValue? = nil, owner: EbayCall.Owner = .application
    ) async -> EbayAnswer {
        var call = EbayCall(method, path, body)
        call.owner = owner
        return await self.call(call)
    }

    /// All of a list, page by page.
    private func list(
        _ path: String, _ name: String, owner: EbayCall.Owner
    ) async throws(PlatformFault) -> [JSONValue] {
        var (all, query): ([JSONValue], String) = ([], "limit=\(EbayLimits.notificationPage)")
        for _ in 0..<EbayLimits.notificationPages {
            let body = try await self.notify("GET", "\(Self.notification)/\(path)?\(query)", owner: owner).body.get()
            all += body[name]?.elements ?? []
            guard let next = body["next"]?.text, let mark = next.firstIndex(of: "?") else { return all }
            query = String(next[next.index(after: mark)...])
        }
        throw PlatformFault(
            .unknown, code: "too-many-\(path)s",
            "the platform has more than \(all.count) of them, or gives the same ones again and again")
    }
}
