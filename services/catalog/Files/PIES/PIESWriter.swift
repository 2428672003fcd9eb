public import CatalogMessages
internal import XML

/// Writes products as PIES 7.2: Header, an Item for each product, Trailer with their count.
///
/// Each Item is checked by the rules by which it would be read, and is left out as a whole where it breaks one, so that no
/// value is cut. docs/catalog-files.md says which fields PIES has no place for.
public struct PIESWriter: CatalogFileWriter {
    private static let namespace = "http://www.autocare.org"
    /// The limit of TechnicalContact.
    private static let maximumContactLength = 60
    /// The most items that a Trailer can count.
    private static let maximumItems: Int64 = 9_999_999

    private let brandCode: String
    private let date: String
    private var xml = XMLWriter()
    /// Items written, also before an export was taken up again.
    private(set) var count: Int64

    /// A writer of one file.
    ///
    /// - Parameters:
    ///   - date: The day of the file, YYYY-MM-DD.
    ///   - resumedAfter: How many Items the file has already, where the export is taken up again.
    ///   - isResumed: The file has been begun: its header is there.
    /// - Throws: ``CatalogFileFault`` `header` where the options have what a header cannot carry.
    public init(
        options: CatalogExportOptions, date: String, resumedAfter: Int64 = 0, isResumed: Bool = false
    ) throws(CatalogFileFault) {
        self.brandCode = options.brandCode
        self.date = date
        self.count = resumedAfter
        do throws(XMLError) {
            try self.begin(options)
            if isResumed { try self.skip() }
        } catch {
            throw CatalogFileFault(code: CatalogFileFault.XMLCode.header, line: 0, message: error.reason)
        }
    }

    /// Adds an Item for a product.
    ///
    /// - Returns: Why PIES cannot carry it; nil: it is written.
    public mutating func append(_ product: Product) -> String? {
        guard self.count < Self.maximumItems else { return "PIES counts \(Self.maximumItems) items at most" }
        if product.sku.isEmpty { return "sku is empty; PIES must have a PartNumber" }
        if product.brandCode.isEmpty, self.brandCode.isEmpty {
            return "brandCode is empty, and the export names none; PIES must have a BrandAAIAID"
        }
        let item = PIESItemElement.make(product, brandCode: self.brandCode)
        if let reason = Self.fault(of: item, product) { return reason }
        do throws(XMLError) {
            try self.write(item)
        } catch {
            return error.reason
        }
        self.count += 1
        return nil
    }

    /// PIES has no fitments.
    public mutating func append(_ fitment: Fitment) -> String? {
        "PIES has no place for fitments; ACES has"
    }

    /// Adds the Trailer.
    public mutating func complete() {
        do throws(XMLError) {
            try self.xml.end()
            try self.xml.start("Trailer")
            // A count of 0 is none that PIES knows.
            if self.count > 0 { try self.xml.element("ItemCount", String(self.count)) }
            try self.xml.element("TransactionDate", self.date)
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

    private mutating func begin(_ options: CatalogExportOptions) throws(XMLError) {
        let databaseDate = options.partDatabaseDate.isEmpty ? self.date : options.partDatabaseDate
        let contact = String(options.senderName.unicodeScalars.prefix(Self.maximumContactLength))
        // A file with some of the products must not have the others removed where it is read.
        let isFull = options.skuPrefix.isEmpty
        let facts: [PIESElement?] = [
            PIESElement("PIESVersion", "7.2"),
            PIESElement("SubmissionType", isFull ? "FULL" : "UPDATE"),
            PIESElement("BlanketEffectiveDate", self.date),
            isFull ? nil : PIESElement("ChangesSinceDate", Self.earliestDate),
            .optional("ParentAAIAID", options.brandCode),
            .optional("TechnicalContact", contact),
            PIESElement("PCdbVersionDate", databaseDate),
            PIESElement("PAdbVersionDate", databaseDate),
        ]
        try self.xml.start("PIES")
        try self.xml.attribute("xmlns", Self.namespace)
        try self.write(PIESElement("Header", [], facts.compactMap(\.self)))
        try self.xml.start("Items")
    }

    /// Brings the writer to where it was when the file had so many Items: the first one ends the start tag of Items.
    private mutating func skip() throws(XMLError) {
        if self.count > 0 {
            try self.xml.start("Item")
            try self.xml.end()
        }
        _ = self.xml.drain()
    }

    /// All products of the prefix are in the file, since whenever they changed.
    private static let earliestDate = "1970-01-01"

    private mutating func write(_ element: PIESElement) throws(XMLError) {
        try self.xml.start(element.name)
        for attribute in element.attributes { try self.xml.attribute(attribute.name, attribute.value) }
        if !element.text.isEmpty { try self.xml.text(element.text) }
        for child in element.children { try self.write(child) }
        try self.xml.end()
    }

    /// Why an Item cannot be written; nil: it can.
    private static func fault(of item: PIESElement, _ product: Product) -> String? {
        if let reason = Self.longPartType(product) { return reason }
        do throws(PIESItemFault) {
            try PIESSchema.item.check(item)
            // What the rules of a text do not tell, such as a check digit, is told by reading it.
            _ = try PIESItem(item, isWhole: true).content()
        } catch {
            return "\(error.field) \(error.message)"
        }
        return nil
    }

    /// PIES 7.2 has five digits for an Item's part type, where later versions have more.
    private static func longPartType(_ product: Product) -> String? {
        guard product.partTypeID > 99_999 else { return nil }
        return "partTypeId is \(product.partTypeID); PIES 7.2 has at most 5 digits"
    }
}
