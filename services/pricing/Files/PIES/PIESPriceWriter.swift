internal import Money
public import PricingDomain
public import PricingMessages
internal import XML

/// Writes prices as PIES 7.2 in the order of its schema: Header, a PriceSheet for each number, an Item for each SKU with its
/// Prices and nothing else, Trailer with the count of Items.
///
/// Prices that PIES cannot carry are left out with the reason, so that no value is cut. docs/pricing-files.md says which.
public struct PIESPriceWriter: PriceFileWriter {
    private static let namespace = "http://www.autocare.org"
    /// All prices are in the file, since whenever they changed.
    private static let earliestDate = "1970-01-01"
    private static let maximumNameLength = 30
    private static let maximumPartNumberLength = 48
    private static let maximumBreak: Int64 = 99_999_999
    /// The most Items that a Trailer can count.
    private static let maximumItems: Int64 = 9_999_999
    /// A price has ten digits, four of them behind the point.
    private static let finestMicros: Int64 = 100
    private static let priceDigits: Int64 = 10_000_000_000

    private let brandCode: String
    private let day: String
    private let sheetNumbers: [String: String]
    private var xml = XMLWriter()
    /// Items written, also before an export was taken up again.
    private(set) var count: Int64

    /// A writer of one file.
    ///
    /// - Parameters:
    ///   - options: Of these the brand's code, the day of the part database, and whether all prices are in the file.
    ///   - lists: Whose prices are written.
    ///   - day: The day of the file.
    ///   - resumedAfter: How many Items the file has already, where the export is taken up again.
    ///   - isResumed: The file has been begun: its header is there.
    /// - Throws: ``PriceFileFault`` where PIES cannot carry a list, or a header the options.
    public init(
        _ options: PriceExportOptions, lists: [ExportedList], day: Instant, resumedAfter: Int64 = 0,
        isResumed: Bool = false
    ) throws(PriceFileFault) {
        guard !options.brandCode.isEmpty else {
            throw PriceFileFault(
                code: "invalid-option", message: "brandCode is missing; PIES must have one, such as ABCD")
        }
        self.brandCode = options.brandCode
        self.day = InstantText.dayText(day)
        self.count = resumedAfter
        self.sheetNumbers = try PIESSheets.numbers(of: lists)
        do throws(XMLError) {
            try self.begin(options, lists)
            if isResumed { try self.skip() }
        } catch {
            throw PriceFileFault(code: PriceFileFault.PIESCode.header, message: error.reason)
        }
    }

    /// Adds an Item with the prices of a SKU.
    ///
    /// - Returns: Why prices are left out, one reason for each.
    public mutating func append(_ prices: [ExportedPrice], of sku: String) -> [String] {
        if let reason = self.fault(ofItem: sku) { return prices.map { _ in reason } }
        var reasons: [String] = []
        var written: [ExportedPrice] = []
        for price in prices {
            if let reason = self.fault(of: price) { reasons.append(reason) } else { written.append(price) }
        }
        guard !written.isEmpty else { return reasons }
        let before = self.xml
        do throws(XMLError) {
            try self.write(written, of: sku)
        } catch {
            self.xml = before
            return prices.map { _ in error.reason }
        }
        self.count += 1
        return reasons
    }

    /// Adds the Trailer.
    public mutating func complete() {
        do throws(XMLError) {
            try self.xml.end()
            try self.xml.start("Trailer")
            // A count of 0 is none that PIES knows.
            if self.count > 0 { try self.xml.element("ItemCount", String(self.count)) }
            try self.xml.element("TransactionDate", self.day)
            try self.xml.end()
            try self.xml.end()
        } catch {
            // Items and PIES are open, and a day has no character that XML cannot carry: nothing is thrown, but for a
            // second call, which has nothing to add.
        }
    }

    /// Takes out what is written so far.
    public mutating func take() -> [UInt8] { self.xml.drain() }

    // MARK: Parts

    private mutating func begin(_ options: PriceExportOptions, _ lists: [ExportedList]) throws(XMLError) {
        let databaseDate = options.partDatabaseDate.isEmpty ? self.day : options.partDatabaseDate
        // A file with some of the prices must not have the others removed where it is read.
        let isFull = options.skuPrefix.isEmpty && options.listIDs.isEmpty && options.at == nil
        try self.xml.start("PIES")
        try self.xml.attribute("xmlns", Self.namespace)
        try self.xml.start("Header")
        try self.xml.element("PIESVersion", "7.2")
        try self.xml.element("SubmissionType", isFull ? "FULL" : "UPDATE")
        if !isFull { try self.xml.element("ChangesSinceDate", Self.earliestDate) }
        try self.xml.element("ParentAAIAID", options.brandCode)
        try self.xml.element("PCdbVersionDate", databaseDate)
        try self.xml.end()
        try self.writeSheets(lists)
        try self.xml.start("Items")
    }

    private mutating func writeSheets(_ lists: [ExportedList]) throws(XMLError) {
        guard !lists.isEmpty else { return }
        try self.xml.start("PriceSheets")
        var written: Set<String> = []
        for list in lists {
            guard let number = self.sheetNumbers[list.listID], written.insert(number).inserted else { continue }
            try self.xml.start("PriceSheet")
            try self.xml.attribute("MaintenanceType", "A")
            try self.xml.element("PriceSheetNumber", number)
            let name = String(list.name.unicodeScalars.prefix(Self.maximumNameLength))
            if !name.isEmpty { try self.xml.element("PriceSheetName", name) }
            try self.xml.element("CurrencyCode", list.currency)
            try self.writeDates(list.period)
            try self.xml.end()
        }
        try self.xml.end()
    }

    /// The last day of a period is the one before its end.
    private mutating func writeDates(_ period: Period) throws(XMLError) {
        if period.from > .distantPast { try self.xml.element("EffectiveDate", InstantText.dayText(period.from)) }
        if period.to < .distantFuture {
            let last = Instant(microseconds: period.to.microseconds - InstantText.microsecondsPerDay)
            try self.xml.element("ExpirationDate", InstantText.dayText(last))
        }
    }

    private mutating func write(_ prices: [ExportedPrice], of sku: String) throws(XMLError) {
        try self.xml.start("Item")
        try self.xml.attribute("MaintenanceType", "A")
        try self.xml.element("PartNumber", sku)
        try self.xml.element("BrandAAIAID", self.brandCode)
        try self.xml.start("Prices")
        for price in prices {
            try self.xml.start("Pricing")
            try self.xml.attribute("MaintenanceType", "A")
            try self.xml.attribute("PriceType", price.list.tradeCode)
            try self.xml.element("PriceSheetNumber", self.sheetNumbers[price.list.listID] ?? "")
            try self.xml.element("CurrencyCode", price.list.currency)
            try self.writeDates(price.period)
            try self.writeAmount("Price", price.amount.text(decimalPlaces: 2), unit: "PE")
            if price.minimumQuantity > 1 {
                try self.writeAmount("PriceBreak", String(price.minimumQuantity), unit: "EA")
            }
            try self.xml.end()
        }
        try self.xml.end()
        try self.xml.end()
    }

    private mutating func writeAmount(_ name: String, _ text: String, unit: String) throws(XMLError) {
        try self.xml.start(name)
        try self.xml.attribute("UOM", unit)
        try self.xml.text(text)
        try self.xml.end()
    }

    /// Brings the writer to where it was when the file had so many Items: the first one ends the start tag of Items.
    private mutating func skip() throws(XMLError) {
        if self.count > 0 {
            try self.xml.start("Item")
            try self.xml.end()
        }
        _ = self.xml.drain()
    }

    // MARK: What PIES cannot carry

    private func fault(ofItem sku: String) -> String? {
        guard self.count < Self.maximumItems else { return "PIES counts \(Self.maximumItems) items at most" }
        guard sku.unicodeScalars.count <= Self.maximumPartNumberLength else {
            return "the SKU has more than \(Self.maximumPartNumberLength) characters"
        }
        return nil
    }

    private func fault(of price: ExportedPrice) -> String? {
        guard self.sheetNumbers[price.list.listID] != nil else { return "its list is none of the export's" }
        if let reason = PIESSheets.fault(of: price.period) { return reason }
        guard price.minimumQuantity <= Self.maximumBreak else {
            return "its quantity is above \(Self.maximumBreak)"
        }
        guard price.amount.micros.isMultiple(of: Self.finestMicros) else { return "it has more than 4 decimal places" }
        var digits = price.amount.micros / Self.finestMicros
        for _ in 0..<4 where digits.isMultiple(of: 10) { digits /= 10 }
        guard digits < Self.priceDigits else { return "it has more than 10 digits" }
        return nil
    }
}

/// The price sheets that lists are written as.
enum PIESSheets {
    private static let maximumNumberLength = 15

    /// The number of each list's sheet, by the list's id.
    ///
    /// - Throws: ``PriceFileFault`` where PIES cannot carry a list, or could not tell it from another one.
    static func numbers(of lists: [ExportedList]) throws(PriceFileFault) -> [String: String] {
        var numbers: [String: String] = [:]
        var seen: [[String]: String] = [:]
        var periods: [String: (period: Period, listID: String)] = [:]
        for list in lists {
            guard list.tradeCode.utf8.count == 3 else {
                throw Self.fault(
                    list,
                    "has the trade code \(list.tradeCode.debugDescription); PIES must have three characters, such as "
                        + "JBR")
            }
            let number = list.sheetNumber.isEmpty ? list.listID : list.sheetNumber
            guard number.unicodeScalars.count <= Self.maximumNumberLength else {
                throw Self.fault(
                    list, "has no sheet number, and its id has more than \(Self.maximumNumberLength) characters")
            }
            if let other = seen.updateValue(list.listID, forKey: [list.tradeCode, number, list.currency]) {
                throw Self.fault(
                    list, "has the trade code, sheet number and currency of \(other); one of them must differ")
            }
            if let reason = Self.fault(of: list.period) { throw Self.fault(list, "is not for whole days: \(reason)") }
            if let other = periods[number], other.period != list.period {
                throw Self.fault(list, "has the sheet number of \(other.listID), but not its period")
            }
            periods[number] = (list.period, list.listID)
            numbers[list.listID] = number
        }
        return numbers
    }

    private static func fault(_ list: ExportedList, _ problem: String) -> PriceFileFault {
        PriceFileFault(code: "list-not-exportable", message: "the list \(list.listID) \(problem)")
    }

    /// Why PIES, which has days, cannot carry a period; nil: it can.
    static func fault(of period: Period) -> String? {
        guard period.from == .distantPast || InstantText.isDay(period.from) else {
            return "it begins within a day of UTC; PIES has days only"
        }
        guard period.to == .distantFuture || InstantText.isDay(period.to) else {
            return "it ends within a day of UTC; PIES has days only"
        }
        return nil
    }
}
