internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

/// The messages of a feed of listings.
struct FeedDocument {
    static let maximumMessages = 25_000

    let messages: [JSONValue]

    /// - Returns: `nil`: the platform breaks a feed with such a document off.
    init?(_ bytes: [UInt8], _ account: AmazonAccount) {
        guard let json = try? JSONValue(json: bytes), json["header"]?["sellerId"]?.text == account.sellerID,
            json["header"]?["version"]?.text == "2.0", let messages = json["messages"]?.array,
            (1...Self.maximumMessages).contains(messages.count)
        else { return nil }
        self.messages = messages
    }

    /// Does what a message says.
    ///
    /// - Returns: What is wrong with it, as the report has it; empty: it is done.
    func perform(_ place: Int, _ state: ShopState) -> [JSONValue] {
        let json = self.messages[place]
        let id = json["messageId"]?.integer.flatMap { Int(exactly: $0) } ?? place + 1
        let sku = json["sku"]?.text.flatMap { $0.isEmpty ? nil : $0 } ?? "-"
        let interval = state.faults.refusedRowInterval
        if interval > 0, (place + 1).isMultiple(of: interval) {
            let issue = ListingIssue.invalid("sku", "the message could not be processed")
            return [issue.json(messageID: id, sku: sku)]
        }
        do throws(AmazonRefusal) {
            let message = try ListingMessage(json)
            let issues = message.issues(state)
            if issues.isEmpty { message.apply(to: state) }
            return issues.map { $0.json(messageID: id, sku: sku) }
        } catch {
            return [ListingIssue.invalid("message", error.message).json(messageID: id, sku: sku)]
        }
    }
}

/// The report on a feed of listings.
enum FeedReport {
    /// - Parameter issues: A line of JSON for each, in the messages' order.
    static func content(_ feedID: Int64, _ input: FeedInput, issues: [UInt8], _ account: AmazonAccount) -> JSONValue {
        let issues = issues.split(separator: UInt8(ascii: "\n")).compactMap { try? JSONValue(json: $0) }
        return [
            "header": [
                "sellerId": .string(account.sellerID), "version": "2.0", "feedId": .string(String(feedID)),
            ],
            "issues": .array(issues),
            "summary": [
                "errors": .number(issues.count), "warnings": 0,
                "messagesProcessed": .number(input.accepted + input.invalid),
                "messagesAccepted": .number(input.accepted), "messagesInvalid": .number(input.invalid),
            ],
        ]
    }
}
