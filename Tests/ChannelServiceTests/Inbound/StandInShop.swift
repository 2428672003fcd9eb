import Buckets
import CatalogAPI
import CatalogMessages
import ChannelAPI
import ChannelAdapter
import ChannelDomain
import ChannelMessages
import Events
import OrderMessages
import Postgres
import ProtobufC
import RPCMessages
import Synchronization
import WellKnownMessages

/// A platform of the tests' own: what its servers have, and how they fail.
final class StandInShop: Sendable {
    struct State {
        /// By id, with the time of their last change.
        var orders: [String: PlatformOrder] = [:]
        /// Orders of a page.
        var pageSize = 3
        /// Until when it says to have told all, with the last page.
        var toldUntil: Int64?
        /// The next answers to questions for orders, before any that works.
        var faults: [PlatformFault] = []
        /// The questions that were asked: since, page.
        var questions: [(since: Int64, page: String)] = []
        /// Pages, by token; those that are not there are not known any more.
        var isForgettingPages = false
        /// What was told of orders, as it was carried out.
        var carriedOut: [OrderTaskCall] = []
        /// All that was sent, repeats and all.
        var sent: [OrderTaskCall] = []
        /// The next answers to what is told: true: it is carried out and the answer is lost.
        var lostAnswers = 0
        var taskFaults: [PlatformFault] = []
        /// Whether the adapter reads bodies of a later version.
        var readsNewBodies = false
        /// Whether it gives what notifications are verified with.
        var givesKeys = true
        /// Which access token is accepted.
        var token = "token-1"
    }

    let state = Mutex(State())

    /// Has an order on the platform, changed at a time.
    func put(_ id: String, at changedAt: Int64, _ body: String) {
        let order = PlatformOrder(id: id, changedAt: changedAt, body: Array(body.utf8))
        self.state.withLock { $0.orders[id] = order }
    }

    func orders(since: Int64, page: String, token: String) throws(PlatformFault) -> OrderPage {
        let result: Result<OrderPage, PlatformFault> = self.state.withLock { state in
            state.questions.append((since: since, page: page))
            if !state.faults.isEmpty { return .failure(state.faults.removeFirst()) }
            guard token == state.token else {
                return .failure(PlatformFault(.reauthenticate, code: "http-401", "the token is not valid"))
            }
            if !page.isEmpty, state.isForgettingPages {
                state.isForgettingPages = false
                return .failure(PlatformFault(.refused, code: "page-unknown", "the cursor is not valid"))
            }
            let all = state.orders.values.filter { $0.changedAt >= since }
                .sorted { ($0.changedAt, $0.id) < ($1.changedAt, $1.id) }
            let start = Int(page) ?? 0
            let end = min(start + state.pageSize, all.count)
            let orders = start < end ? Array(all[start..<end]) : []
            let isLast = end >= all.count
            return .success(
                OrderPage(orders: orders, next: isLast ? "" : "\(end)", toldUntil: isLast ? state.toldUntil : nil))
        }
        return try result.get()
    }

    func carryOut(_ call: OrderTaskCall) -> TaskAnswer {
        self.state.withLock { state in
            state.sent.append(call)
            if !state.taskFaults.isEmpty { return TaskAnswer(fault: state.taskFaults.removeFirst()) }
            // As platforms without keys of idempotency: whoever may have done it before has to look.
            if call.mayBeDone, state.carriedOut.contains(where: { $0.key == call.key }) {
                return TaskAnswer(
                    fault: PlatformFault(.doneAlready, code: "exists", "it is there"), platformID: "p-\(call.key)")
            }
            state.carriedOut.append(call)
            if state.lostAnswers > 0 {
                state.lostAnswers -= 1
                return TaskAnswer(
                    fault: PlatformFault(.retry, code: "no-answer", "no answer came", isOutcomeUnknown: true))
            }
            return TaskAnswer(platformID: "p-\(call.key)")
        }
    }
}

/// Reads what ``StandInShop`` sends. A body is words: `order 1001 A:2:10.00 B:1:5.00 paid`, and "cancelled".
struct StandInAdapter: ChannelAdapter {
    static let secret = "secret"

    let shop: StandInShop
    /// Whether the shop's own sales take from the quantity that it shows.
    var sellsFromShelf = true
    var wrongSignatureStatus: UInt32?
    var defaultMapping: [MappingRule] { [] }
    var platform: PlatformDescription {
        PlatformDescription(
            id: "fake", name: "Fake", settings: [], credentials: [],
            operations: [.init("order-task", bucket: "all", ratePerSecond: 100, burst: 100)],
            tasks: [.acknowledge, .ship, .cancel, .refund], pollsOrders: true,
            sellsFromShelf: self.sellsFromShelf, subscribes: false, wrongSignatureStatus: self.wrongSignatureStatus)
    }

    func prepare(
        for notification: PlatformNotification, account: PlatformAccount, transport: any PlatformTransport
    ) async throws(PlatformFault) {
        guard self.shop.state.withLock({ $0.givesKeys }) else {
            throw PlatformFault(.retry, code: "http-500", "there is no key now")
        }
    }

    func answer(toChallenge code: String, address: String, account: PlatformAccount) -> String? {
        self.wrongSignatureStatus == nil ? nil : "\(code) of \(address)"
    }

    func problems(in settings: [String: String]) -> [(field: String, reason: String, expected: String)] { [] }
    func problems(in content: ContentRow) -> [String] { [] }
    func document(for content: ContentRow) -> String { "" }
    func session(_ account: PlatformAccount, transport: any PlatformTransport) -> any PlatformSession {
        StandInSession(shop: self.shop, token: account.credentials["accessToken"] ?? "")
    }

    static func signature(_ body: [UInt8], secret: String = Self.secret) -> String {
        let hash = (Array(secret.utf8) + body).reduce(UInt64(0xcbf2_9ce4_8422_2325)) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        return String(hash, radix: 16)
    }

    func content(
        of notification: PlatformNotification, account: PlatformAccount
    ) throws(PlatformFault) -> NotificationContent {
        guard notification.header("X-Signature") == Self.signature(notification.body) else {
            throw PlatformFault(.refused, code: "signature-invalid", "the signature is another one")
        }
        let topic = notification.header("X-Topic") ?? ""
        let subject = String(decoding: notification.body, as: UTF8.self).split(separator: " ").dropFirst().first
        guard let subject else { throw PlatformFault(.refused, code: "not-understood", "the body names no order") }
        let kinds: [String: InboundKind] = [
            "orders": .order, "inventory": .stock, "products": .product, "app": .disconnected, "changes": .orderChanged,
        ]
        return NotificationContent(
            kind: kinds[String(topic.prefix { $0 != "/" })] ?? .other, topic: topic,
            eventID: notification.header("X-Event") ?? "", subject: String(subject),
            happenedAt: notification.header("X-Time").flatMap { Int64($0) })
    }

    func order(from body: [UInt8], account: PlatformAccount) throws(PlatformFault) -> PlaceOrderRequest {
        let words = String(decoding: body, as: UTF8.self).split(separator: " ").map(String.init)
        let isNew = words.first == "order2" && self.shop.state.withLock { $0.readsNewBodies }
        guard words.count >= 2, words[0] == "order" || isNew else {
            throw PlatformFault(.refused, code: "not-understood", "the first word is not order")
        }
        var items: [OrderItem] = []
        for word in words.dropFirst(2) where word.contains(":") {
            let parts = word.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3, let quantity = Int64(parts[1]), let price = Int64(parts[2]) else {
                throw PlatformFault(.refused, code: "not-understood", "\(word) is no line")
            }
            items.append(
                OrderItem(
                    sku: parts[0], quantity: quantity, price: Decimal(micros: price * 1_000_000),
                    channelLineID: "line-\(items.count + 1)"))
        }
        return PlaceOrderRequest(
            orderID: words[1], platform: "Fake", items: items, paymentStatus: words.contains("paid") ? .paid : .pending,
            currency: "USD")
    }

    func isCancelled(_ body: [UInt8]) throws(PlatformFault) -> Bool {
        String(decoding: body, as: UTF8.self).split(separator: " ").contains("cancelled")
    }
}

/// An account on ``StandInShop``.
struct StandInSession: PlatformSession {
    let shop: StandInShop
    let token: String

    func check() async throws(PlatformFault) -> [String: String] { [:] }
    func pushStock(_ rows: [StockRow], key: String) async -> PushAnswer { PushAnswer(outcomes: []) }
    func pushPrices(_ rows: [PriceRow], key: String) async -> PushAnswer { PushAnswer(outcomes: []) }
    func pushContent(_ rows: [ContentRow], key: String) async -> PushAnswer { PushAnswer(outcomes: []) }
    func shelves(_ listings: [ListingReference]) async throws(PlatformFault) -> [ShelfReading] { [] }
    func listings(page: String) async throws(PlatformFault) -> ListingPage { ListingPage(listings: [], next: "") }
    func orders(since: Int64, page: String) async throws(PlatformFault) -> OrderPage {
        try self.shop.orders(since: since, page: page, token: self.token)
    }
    func order(id: String) async throws(PlatformFault) -> PlatformOrder {
        throw PlatformFault(.refused, code: "none", "there is none")
    }
    func carryOut(_ task: OrderTaskCall) async -> TaskAnswer { self.shop.carryOut(task) }
    func subscribe(to address: String) async throws(PlatformFault) -> SubscribedTopics { SubscribedTopics(topics: []) }
}

/// Calls that nothing answers: sessions of the tests call nobody.
struct StandInTransport: PlatformTransport {
    func send(_ request: PlatformRequest) async throws(PlatformFault) -> PlatformResponse {
        throw PlatformFault(.retry, code: "not-reached", "nobody is there")
    }
}
