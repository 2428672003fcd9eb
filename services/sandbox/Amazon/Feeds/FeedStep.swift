internal import SandboxJSON
internal import SandboxShop

/// The next thing that becomes of a feed: it is begun, some of its messages are done, or it ends.
struct FeedStep {
    let feedID: Int64
    let files: ShopFiles
    /// Of a feed of listings that has begun; `nil`: it cannot be read.
    let document: FeedDocument?

    func perform(in shop: Shop) throws(ShopFault) {
        try shop.change { state in
            guard let feed = state.operations[self.feedID], feed.completedAt == nil, let input = FeedInput(feed) else {
                return
            }
            if feed.status == "IN_QUEUE" {
                self.begin(feed, input, state)
            } else if input.feedType == FeedInput.listings {
                self.goOn(feed, input, state)
            } else {
                self.performOrders(feed, input, state)
            }
        }
    }

    private func begin(_ feed: SandboxShop.Operation, _ input: FeedInput, _ state: ShopState) {
        var (feed, input) = (feed, input)
        if state.faults.feedEnd == "CANCELLED" { return self.end(feed, input, "CANCELLED", state) }
        feed.status = "IN_PROGRESS"
        input.startedAt = .now()
        feed.input = input.text
        state.put(feed)
    }

    private func end(
        _ feed: SandboxShop.Operation, _ input: FeedInput, _ status: String, report: [UInt8]? = nil, _ state: ShopState
    ) {
        var feed = feed
        (feed.status, feed.input, feed.completedAt) = (status, input.text, .now())
        if let report {
            let id = "amzn1.report.\(feed.id)"
            let content = state.faults.reportCompression == nil ? report : StoredGzip.compressed(report)
            do throws(JournalFault) {
                try self.files.write(content, of: DocumentFile.name(id, of: state.settings.name))
                feed.resultFile = id
            } catch {
                feed.status = "FATAL"
            }
        }
        state.put(feed)
    }

    // MARK: Listings

    private var issuesFile: String { "amzn1.issues.\(self.feedID)" }

    private func goOn(_ feed: SandboxShop.Operation, _ input: FeedInput, _ state: ShopState) {
        var (feed, input) = (feed, input)
        guard let document = self.document else { return self.end(feed, input, "FATAL", state) }
        // A feed that is broken off is half done.
        let isFatal = state.faults.feedEnd == "FATAL"
        let count = isFatal ? document.messages.count / 2 : document.messages.count
        let first = feed.objectCount
        let last = max(first, min(count, first + AmazonRunner.messagesAtOnce))
        var issues: [UInt8] = []
        for place in first..<last {
            let found = document.perform(place, state)
            if let interval = state.faults.missingReportInterval, (place + 1).isMultiple(of: interval) { continue }
            for issue in found { issues += issue.jsonBytes + [UInt8(ascii: "\n")] }
            if found.isEmpty { input.accepted += 1 } else { input.invalid += 1 }
        }
        let name = DocumentFile.name(self.issuesFile, of: state.settings.name)
        do throws(JournalFault) {
            try self.files.write(issues, at: feed.fileSize ?? 0, of: name)
        } catch {
            return self.end(feed, input, "FATAL", state)
        }
        feed.objectCount = last
        feed.fileSize = (feed.fileSize ?? 0) + issues.count
        guard last >= count else {
            feed.input = input.text
            return state.put(feed)
        }
        if isFatal { return self.end(feed, input, "FATAL", state) }
        let report = FeedReport.content(
            self.feedID, input, issues: self.files.read(name) ?? [], AmazonAccount(state.settings))
        self.end(feed, input, "DONE", report: report.jsonBytes, state)
    }

    // MARK: Orders

    private func performOrders(_ feed: SandboxShop.Operation, _ input: FeedInput, _ state: ShopState) {
        let account = AmazonAccount(state.settings)
        guard state.faults.feedEnd != "FATAL", let bytes = feed.inputFile.flatMap({ self.files.read($0) }),
            let document = OrderFeed(bytes, input.feedType, account)
        else { return self.end(feed, input, "FATAL", state) }
        let report = document.perform(feed.id, state)
        self.end(feed, input, "DONE", report: Array(report.utf8), state)
    }
}
