internal import XML

/// The elements and attributes of PIES that say something of prices; their place in the list is their number.
enum PIESName: String, CaseIterable {
    case pies = "PIES"
    case header = "Header"
    case priceSheets = "PriceSheets"
    case marketingCopy = "MarketingCopy"
    case items = "Items"
    case trailer = "Trailer"

    case version = "PIESVersion"
    case submissionType = "SubmissionType"
    case blanketEffectiveDate = "BlanketEffectiveDate"
    case currencyCode = "CurrencyCode"
    case itemCount = "ItemCount"

    case priceSheet = "PriceSheet"
    case priceSheetNumber = "PriceSheetNumber"
    case effectiveDate = "EffectiveDate"
    case expirationDate = "ExpirationDate"

    case item = "Item"
    case partNumber = "PartNumber"
    case prices = "Prices"
    case pricing = "Pricing"
    case price = "Price"
    case priceTypeDescription = "PriceTypeDescription"
    case priceBreak = "PriceBreak"
    case priceMultiplier = "PriceMultiplier"

    case maintenanceType = "MaintenanceType"
    case priceType = "PriceType"
    case unit = "UOM"

    private static let byNumber = Self.allCases

    /// The namespaces of PIES; files older than 7.0 have the second.
    static let namespaces = ["http://www.autocare.org", "http://www.aftermarket.org"]

    /// The name of a number that the reader gives; nil: it is none of these.
    init?(number: Int32) {
        guard Self.byNumber.indices.contains(Int(number)) else { return nil }
        self = Self.byNumber[Int(number)]
    }

    /// The number that the reader gives.
    var number: Int32 { Int32(clamping: Self.byNumber.firstIndex(of: self) ?? -1) }
}

/// A start tag, as far as prices need it.
struct PIESTag {
    /// Nil: it says nothing of prices, or is of another namespace.
    var name: PIESName?
    /// For faults.
    var shownName: String
    var line: Int64
    /// The attributes that say something of prices.
    var attributes: [PIESName: String] = [:]
}
