internal import AsyncHTTPClient
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import SandboxEbay
internal import SandboxShop
internal import SandboxShopify
internal import Synchronization

/// Delivers notifications, and again where they are not taken.
final class WebhookSender: Sendable {
    /// The deliveries that are under way at once.
    static let maximumUnderWay = 64
    /// The attempts beyond the first, after which the subscription ends.
    static let maximumRetries = 8
    /// How long a receiver may take in all.
    static let answerTime = TimeAmount.seconds(5)

    private struct Flight: Hashable {
        var shop: String
        var id: Int64
    }

    private let shops: Shops
    private let backoffMilliseconds: Int
    private let logger: Logger
    private let group: any EventLoopGroup
    private let underWay = Mutex<Set<Flight>>([])

    init(_ shops: Shops, backoffMilliseconds: Int, logger: Logger, group: any EventLoopGroup) {
        self.shops = shops
        self.backoffMilliseconds = backoffMilliseconds
        self.logger = logger
        self.group = group
    }

    /// Delivers until the task is cancelled.
    func run() async {
        let (wakes, wake) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        self.shops.onChange { wake.yield() }
        wake.yield()
        let client = HTTPClient(eventLoopGroupProvider: .shared(self.group))
        await withDiscardingTaskGroup { tasks in
            for await _ in wakes {
                let (due, next) = self.takeDue()
                for (shop, delivery) in due {
                    tasks.addTask {
                        await self.attempt(delivery, of: shop, client)
                        wake.yield()
                    }
                }
                guard let next else { continue }
                let wait = max(1, next.milliseconds - Moment.now().milliseconds)
                self.group.next().scheduleTask(in: .milliseconds(wait)) { wake.yield() }
            }
        }
        try? await client.shutdown()
    }

    /// What is due and not under way, and when the next one is.
    private func takeDue() -> ([(Shop, Delivery)], next: Moment?) {
        self.underWay.withLock { underWay in
            var due: [(Shop, Delivery)] = []
            var next: Moment?
            let now = Moment.now()
            for shop in self.shops.all {
                let waiting = shop.read { state in
                    state.firstDeliveries(Self.maximumUnderWay + underWay.count)
                }
                for delivery in waiting where underWay.count < Self.maximumUnderWay {
                    guard delivery.dueAt <= now else {
                        next = min(next ?? delivery.dueAt, delivery.dueAt)
                        break
                    }
                    guard underWay.insert(Flight(shop: shop.name, id: delivery.id)).inserted else { continue }
                    due.append((shop, delivery))
                }
            }
            return (due, next)
        }
    }

    private func attempt(_ delivery: Delivery, of shop: Shop, _ client: HTTPClient) async {
        let isTaken = await self.send(delivery, of: shop, client)
        do throws(ShopFault) {
            try shop.change { state in
                guard let waiting = state.deliveries[delivery.id] else { return }
                if isTaken { return state.remove(waiting) }
                self.postpone(waiting, in: state)
            }
        } catch {
            self.logger.error("a delivery of \(shop.name) is not written down: \(error)")
        }
        self.underWay.withLock { _ = $0.remove(Flight(shop: shop.name, id: delivery.id)) }
    }

    private func postpone(_ delivery: Delivery, in state: ShopState) {
        guard delivery.attempts < Self.maximumRetries else {
            self.logger.warning("the subscription of \(delivery.topic) at \(delivery.uri) ends: nobody takes it")
            if state.settings.platform == .ebay { EbayNotifier.markDown(delivery.subscriptionID, in: state) }
            if let subscription = state.subscriptions[delivery.subscriptionID] { state.remove(subscription) }
            return state.remove(delivery)
        }
        var delivery = delivery
        delivery.dueAt = .now() + (self.backoffMilliseconds << delivery.attempts)
        delivery.attempts += 1
        state.put(delivery)
    }

    private static func message(
        _ delivery: Delivery, in state: ShopState
    ) -> (headers: [(name: String, value: String)], body: ByteBuffer) {
        guard state.settings.platform == .ebay else {
            let headers = WebhookSignature.headers(of: delivery, state.settings)
            return (headers, ByteBuffer(string: delivery.body))
        }
        let push = EbayPush(delivery, in: state)
        return (push.headers, ByteBuffer(bytes: push.body))
    }

    private func send(_ delivery: Delivery, of shop: Shop, _ client: HTTPClient) async -> Bool {
        let (headers, body) = shop.read { Self.message(delivery, in: $0) }
        var request = HTTPClientRequest(url: delivery.uri)
        request.method = .POST
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(body)
        do {
            let response = try await client.execute(request, timeout: Self.answerTime)
            return (200..<300).contains(response.status.code)
        } catch {
            self.logger.debug("a delivery of \(shop.name) to \(delivery.uri) failed: \(error)")
            return false
        }
    }
}
