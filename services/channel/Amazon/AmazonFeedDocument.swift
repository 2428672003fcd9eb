internal import ChannelAdapter
internal import FileFormats

/// The document of a feed of listings: what each message asks for, numbered from 1 on by the rows' places.
struct AmazonFeedDocument: Sendable {
    static let feedType = "JSON_LISTINGS_FEED"
    static let contentType = "application/json; charset=UTF-8"

    /// What a message asks for.
    struct Message: Hashable, Sendable {
        /// Ours.
        let sku: String
        /// The platform's.
        let platformSKU: String
        let body: JSONValue

        /// Attributes of a listing that is there.
        init(_ reference: ListingReference, productType: String, patches: [JSONValue]) {
            self.sku = reference.sku
            self.platformSKU = reference.platformSKU
            self.body = .members([
                "sku": .string(reference.platformSKU), "operationType": .string("PATCH"),
                "productType": .string(productType), "patches": .array(patches),
            ])
        }
    }

    private let header: JSONValue
    let messages: [Message]

    init(_ messages: [Message], sellerID: String, language: String) {
        self.messages = messages
        self.header = .members([
            "sellerId": .string(sellerID), "version": .string("2.0"), "issueLocale": .string(language),
        ])
    }

    var bytes: [UInt8] {
        let messages = self.messages.enumerated().map { place, message in
            guard case .object(let members) = message.body else { return message.body }
            return JSONValue.object([.init(name: "messageId", value: .integer(Int64(place + 1)))] + members)
        }
        return JSONValue.members(["header": self.header, "messages": .array(messages)]).bytes
    }
}

/// The platform's report on a feed of listings.
///
/// It names messages that it found something wrong with, and only counts the others. So a message that it does not name was
/// accepted where the counts account for each message, and else nothing is known of it.
struct AmazonFeedReport: Sendable {
    /// Of each message that is named: what is wrong with it.
    private let issues: [Int64: [AmazonIssue]]
    /// About the feed as a whole.
    private let feedIssues: [AmazonIssue]
    private let processed: Int64?
    private let accepted: Int64?
    private let invalid: Int64?

    init(_ bytes: [UInt8]) throws(PlatformFault) {
        guard let json = try? JSONValue(bytes[...]), case .object = json else {
            throw .unreadable("the report is no JSON object", isChange: true)
        }
        guard let header = json["header"], header["version"]?.text == "2.0" else {
            throw .unreadable("the report is none of version 2.0", isChange: true)
        }
        var issues: [Int64: [AmazonIssue]] = [:]
        var feedIssues: [AmazonIssue] = []
        for issue in json["issues"]?.elements ?? [] {
            if let id = issue["messageId"]?.integer {
                issues[id, default: []].append(AmazonIssue(issue))
            } else {
                feedIssues.append(AmazonIssue(issue))
            }
        }
        self.issues = issues
        self.feedIssues = feedIssues
        self.processed = json.at("summary", "messagesProcessed")?.integer
        self.accepted = json.at("summary", "messagesAccepted")?.integer
        self.invalid = json.at("summary", "messagesInvalid")?.integer
    }

    /// Whether the counts account for each of so many messages, and each that is invalid is named by a number of theirs.
    func isComplete(of count: Int) -> Bool {
        let named = self.issues.filter { $0.value.contains(where: \.isError) }.keys
        guard let processed, let accepted, let invalid, named.allSatisfy({ $0 >= 1 && $0 <= Int64(count) }) else {
            return false
        }
        return processed == Int64(count) && invalid == Int64(named.count) && accepted == Int64(count - named.count)
    }

    /// What became of each row, in the messages' order.
    ///
    /// - Parameter isFatal: Whether the platform broke the feed off.
    func outcomes(of messages: [AmazonFeedDocument.Message], feedID: String, isFatal: Bool) -> [RowOutcome] {
        let whole =
            self.feedIssues.contains(where: \.isError) ? AmazonIssue.fault(of: self.feedIssues, status: "") : nil
        let isComplete = !isFatal && self.isComplete(of: messages.count)
        return messages.enumerated().map { place, message in
            let issues = self.issues[Int64(place + 1)] ?? []
            if issues.contains(where: \.isError) {
                return RowOutcome(sku: message.sku, fault: AmazonIssue.fault(of: issues, status: ""))
            }
            if isComplete { return RowOutcome(sku: message.sku) }
            if isFatal { return RowOutcome(sku: message.sku, fault: Self.brokenOff(feedID, whole)) }
            return RowOutcome(sku: message.sku, fault: whole ?? .notAnswered)
        }
    }

    private static func brokenOff(_ feedID: String, _ whole: PlatformFault?) -> PlatformFault {
        guard var whole else { return AmazonFeed.fatal(feedID) }
        whole.isOutcomeUnknown = true
        return whole
    }
}
