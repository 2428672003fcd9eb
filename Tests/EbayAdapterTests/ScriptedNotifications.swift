import ChannelAdapter
import FileFormats
import Synchronization

@testable import EbayAdapter

/// Destinations and subscriptions of a platform that answers from memory, as its documents say.
final class ScriptedNotifications: Sendable {
    struct Destination: Sendable {
        var id: String
        var address: String
        var token = ScriptedNotifications.token
        var status = "ENABLED"
    }

    struct Subscription: Hashable, Sendable {
        var id: String
        var topic: String
        var destination: String
        var status = "ENABLED"
    }

    struct State: Sendable {
        var hasConfig = true
        var destinations: [Destination] = []
        var subscriptions: [Subscription] = []
        /// What calls are refused with, by their method and path.
        var refusals: [String: (code: Int, status: Int)] = [:]
        /// Lists that do not show yet what somebody makes at this moment.
        var lateLists: Set<String> = []
    }

    static let path = "/commerce/notification/v1"
    static let token = "a-token-of-the-tests-0123456789_abc"
    static let settings = ["alertEmail": "alerts@example.com"]

    let state: Mutex<State>

    init(_ state: sending State = State()) { self.state = Mutex(state) }

    /// The calls that one session after another came to that asked for an address.
    var platform: ScriptedPlatform {
        ScriptedPlatform { (call, _) in self.answer(call) }
    }

    static func session(_ platform: ScriptedPlatform) -> EbaySession {
        platform.session(Self.settings, credentials: ["verificationToken": Self.token])
    }

    private func answer(_ call: ScriptedPlatform.Call) -> PlatformResponse {
        let path = call.path.dropFirst(Self.path.count + 1).prefix { $0 != "?" }
        let parts = path.split(separator: "/").map(String.init)
        return self.state.withLock { state in
            if let refusal = state.refusals["\(call.method) \(path)"] {
                return .errors(refusal.code, status: refusal.status)
            }
            switch parts.first {
            case "config": return Self.config(call, &state)
            case "topic": return Self.topic
            case "destination": return Self.destination(call, parts, &state)
            default: return Self.subscription(call, parts, &state)
            }
        }
    }

    private static func config(_ call: ScriptedPlatform.Call, _ state: inout State) -> PlatformResponse {
        if call.method == "PUT" { state.hasConfig = true }
        return state.hasConfig ? .json(#"{"alertEmail":"someone@example.com"}"#) : .errors(195026, status: 404)
    }

    /// Its newest version that lasts is the tenth of the first.
    private static let topic = PlatformResponse.json(
        #"{"supportedPayloads":[{"format":["JSON"],"schemaVersion":"1.9","deliveryProtocol":"HTTPS","deprecated":false},"#
            + #"{"format":["JSON"],"schemaVersion":"1.10","deliveryProtocol":"HTTPS","deprecated":false},"#
            + #"{"format":["XML"],"schemaVersion":"3.0","deliveryProtocol":"HTTPS","deprecated":false},"#
            + #"{"format":["JSON"],"schemaVersion":"2.0","deliveryProtocol":"HTTPS","deprecated":true}]}"#)

    private static func destination(
        _ call: ScriptedPlatform.Call, _ parts: [String], _ state: inout State
    ) -> PlatformResponse {
        let given = Destination(
            id: parts.dropFirst().first ?? "made-\(state.destinations.count)",
            address: call.body.at("deliveryConfig", "endpoint")?.text ?? "",
            token: call.body.at("deliveryConfig", "verificationToken")?.text ?? "",
            status: call.body["status"]?.text ?? "")
        switch (call.method, parts.count) {
        case ("GET", _):
            guard state.lateLists.remove("destination") == nil else { return .json(#"{"destinations":[]}"#) }
            return .json(#"{"destinations":[\#(state.destinations.map(Self.text).joined(separator: ","))]}"#)
        case ("POST", _):
            guard state.hasConfig else { return .errors(195003, status: 409) }
            guard !state.destinations.contains(where: { $0.address == given.address }) else {
                return .errors(195021, status: 409)
            }
            state.destinations.append(given)
            let place = PlatformHeader("Location", "https://api.ebay.com\(Self.path)/destination/\(given.id)")
            return PlatformResponse(status: 201, headers: [place], body: [])
        case ("PUT", _): state.destinations = state.destinations.map { $0.id == given.id ? given : $0 }
        default:
            guard !state.subscriptions.contains(where: { $0.destination == given.id }) else {
                return .errors(195024, status: 409)
            }
            state.destinations.removeAll { $0.id == given.id }
        }
        return .json("", status: 204)
    }

    private static func subscription(
        _ call: ScriptedPlatform.Call, _ parts: [String], _ state: inout State
    ) -> PlatformResponse {
        let place = state.subscriptions.firstIndex { $0.id == parts.dropFirst().first }
        switch (call.method, parts.last) {
        case ("GET", _):
            guard state.lateLists.remove("subscription") == nil else { return .json(#"{"subscriptions":[]}"#) }
            return .json(#"{"subscriptions":[\#(state.subscriptions.map(Self.text).joined(separator: ","))]}"#)
        case ("POST", "enable"): if let place { state.subscriptions[place].status = "ENABLED" }
        case ("POST", _):
            let topic = call.body["topicId"]?.text ?? ""
            guard !state.subscriptions.contains(where: { $0.topic == topic }) else {
                return .errors(195012, status: 409)
            }
            state.subscriptions.append(
                Subscription(
                    id: "s-\(topic)", topic: topic, destination: call.body["destinationId"]?.text ?? "",
                    status: call.body["status"]?.text ?? ""))
            return .json("", status: 201)
        default:
            guard let place else { return .errors(195013, status: 404) }
            state.subscriptions[place].destination = call.body["destinationId"]?.text ?? ""
            state.subscriptions[place].status = call.body["status"]?.text ?? ""
        }
        return .json("", status: 204)
    }

    private static func text(_ destination: Destination) -> String {
        #"{"destinationId":"\#(destination.id)","name":"n","status":"\#(destination.status)","deliveryConfig":{"#
            + #""endpoint":"\#(destination.address)","verificationToken":"\#(destination.token)"}}"#
    }

    private static func text(_ subscription: Subscription) -> String {
        #"{"subscriptionId":"\#(subscription.id)","topicId":"\#(subscription.topic)","#
            + #""destinationId":"\#(subscription.destination)","status":"\#(subscription.status)","#
            + #""payload":{"format":"JSON","deliveryProtocol":"HTTPS","schemaVersion":"1.10"}}"#
    }
}
