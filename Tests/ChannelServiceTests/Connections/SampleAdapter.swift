import ChannelAdapter
import ChannelMessages
import OrderMessages

@testable import ChannelService

/// A platform that tests can look into: a shop with a domain and a token.
struct SampleAdapter: ChannelAdapter {
    var id = "sample"
    var subscribes = true
    var rules = [
        MappingRule(target: "title", source: "name", required: true),
        MappingRule(target: "maker", source: "brandLabel"),
    ]

    var platform: PlatformDescription {
        PlatformDescription(
            id: self.id, name: "Sample",
            settings: [
                .init("domain", isRequired: true, "the shop's host", example: "shop.example"),
                .init("warehouse", isRequired: false, "the shop's name for our stock"),
            ],
            credentials: [
                .init("accessToken", isRequired: true, "the token of the shop"),
                .init("webhookSecret", isRequired: false, "what notifications are signed with"),
            ],
            operations: [.init("stock", bucket: "calls", ratePerSecond: 2, burst: 40, rows: 250)], tasks: [],
            pollsOrders: false, sellsFromShelf: false, subscribes: self.subscribes)
    }

    var defaultMapping: [MappingRule] { self.rules }

    func problems(in settings: [String: String]) -> [(field: String, reason: String, expected: String)] {
        settings["domain"]?.contains("/") == true ? [("domain", "has a slash", "a host alone")] : []
    }

    func problems(in content: ContentRow) -> [String] {
        content.values.contains { $0.target == "title" && $0.value.count > 20 } ? ["the title is too long"] : []
    }

    func document(for content: ContentRow) -> String {
        content.values.map { "\($0.target)=\($0.value)" }.joined(separator: "\n")
    }

    func session(_ account: PlatformAccount, transport: any PlatformTransport) -> any PlatformSession {
        SampleSession(account: account, transport: transport)
    }

    func content(
        of notification: PlatformNotification, account: PlatformAccount
    ) throws(PlatformFault) -> NotificationContent { throw Self.nothing }

    func order(from body: [UInt8], account: PlatformAccount) throws(PlatformFault) -> PlaceOrderRequest {
        throw Self.nothing
    }

    func isCancelled(_ body: [UInt8]) throws(PlatformFault) -> Bool { throw Self.nothing }

    static let nothing = PlatformFault(.refused, code: "not-understood", "the sample has no such thing")
}

/// An account of the sample: it can be asked who it is.
struct SampleSession: PlatformSession {
    let account: PlatformAccount
    let transport: any PlatformTransport

    func check() async throws(PlatformFault) -> [String: String] {
        let answer = try await self.transport.send(
            PlatformRequest(
                method: "GET", url: self.account.settings["domain"].map { "https://\($0)/me" } ?? "",
                headers: [PlatformHeader("authorization", self.account.credentials["accessToken"] ?? "")]))
        guard answer.status == 200 else {
            throw PlatformFault(.reauthenticate, code: "http-\(answer.status)", "the token is not taken")
        }
        return ["name": String(decoding: answer.body, as: UTF8.self)]
    }

    func pushStock(_ rows: [StockRow], key: String) async -> PushAnswer { PushAnswer(outcomes: []) }
    func pushPrices(_ rows: [PriceRow], key: String) async -> PushAnswer { PushAnswer(outcomes: []) }
    func pushContent(_ rows: [ContentRow], key: String) async -> PushAnswer { PushAnswer(outcomes: []) }
    func shelves(_ listings: [ListingReference]) async throws(PlatformFault) -> [ShelfReading] { [] }
    func listings(page: String) async throws(PlatformFault) -> ListingPage { ListingPage(listings: [], next: "") }
    func orders(since: Int64, page: String) async throws(PlatformFault) -> OrderPage { OrderPage(orders: [], next: "") }
    func order(id: String) async throws(PlatformFault) -> PlatformOrder { throw SampleAdapter.nothing }
    func carryOut(_ task: OrderTaskCall) async -> TaskAnswer { TaskAnswer() }
    func subscribe(to address: String) async throws(PlatformFault) -> SubscribedTopics { SubscribedTopics(topics: []) }
}

/// Answers calls to the sample: by the token that they show.
struct SampleTransport: PlatformTransport {
    func send(_ request: PlatformRequest) async throws(PlatformFault) -> PlatformResponse {
        switch request.headers.first?.value {
        case "good": PlatformResponse(status: 200, body: Array("The shop of \(request.url)".utf8))
        case "silent":
            throw PlatformFault(.retry, code: "no-answer", "no answer came", isOutcomeUnknown: true)
        default: PlatformResponse(status: 401)
        }
    }
}
