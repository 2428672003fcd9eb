internal import ChannelAdapter
internal import FileFormats
internal import Gzip

extension AmazonSession {
    /// Changes what many listings say by one feed. Quantities and prices stay as they are, as do attributes that no mapping
    /// sets, so calls for single listings may go on meanwhile.
    func pushContentInBulk(_ rows: [ContentRow], key: String) async -> PushAnswer {
        await self.pushInBulk(rows, of: \.listing) { (row, settings) throws(PlatformFault) in
            let content = AmazonContent(row, marketplaceID: settings.marketplaceID, language: settings.language)
            guard content.problems.isEmpty else {
                throw PlatformFault(.refused, code: "content-invalid", content.problems.joined(separator: "; "))
            }
            let listing = try Self.needed(row.listing)
            return .init(
                row.listing, productType: Self.productType(content, listing, settings), patches: content.patches)
        }
    }

    /// Sets many quantities by one feed.
    func pushStockInBulk(_ rows: [StockRow], key: String) async -> PushAnswer {
        await self.pushInBulk(rows, of: \.listing) { (row, settings) throws(PlatformFault) in
            guard (0...AmazonLimits.quantity).contains(row.quantity) else {
                throw PlatformFault(.refused, code: "quantity-invalid", "a quantity is 0 to \(AmazonLimits.quantity)")
            }
            let listing = try Self.needed(row.listing)
            guard !listing.isFulfilledByPlatform else { throw .fulfilledByPlatform(listing.channel) }
            return .init(
                row.listing, productType: listing.productType, patches: [AmazonPatch.stock(row.quantity, settings)])
        }
    }

    /// Sets many prices by one feed.
    func pushPricesInBulk(_ rows: [PriceRow], key: String) async -> PushAnswer {
        await self.pushInBulk(rows, of: \.listing) { (row, settings) throws(PlatformFault) in
            let currency = try Self.currency(of: row)
            return .init(
                row.listing, productType: try Self.needed(row.listing).productType,
                patches: [AmazonPatch.price(row.micros, currency, settings)])
        }
    }

    /// In a feed nobody is asked for what is not known: that would be a call for each row.
    private static func needed(_ reference: ListingReference) throws(PlatformFault) -> AmazonListing {
        guard let listing = AmazonListing(ids: reference.ids) else {
            throw PlatformFault(
                .refused, code: "listing-unmatched",
                "the listing has no productType and fulfillmentChannel yet: it goes by a call of its own, or is matched first",
                goesAlone: true)
        }
        return listing
    }

    private func pushInBulk<Row: Sendable>(
        _ rows: [Row], of listing: (Row) -> ListingReference,
        _ message: (Row, AmazonSettings) throws(PlatformFault) -> AmazonFeedDocument.Message
    ) async -> PushAnswer {
        var outcomes = rows.map { RowOutcome(sku: listing($0).sku) }
        do throws(PlatformFault) {
            let settings = try self.settings.get()
            guard rows.count <= AmazonLimits.feedMessages else {
                throw PlatformFault(
                    .refused, code: "too-many-rows",
                    "a feed has at most \(AmazonLimits.feedMessages) messages, and there are \(rows.count)")
            }
            var (places, messages) = ([Int](), [AmazonFeedDocument.Message]())
            for (place, row) in rows.enumerated() {
                do throws(PlatformFault) {
                    messages.append(try message(row, settings))
                    places.append(place)
                } catch {
                    outcomes[place].fault = error
                }
            }
            guard !messages.isEmpty else { return PushAnswer(outcomes: outcomes) }
            let document = AmazonFeedDocument(messages, sellerID: settings.sellerID, language: settings.language)
            let answer = await self.submit(document, settings)
            for (place, outcome) in zip(places, answer.outcomes) { outcomes[place] = outcome }
            return PushAnswer(outcomes: outcomes, quotas: answer.quotas)
        } catch {
            for place in outcomes.indices where outcomes[place].fault == nil { outcomes[place].fault = error }
            return PushAnswer(outcomes: outcomes)
        }
    }

    /// Sends a document as a feed, waits for its end and reads the report.
    func submit(_ document: AmazonFeedDocument, _ settings: AmazonSettings) async -> PushAnswer {
        let bytes = document.bytes
        var quotas: [QuotaObservation] = []
        let result: Result<AmazonFeedEnd, PlatformFault>
        if bytes.count > AmazonLimits.feedBytes {
            result = .failure(
                PlatformFault(
                    .refused, code: "feed-too-long",
                    "a feed has at most \(AmazonLimits.feedBytes) bytes, and this one has \(bytes.count)"))
        } else {
            result = await self.run(
                AmazonFeedDocument.feedType, bytes, contentType: AmazonFeedDocument.contentType, settings,
                milliseconds: settings.feedMilliseconds, &quotas)
        }
        let outcomes: [RowOutcome]
        switch result {
        case .failure(let fault): outcomes = document.messages.map { RowOutcome(sku: $0.sku, fault: fault) }
        case .success(let end):
            do throws(PlatformFault) {
                outcomes = try AmazonFeedReport(end.report).outcomes(
                    of: document.messages, feedID: end.feedID, isFatal: end.isFatal)
            } catch {
                outcomes = document.messages.map { RowOutcome(sku: $0.sku, fault: error) }
            }
        }
        return PushAnswer(outcomes: outcomes, quotas: AmazonAnswer.sum(quotas))
    }

    /// Carries out the steps of a feed until it has ended.
    ///
    /// - Parameter milliseconds: How long it may take until it counts as stuck.
    func run(
        _ feedType: String, _ bytes: [UInt8], contentType: String, _ settings: AmazonSettings, milliseconds: Int64,
        _ quotas: inout [QuotaObservation]
    ) async -> Result<AmazonFeedEnd, PlatformFault> {
        var feed = AmazonFeed(at: self.clock.now(), milliseconds: milliseconds)
        var step = feed.firstStep
        while true {
            do throws(PlatformFault) {
                switch step {
                case .fail(let fault): return .failure(fault)
                case .createDocument:
                    let answer = try await self.asked(
                        .createFeedDocument, "/documents", .members(["contentType": .string(contentType)]), &quotas)
                    step = feed.documentCreated(
                        id: answer["feedDocumentId"]?.text ?? "", url: answer["url"]?.text ?? "")
                case .upload(let url):
                    try await self.upload(bytes, to: url, contentType)
                    step = feed.uploaded()
                case .create(let documentID):
                    let specification = JSONValue.members([
                        "feedType": .string(feedType), "marketplaceIds": .array([.string(settings.marketplaceID)]),
                        "inputFeedDocumentId": .string(documentID),
                    ])
                    let answer = try await self.asked(.createFeed, "/feeds", specification, &quotas)
                    step = feed.created(feedID: answer["feedId"]?.digits ?? "")
                case .wait(let milliseconds):
                    try await self.pause(milliseconds, feed.feedID)
                    step = feed.waited(at: self.clock.now())
                case .ask(let feedID):
                    let answer = try await self.asked(.getFeed, "/feeds/\(AmazonText.encoded(feedID))", nil, &quotas)
                    step = feed.answered(
                        status: answer["processingStatus"]?.text ?? "",
                        reportID: answer["resultFeedDocumentId"]?.text ?? "")
                case .findReport(let documentID):
                    let path = "/documents/\(AmazonText.encoded(documentID))"
                    let answer = try await self.asked(.getFeedDocument, path, nil, &quotas)
                    step = feed.reportFound(url: answer["url"]?.text ?? "")
                case .download(let url):
                    let report = try Self.decompressed(try await self.download(url))
                    return .success(AmazonFeedEnd(feedID: feed.feedID, isFatal: feed.isFatal, report: report))
                }
            } catch {
                if error.code == Self.cancelled { return .failure(error) }
                step = feed.failed(error, at: step)
            }
        }
    }

    /// Waits until the account has no feed of listings that has not ended, whoever made it; no longer than a feed may take.
    func awaitEarlierBulks() async throws(PlatformFault) {
        let settings = try self.settings.get()
        let first =
            "feedTypes=\(AmazonFeedDocument.feedType)&marketplaceIds=\(settings.marketplaceID)"
            + "&processingStatuses=IN_QUEUE,IN_PROGRESS&pageSize=1"
        var query = first
        let deadline = self.clock.now() + settings.feedMilliseconds
        while self.clock.now() < deadline {
            let answer = try await self.call(.getFeeds, "/feeds/2021-06-30/feeds?\(query)").data.get()
            guard let feeds = answer["feeds"]?.elements else { throw .unreadable("the answer has no feeds") }
            if let feed = feeds.first {
                try await self.pause(AmazonLimits.openFeedsMilliseconds, feed["feedId"]?.digits ?? "")
                query = first
            } else if let next = answer["nextToken"]?.text, !next.isEmpty {
                // A page may be empty though others follow; its token stands alone.
                try await self.pause(AmazonOperation.getFeeds.tokenMilliseconds, "")
                query = "nextToken=\(AmazonText.encoded(next))"
            } else {
                return
            }
        }
    }

    private static let cancelled = "cancelled"

    private func asked(
        _ operation: AmazonOperation, _ path: String, _ body: JSONValue?, _ quotas: inout [QuotaObservation]
    ) async throws(PlatformFault) -> JSONValue {
        let answer = await self.call(operation, "/feeds/2021-06-30\(path)", body)
        quotas.append(answer.quota)
        return try answer.data.get()
    }

    private func pause(_ milliseconds: Int64, _ feedID: String) async throws(PlatformFault) {
        do {
            try await self.clock.pause(milliseconds)
        } catch {
            throw PlatformFault(
                .retry, code: Self.cancelled, "the feed \(feedID) is no longer waited for", isOutcomeUnknown: true)
        }
    }

    /// The address is good for this document alone: the account's token is not for whoever is behind it.
    private func upload(_ bytes: [UInt8], to url: String, _ contentType: String) async throws(PlatformFault) {
        let request = PlatformRequest(
            method: "PUT", url: url, headers: [PlatformHeader("Content-Type", contentType)], body: bytes,
            timeoutMilliseconds: AmazonLimits.uploadMilliseconds)
        let response = try await self.transport.send(request)
        guard (200...299).contains(response.status) else {
            throw PlatformFault(
                .retry, code: "upload-\(response.status)",
                "the document was answered with status \(response.status)")
        }
    }

    private func download(_ url: String) async throws(PlatformFault) -> [UInt8] {
        let request = PlatformRequest(method: "GET", url: url, timeoutMilliseconds: AmazonLimits.uploadMilliseconds)
        let response = try await self.transport.send(request)
        guard response.status == 200 else {
            throw PlatformFault(
                .retry, code: "report-\(response.status)",
                "the report was answered with status \(response.status)")
        }
        return response.body
    }

    /// A report as text. Whether it is compressed is seen in its bytes alone: some reports are that are not said to be, and
    /// of some that are the transport has taken the compression off.
    static func decompressed(_ bytes: [UInt8]) throws(PlatformFault) -> [UInt8] {
        guard bytes.starts(with: GzipDecoder.magic) else {
            guard bytes.count <= AmazonLimits.reportBytes else {
                throw .unreadable("the report has more than \(AmazonLimits.reportBytes) bytes", isChange: true)
            }
            return bytes
        }
        do {
            let decoder = try GzipDecoder(.init(bytes: AmazonLimits.reportBytes))
            decoder.append(bytes)
            var text: [UInt8] = []
            while let piece = try decoder.next() { text += piece }
            try decoder.complete()
            return text
        } catch {
            throw .unreadable("the report cannot be decompressed: \(error)", isChange: true)
        }
    }
}

/// What a feed came to.
struct AmazonFeedEnd: Hashable, Sendable {
    let feedID: String
    /// Whether the platform broke it off.
    let isFatal: Bool
    /// As text.
    let report: [UInt8]
}
