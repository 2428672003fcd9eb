internal import ChannelAdapter
internal import FileFormats
internal import Money

/// What the adapter has to know of a listing before it changes it.
struct AmazonListing: Hashable, Sendable {
    /// "AUTO_PART": each submission names it.
    var productType: String
    /// "DEFAULT" for the seller's own stock, "AMAZON_NA" and the like for stock in the platform's warehouses.
    var channel: String
    /// Empty: not known.
    var asin: String

    /// From the ids that a listing keeps; nil: one is missing.
    init?(ids: [String: String]) {
        guard let type = ids["productType"], !type.isEmpty, let channel = ids["fulfillmentChannel"], !channel.isEmpty
        else { return nil }
        self.productType = type
        self.channel = channel
        self.asin = ids["asin", default: ""]
    }

    /// From an item as the platform has it.
    ///
    /// - Returns: nil: it has no product type, and neither do the settings.
    init?(item: JSONValue, _ settings: AmazonSettings) {
        let here = { (list: JSONValue?) -> JSONValue? in
            list?.elements.first { $0["marketplaceId"]?.text == settings.marketplaceID }
        }
        let summary = here(item["summaries"])
        let type = summary?["productType"]?.text ?? here(item["productTypes"])?["productType"]?.text
        let known = type.flatMap { $0.isEmpty ? nil : $0 } ?? settings.productType
        guard !known.isEmpty else { return nil }
        self.productType = known
        self.asin = summary?["asin"]?.text ?? ""
        let channels = item["fulfillmentAvailability"]?.elements.compactMap { $0["fulfillmentChannelCode"]?.text } ?? []
        self.channel = channels.first { Self.isOfPlatform($0) } ?? channels.first ?? settings.channel
    }

    /// Whether the platform's own warehouses send it: then it counts the stock, and setting a quantity would take the
    /// listing away from them.
    var isFulfilledByPlatform: Bool { Self.isOfPlatform(self.channel) }

    static func isOfPlatform(_ channel: String) -> Bool { channel.hasPrefix("AMAZON") }

    /// As a listing keeps them.
    var ids: [String: String] {
        var ids = ["productType": self.productType, "fulfillmentChannel": self.channel]
        if !self.asin.isEmpty { ids["asin"] = self.asin }
        return ids
    }
}

/// Bodies of submissions.
enum AmazonPatch {
    static let stockAttribute = "fulfillment_availability"
    static let priceAttribute = "purchasable_offer"

    static func body(_ productType: String, _ patches: [JSONValue]) -> JSONValue {
        .members(["productType": .string(productType), "patches": .array(patches)])
    }

    static func patch(_ operation: String, _ attribute: String, _ value: [JSONValue]) -> JSONValue {
        .members([
            "op": .string(operation), "path": .string("/attributes/\(attribute)"), "value": .array(value),
        ])
    }

    /// The quantity of a channel, an absolute value. What else the entry has, such as the handling time, stays.
    static func stock(_ quantity: Int64, _ settings: AmazonSettings) -> JSONValue {
        self.patch(
            "merge", self.stockAttribute,
            [
                .members([
                    "fulfillment_channel_code": .string(settings.channel), "quantity": .integer(quantity),
                ])
            ])
    }

    /// The price of the marketplace's offer, a decimal number as text writes it.
    static func price(_ micros: Int64, _ currency: Currency, _ settings: AmazonSettings) -> JSONValue {
        let amount = Amount(micros: micros).text(in: currency)
        return self.patch(
            settings.pricePatch, self.priceAttribute,
            [
                .members([
                    "marketplace_id": .string(settings.marketplaceID), "currency": .string(currency.code),
                    "audience": .string(settings.audience),
                    "our_price": .array([
                        .members(["schedule": .array([.members(["value_with_tax": .number(amount)])])])
                    ]),
                ])
            ])
    }
}

/// The platform's answer to a submission.
enum AmazonSubmission {
    /// Why it is not taken; nil: it is. An answer whose status is none that is known is no success.
    ///
    /// - Parameter isPreview: Whether only a check was asked for, which is answered with "VALID".
    static func fault(_ json: JSONValue, sku: String, isPreview: Bool = false) -> PlatformFault? {
        let issues = json["issues"]?.elements.map { AmazonIssue($0) } ?? []
        let status = json["status"]?.text ?? ""
        if let answered = json["sku"]?.text, answered != sku {
            return .unreadable("the answer is about another SKU than was sent", isChange: !isPreview)
        }
        switch status {
        case "ACCEPTED" where !isPreview, "VALID" where isPreview: return nil
        case "VALID":
            return PlatformFault(.unknown, code: "VALID", "the submission was checked, where it was to be carried out")
        default: return AmazonIssue.fault(of: issues, status: status)
        }
    }
}
