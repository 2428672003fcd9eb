public import Logging
public import SandboxShop

/// Does the work that goes on behind answers: what was submitted for listings, and feeds.
///
/// Each part is written down with what it changed, so that each message is done once, whenever the process ends.
public struct AmazonRunner: Sendable {
    /// The messages that are done in one change.
    static let messagesAtOnce = 200
    /// How often work that waits is looked at again, at least.
    private static let longestWaitMilliseconds: Int64 = 200

    private let shops: Shops
    private let files: ShopFiles
    private let logger: Logger

    /// - Parameter files: Where documents are and reports go.
    public init(shops: Shops, files: ShopFiles, logger: Logger) {
        self.shops = shops
        self.files = files
        self.logger = logger
    }

    /// Works until the task is cancelled.
    public func run() async {
        let (wakes, wake) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        self.shops.onChange { wake.yield() }
        wake.yield()
        for await _ in wakes {
            while let wait = await self.work() {
                let milliseconds = min(max(1, wait), Self.longestWaitMilliseconds)
                guard (try? await Task.sleep(for: .milliseconds(milliseconds))) != nil else { return }
            }
        }
    }

    /// Does what is due in all shops.
    ///
    /// - Returns: In how many milliseconds something else is; `nil`: nothing waits.
    private func work() async -> Int64? {
        var next: Int64?
        for shop in self.shops.all where shop.platform == .amazon {
            do throws(ShopFault) {
                guard let wait = try await self.work(on: shop) else { continue }
                next = min(next ?? wait, wait)
            } catch {
                self.logger.error("the work of \(shop.name) stops: \(error)")
            }
        }
        return next
    }

    private func work(on shop: Shop) async throws(ShopFault) -> Int64? {
        // A document is read once, however many steps it takes.
        var documents: [Int64: FeedDocument] = [:]
        while true {
            let now = Moment.now()
            let dues = shop.read { state -> [(SandboxShop.Operation, Moment)] in
                let delay = state.faults.processingDelay
                return state.index.openOperations.compactMap { state.operations[$0] }
                    .compactMap { operation in Self.dueAt(operation, delay, state.faults).map { (operation, $0) } }
            }
            let due = dues.filter { $0.1 <= now }.map { $0.0 }
            guard !due.isEmpty else { return dues.map { $0.1.milliseconds - now.milliseconds }.min() }
            try self.submit(due.filter { $0.kind == .submission }, in: shop)
            for feed in due where feed.kind == .feed {
                let document = documents[feed.id] ?? self.document(of: feed, in: shop)
                documents[feed.id] = document
                try FeedStep(feedID: feed.id, files: self.files, document: document).perform(in: shop)
            }
            await Task.yield()
        }
    }

    private func document(of feed: SandboxShop.Operation, in shop: Shop) -> FeedDocument? {
        guard feed.status == "IN_PROGRESS", FeedInput(feed)?.feedType == FeedInput.listings,
            let bytes = feed.inputFile.flatMap({ self.files.read($0) })
        else { return nil }
        return FeedDocument(bytes, AmazonAccount(shop.read { $0.settings }))
    }

    /// When the next step of something is done; `nil`: never.
    private static func dueAt(_ operation: SandboxShop.Operation, _ delay: Int, _ faults: Faults) -> Moment? {
        guard operation.kind == .feed, operation.status == "IN_PROGRESS" else {
            if operation.kind == .feed, faults.feedEnd == "STUCK_IN_QUEUE" { return nil }
            return operation.createdAt + delay
        }
        if faults.feedEnd == "STUCK_IN_PROGRESS" { return nil }
        return (FeedInput(operation)?.startedAt ?? operation.createdAt) + delay
    }

    private func submit(_ submissions: [SandboxShop.Operation], in shop: Shop) throws(ShopFault) {
        guard !submissions.isEmpty else { return }
        try shop.change { state in
            for submission in submissions {
                guard let known = state.operations[submission.id] else { continue }
                ListingMessage.kept(known.input)?.apply(to: state)
                state.remove(known)
            }
        }
    }
}
