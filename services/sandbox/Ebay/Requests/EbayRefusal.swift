internal import OrderedCollections
internal import SandboxJSON

/// An error as eBay's interfaces write it: one of its codes, and what it is about.
struct EbayRefusal: Error, Hashable {
    let code: Int
    /// What the code's own text leaves open.
    let detail: String
    /// The status where it is not the usual one of the code.
    let status: Int

    init(_ code: Int, _ detail: String = "", status: Int? = nil) {
        self.code = code
        self.detail = detail
        self.status = status ?? Self.table[code]?.status ?? 400
    }

    /// One entry of a list of errors.
    var entry: JSONValue {
        let known = Self.table[self.code] ?? Code(400, "The request is refused.")
        let domain = Self.domain(of: self.code)
        return .members([
            "errorId": .number(self.code), "domain": .string(domain),
            "subdomain": domain == "API_INVENTORY" ? "Selling" : nil,
            "category": .string(known.category), "message": .string(known.text),
            "longMessage": .string(self.detail.isEmpty ? known.text : "\(known.text) \(self.detail)"),
            "parameters": self.detail.isEmpty
                ? nil : [["name": "additionalInfo", "value": .string(self.detail)]],
        ])
    }

    var answer: EbayAnswer { EbayAnswer(self.status, ["errors": [self.entry]]) }

    private static func domain(of code: Int) -> String {
        switch code {
        case ..<3_000: code == 1_001 || code == 1_002 ? "OAuth" : "ACCESS"
        case 25_000..<26_000: "API_INVENTORY"
        case 30_000..<35_000: "API_FULFILLMENT"
        case 46_000..<47_000: "API_METADATA"
        case 62_000..<63_000: "API_TAXONOMY"
        case 105_000..<106_000: "API_ANALYTICS"
        case 195_000..<196_000: "API_NOTIFICATION"
        default: "API"
        }
    }

    private struct Code {
        let status: Int
        let category: String
        let text: String

        init(_ status: Int, _ text: String, _ category: String? = nil) {
            self.status = status
            self.category = category ?? (status >= 500 ? "APPLICATION" : "REQUEST")
            self.text = text
        }
    }

    private static let table: [Int: Code] = [
        1001: Code(401, "Invalid access token"), 1002: Code(401, "Missing access token"),
        1100: Code(403, "Access denied"), 2001: Code(429, "Too many requests."), 2002: Code(404, "Resource not found"),
        2004: Code(400, "Invalid request"),
        25001: Code(500, "A system error has occurred."), 25002: Code(400, "A user error has occurred."),
        25003: Code(400, "Invalid price."), 25004: Code(400, "Invalid quantity."),
        25005: Code(400, "Invalid category."),
        25007: Code(400, "Invalid shipping policy."), 25008: Code(400, "Invalid payment policy."),
        25009: Code(400, "Invalid return policy."), 25012: Code(400, "Invalid location."),
        25015: Code(400, "Invalid picture URL."), 25016: Code(400, "A field has an invalid value."),
        25019: Code(400, "The listing cannot be revised."), 25021: Code(400, "Invalid condition information."),
        25023: Code(400, "Invalid compatibility information."), 25702: Code(400, "The SKU is not in the system."),
        25706: Code(400, "Invalid pagination values."), 25707: Code(400, "Invalid SKU: 1 to 50 characters are valid."),
        25709: Code(400, "Invalid request: a field has an invalid value."),
        25710: Code(404, "The resource was not found."), 25713: Code(404, "The offer is not available."),
        25727: Code(400, "The number of rows is not within the limits."),
        25728: Code(400, "The items of a request must be different ones."),
        25734: Code(400, "The SKUs of a request must be different ones."),
        25803: Code(400, "The location exists already."), 25804: Code(400, "Input error."),
        25805: Code(400, "The location was not found."),
        30500: Code(500, "System error"), 30700: Code(400, "Invalid filter name"),
        30800: Code(400, "Invalid filter value"), 30810: Code(400, "Invalid date format"),
        30820: Code(400, "Start date is missing"), 30830: Code(400, "The time range must be within 2 years"),
        30840: Code(400, "Start date should be before end date"),
        30850: Code(400, "Start and end dates can't be in the future"),
        31000: Code(400, "Invalid offset"), 31100: Code(400, "Invalid limit"),
        30900: Code(400, "Exceeded maximum number of order IDs (50)"), 32100: Code(400, "Invalid order ID"),
        32110: Code(400, "Invalid shipping fulfillment ID"), 32200: Code(400, "Invalid line item ID"),
        32210: Code(400, "Duplicate line item in the request"),
        32300: Code(400, "Invalid shipment tracking number or carrier"), 32500: Code(400, "Invalid shipped date"),
        32600: Code(400, "Invalid input data"), 34500: Code(400, "The shipping fulfillment exists already"),
        34900: Code(500, "System error of refunds"), 34903: Code(400, "The refund reason must be specified."),
        34905: Code(400, "Either orderLevelRefundAmount or refundItems must be specified."),
        34907: Code(400, "The amount must be positive and have at most two decimals."),
        34909: Code(400, "The amount's currency isn't correct."),
        34910: Code(400, "A refund of an item needs its line item ID."), 34913: Code(404, "The order cannot be found."),
        34914: Code(400, "The item is not in the order."), 34915: Code(400, "The refund exceeds the order's amount."),
        34917: Code(400, "This order was already refunded.", "BUSINESS"),
        34921: Code(400, "The comment is too long."),
        34922: Code(400, "A refund can't be issued while the previous one is processed."),
        34924: Code(409, "The refund exceeds the item's remaining amount.", "BUSINESS"),
        46000: Code(500, "System error of metadata"), 46001: Code(400, "The marketplace was not found."),
        46003: Code(200, "The category was not found for the marketplace."),
        62000: Code(500, "System error of categories"), 62002: Code(400, "The marketplace ID is missing."),
        62003: Code(400, "The marketplace was not found."), 62004: Code(400, "The category tree was not found."),
        62005: Code(400, "The category is not in the tree."), 62006: Code(400, "The category ID is missing."),
        62100: Code(400, "The filter's format is invalid."),
        62101: Code(400, "The category takes no compatible vehicles."),
        62102: Code(400, "The compatibility property is invalid."),
        62104: Code(400, "The compatibility property is missing."),
        105000: Code(500, "System error of quotas"),
        195000: Code(500, "System error of notifications"), 195001: Code(404, "The key ID is invalid."),
        195002: Code(404, "Invalid or missing topic ID."), 195003: Code(409, "The configuration is to be made first."),
        195004: Code(400, "Invalid limit: 10 to 100 are valid."), 195005: Code(400, "Invalid continuation token."),
        195006: Code(400, "Invalid or missing subscription status."),
        195007: Code(400, "Invalid or missing destination ID."),
        195008: Code(400, "Invalid or missing schema version."),
        195009: Code(400, "The format is not supported for the topic."),
        195010: Code(400, "Invalid or missing protocol."), 195011: Code(403, "Not authorized for this topic."),
        195012: Code(409, "The subscription exists already."), 195013: Code(404, "The subscription does not exist."),
        195015: Code(409, "The subscription's destination is not enabled."),
        195016: Code(400, "Invalid name: at most 64 characters are valid."),
        195017: Code(400, "Invalid or missing endpoint."), 195018: Code(400, "Invalid or missing destination status."),
        195019: Code(400, "Invalid or missing verification token."),
        195020: Code(409, "The endpoint did not answer the challenge."),
        195021: Code(409, "A destination exists for this endpoint."),
        195022: Code(404, "Invalid or missing destination ID."), 195024: Code(409, "The destination is in use."),
        195025: Code(400, "Invalid or missing email."), 195026: Code(404, "There is no configuration.", "APPLICATION"),
        195027: Code(400, "Invalid or missing topic ID."),
    ]
}
