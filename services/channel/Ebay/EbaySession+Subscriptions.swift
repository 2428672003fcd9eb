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
        let known = try await self.subscriptions()
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
        for id in destination.former { try await self.end(id) }
        return SubscribedTopics(topics: topics)
    }

    private var verificationToken: String { self.credentials["verificationToken", default: ""] }

    // MARK: Where they are sent

    /// The connection's destination.
    private struct Destination {
        let id: String
        /// The ids of its others, from before the gateway moved.
        var former: [String] = []
    }

    /// The destination with an address. One that somebody has made meanwhile is looked for once more.
    private func destination(_ address: String, _ settings: EbaySettings) async throws(PlatformFault) -> Destination {
        do throws(PlatformFault) {
            return try await self.currentDestination(address, settings)
        } catch {
            guard error.code == Self.destinationExists else { throw error }
            return try await self.currentDestination(address, settings)
        }
    }

    /// The destination with an address: as it is, with what of it is out of date set right, or made.
    private func currentDestination(
        _ address: String, _ settings: EbaySettings
    ) async throws(PlatformFault) -> Destination {
        let all = try await self.list("destination", "destinations", owner: .application)
        let place = Self.place(of: address)
        let ours = all.filter { Self.place(of: Self.address(of: $0)) == place }
        guard let known = ours.first(where: { Self.address(of: $0) == address }) ?? ours.first,
            let id = known["destinationId"]?.text, !id.isEmpty
        else { return Destination(id: try await self.makeDestination(address, settings)) }
        let isRight =
            Self.address(of: known) == address && known["status"]?.text == "ENABLED"
            && known.at("deliveryConfig", "verificationToken")?.text ?? self.verificationToken == self.verificationToken
        if !isRight {
            let path = "\(Self.notification)/destination/\(EbayURL.encoded(id))"
            _ = try await self.notify("PUT", path, self.destinationBody(address)).body.get()
        }
        let former = ours.compactMap { $0["destinationId"]?.text }.filter { $0 != id && !$0.isEmpty }
        return Destination(id: id, former: former)
    }

    /// Has nothing sent to a destination any more that was the connection's; what somebody has put there by hand keeps it.
    private func end(_ id: String) async throws(PlatformFault) {
        let path = "\(Self.notification)/destination/\(EbayURL.encoded(id))"
        guard case .failure(let fault) = await self.notify("DELETE", path).body else { return }
        guard Self.destinationStays.contains(fault.code) else { throw fault }
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

    private static let destinationExists = "195021"
    /// It is in use (195024), or is there no more.
    private static let destinationStays: Set<String> = ["195024", "195022", "http-404"]

    private static func address(of destination: JSONValue) -> String {
        destination.at("deliveryConfig", "endpoint")?.text ?? ""
    }

    /// The last part of an address, which is random and stays when the gateway moves.
    private static func place(of address: String) -> String {
        address.split(separator: "/").last.map(String.init) ?? ""
    }

    // MARK: What is sent

    private func subscriptions() async throws(PlatformFault) -> [JSONValue] {
        try await self.list("subscription", "subscriptions", owner: .seller)
    }

    /// Has one that is known sent to the connection; false: it is sent to somebody else, and stays with them.
    private func enable(_ subscription: JSONValue, _ destination: Destination) async throws(PlatformFault) -> Bool {
        let place = subscription["destinationId"]?.text ?? ""
        let path = "\(Self.notification)/subscription/\(EbayURL.encoded(subscription["subscriptionId"]?.text ?? ""))"
        if destination.former.contains(place) {
            let body = JSONValue.members([
                "status": .string("ENABLED"), "destinationId": .string(destination.id),
                "payload": subscription["payload"],
            ])
            _ = try await self.notify("PUT", path, body, owner: .seller).body.get()
            return true
        }
        guard place == destination.id else { return false }
        guard subscription["status"]?.text != "ENABLED" else { return true }
        _ = try await self.notify("POST", "\(path)/enable", owner: .seller).body.get()
        return true
    }

    /// Makes one; false: the platform has it for others alone, does not offer it, or has it for somebody else already.
    private func make(_ topic: String, _ destination: Destination) async throws(PlatformFault) -> Bool {
        let known = await self.notify("GET", "\(Self.notification)/topic/\(topic)").body
        guard case .success(let description) = known, let version = Self.schemaVersion(of: description) else {
            if case .failure(let fault) = known, !Self.notOffered.contains(fault.code) { throw fault }
            return false
        }
        let body = JSONValue.members([
            "topicId": .string(topic), "status": .string("ENABLED"), "destinationId": .string(destination.id),
            "payload": .members([
                "format": .string("JSON"), "deliveryProtocol": .string("HTTPS"), "schemaVersion": .string(version),
            ]),
        ])
        let made = await self.notify("POST", "\(Self.notification)/subscription", body, owner: .seller).body
        guard case .failure(let fault) = made else { return true }
        if fault.code == Self.subscriptionExists {
            let made = try await self.subscriptions().first { $0["topicId"]?.text == topic }
            guard let made else { return false }
            return try await self.enable(made, destination)
        }
        guard Self.notOffered.contains(fault.code) else { throw fault }
        return false
    }

    private static let subscriptionExists = "195012"
    /// The topic is not there (195002, 195027), or is for others alone (195011).
    private static let notOffered: Set<String> = ["195002", "195027", "195011", "http-403", "http-404"]

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
