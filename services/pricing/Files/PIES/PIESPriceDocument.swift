internal import PricingDomain
internal import PricingMessages

/// The order of a file of PIES as a pure machine: elements go in, prices and what the file says of itself come out.
struct PIESPriceDocument {
    /// The most price sheets of a file.
    static let maximumSheets = 10_000

    private(set) var header: PriceFileHeader?
    private let choices: [PIESListChoice]
    private var records: [PriceRecord] = []
    /// How many of them are taken.
    private var taken = 0

    /// How many elements are open.
    private var depth = 0
    /// The depth below which nothing is looked at; nil: all is.
    private var passedOverDepth: Int?
    /// The section that is open: Header, PriceSheets, MarketingCopy, Items, Trailer.
    private var section = PIESName.pies
    private var sections: Set<PIESName> = []
    private var lastLine: Int64 = 1

    /// The element whose text is being read, with its unit.
    private var leaf: (name: PIESName, depth: Int, unit: String?)?
    private var leafText = ""
    private var isLeafBroken = false
    /// What the children of the present Header, PriceSheet, Pricing or Trailer say.
    private var values = PIESValues()

    /// What the file says for all prices.
    private var file = PIESPriceSheet()
    private var sheets: [String: PIESPriceSheet] = [:]
    private var isSheetDeleted = false
    private var itemCount: Int64 = 0
    private var isItemDeleted = false
    private var sku = ""
    private var hasPartNumber = false
    private var pricing: PIESTag?

    init(_ choices: [PIESListChoice]) { self.choices = choices }

    /// The next record that is complete.
    mutating func takeRecord() -> PriceRecord? {
        guard self.taken < self.records.count else { return nil }
        defer {
            self.taken += 1
            if self.taken == self.records.count {
                self.records.removeAll(keepingCapacity: true)
                self.taken = 0
            }
        }
        return self.records[self.taken]
    }

    // MARK: Elements

    /// Whether a start tag has to be looked at; else ``passOver()`` counts it.
    func needsTag(_ name: PIESName?) -> Bool {
        guard self.passedOverDepth == nil else { return false }
        // Most elements of an Item say nothing of prices.
        return self.section != .items || self.depth != 3 || name == .partNumber || name == .prices
    }

    /// Counts an element that is not looked at, nor what is in it.
    mutating func passOver() {
        self.depth += 1
        if self.passedOverDepth == nil { self.passedOverDepth = self.depth }
    }

    /// Whether a text belongs to an element that says something.
    var needsText: Bool { self.passedOverDepth == nil && self.leaf != nil }

    mutating func start(_ tag: PIESTag) throws(PriceFileFault) {
        self.depth += 1
        self.lastLine = tag.line
        if let leaf {
            self.isLeafBroken = true
            self.values.fail(leaf.name, "holds other elements")
            self.passedOverDepth = self.depth
            return
        }
        switch (self.depth, self.section) {
        case (1, _): try self.startRoot(tag)
        case (2, _): try self.startSection(tag)
        case (3, .header), (3, .trailer), (4, .priceSheets): self.startLeaf(tag)
        case (3, .priceSheets): try self.startSheet(tag)
        case (3, .items): try self.startItem(tag)
        case (4, .items) where tag.name == .partNumber: self.startLeaf(tag)
        case (4, .items) where tag.name == .prices: break
        case (5, .items): self.startPricing(tag)
        case (6, .items): self.startElementOfPricing(tag)
        default: self.passedOverDepth = self.depth
        }
    }

    mutating func text(_ text: String) { self.leafText += text }

    mutating func end() throws(PriceFileFault) {
        defer { self.depth -= 1 }
        if let passedOverDepth = self.passedOverDepth {
            if passedOverDepth == self.depth { self.passedOverDepth = nil }
            return
        }
        if let leaf, leaf.depth == self.depth { return self.endLeaf(leaf.name, unit: leaf.unit) }
        switch (self.depth, self.section) {
        case (2, .header): try self.endHeader()
        case (2, .trailer): try self.endTrailer()
        case (3, .priceSheets): try self.endSheet()
        case (5, .items): self.endPricing()
        default: break
        }
    }

    private mutating func startLeaf(_ tag: PIESTag) {
        guard let name = tag.name else {
            self.passedOverDepth = self.depth
            return
        }
        self.leaf = (name, self.depth, tag.attributes[.unit])
        self.leafText = ""
        self.isLeafBroken = false
    }

    private mutating func endLeaf(_ name: PIESName, unit: String?) {
        self.leaf = nil
        if self.section == .items, self.depth == 4 {
            // One that comes twice names nothing.
            self.sku = self.isLeafBroken || self.hasPartNumber ? "" : self.leafText
            self.hasPartNumber = true
        } else {
            self.values.set(name, self.leafText, unit: unit)
        }
    }

    // MARK: Sections

    private func startRoot(_ tag: PIESTag) throws(PriceFileFault) {
        guard tag.name == .pies else {
            throw PriceFileFault(
                code: PriceFileFault.PIESCode.wrongRoot, line: tag.line,
                message: "the root is \(tag.shownName.debugDescription); PIES in the namespace "
                    + "\(PIESName.namespaces[0]) is read")
        }
    }

    private mutating func startSection(_ tag: PIESTag) throws(PriceFileFault) {
        guard let name = tag.name, [.header, .priceSheets, .marketingCopy, .items, .trailer].contains(name) else {
            throw Self.structureFault(
                tag, "is no part of a file; Header, PriceSheets, MarketingCopy, Items and Trailer are")
        }
        guard self.sections.insert(name).inserted else {
            throw Self.structureFault(tag, "comes more than once; each part of a file may come once")
        }
        guard name == .header || self.header != nil else {
            throw PriceFileFault(
                code: PriceFileFault.PIESCode.header, line: tag.line,
                message: "\(name.rawValue) comes before Header, which must come first")
        }
        guard name == .trailer || !self.sections.contains(.trailer) else {
            throw Self.structureFault(tag, "comes behind Trailer, which must come last")
        }
        // What a price says depends on its sheet.
        guard name != .priceSheets || !self.sections.contains(.items) else {
            throw Self.structureFault(tag, "comes behind Items, whose prices go by it")
        }
        self.section = name
        self.values.removeAll()
        if name == .marketingCopy { self.passedOverDepth = self.depth }
    }

    private static func structureFault(_ tag: PIESTag, _ message: String) -> PriceFileFault {
        PriceFileFault(
            code: PriceFileFault.PIESCode.structure, line: tag.line, message: "\(tag.shownName) \(message)")
    }

    /// What is missing at the end of a file whose XML is whole.
    func faultAtEnd() -> PriceFileFault? {
        let missing = [PIESName.header, .items, .trailer].first { !self.sections.contains($0) }
        guard let missing else { return nil }
        return PriceFileFault(
            code: missing == .header ? PriceFileFault.PIESCode.header : PriceFileFault.PIESCode.structure,
            line: self.lastLine,
            message: "the file has no \(missing.rawValue); Header, Items and Trailer must be there")
    }

    // MARK: Header and Trailer

    private mutating func endHeader() throws(PriceFileFault) {
        try self.checking(code: PriceFileFault.PIESCode.header) { document throws(RecordFault) in
            try document.values.check()
            document.file.currency = try document.values.currency()
            document.file.effective = try document.values.day(.blanketEffectiveDate)
        }
        try self.checkVersion(self.values[.version] ?? "")
        let submission = (self.values[.submissionType] ?? "").uppercased()
        guard ["FULL", "UPDATE", "TEST"].contains(submission) else {
            throw PriceFileFault(
                code: PriceFileFault.PIESCode.submissionType, line: self.lastLine,
                message: "SubmissionType is \(PIESText.shown(submission)); FULL, UPDATE and TEST are known")
        }
        self.header = PriceFileHeader(isTest: submission == "TEST")
    }

    private func checkVersion(_ version: String) throws(PriceFileFault) {
        let parts = version.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        let isRead =
            switch (parts.first ?? nil, parts.dropFirst().first ?? nil) {
            case (6, let minor?): minor >= 7
            case (7, let minor?): (0...2).contains(minor)
            case (8, let minor?): minor == 0
            default: false
            }
        guard isRead else {
            throw PriceFileFault(
                code: PriceFileFault.PIESCode.version, line: self.lastLine,
                message: "PIESVersion is \(PIESText.shown(version)); 6.7, 7.0, 7.1, 7.2 and 8.0 are read")
        }
    }

    private func endTrailer() throws(PriceFileFault) {
        guard let text = self.values[.itemCount] else { return }
        guard let count = Int64(Substring(PIESText.trimmed(text))), count == self.itemCount else {
            throw PriceFileFault(
                code: PriceFileFault.PIESCode.recordCount, line: self.lastLine,
                message: "ItemCount is \(PIESText.shown(text)), but the file has \(self.itemCount); nothing was changed"
            )
        }
    }

    private mutating func checking(
        code: String, _ body: (inout Self) throws(RecordFault) -> Void
    ) throws(PriceFileFault) {
        do throws(RecordFault) {
            try body(&self)
        } catch {
            throw PriceFileFault(code: code, line: self.lastLine, message: error.message)
        }
    }

    // MARK: Price sheets

    private mutating func startSheet(_ tag: PIESTag) throws(PriceFileFault) {
        guard tag.name == .priceSheet else {
            throw Self.structureFault(tag, "stands in PriceSheets, which may have PriceSheet only")
        }
        guard self.sheets.count < Self.maximumSheets else {
            throw PriceFileFault(
                code: PriceFileFault.PIESCode.limit, line: tag.line,
                message: "the file has more than \(Self.maximumSheets) price sheets")
        }
        self.isSheetDeleted = tag.attributes[.maintenanceType] == "D"
        self.values.removeAll()
    }

    /// A sheet that cannot be read is a fault of the file: all of its prices go by it.
    private mutating func endSheet() throws(PriceFileFault) {
        try self.checking(code: PriceFileFault.PIESCode.structure) { document throws(RecordFault) in
            try document.values.check()
            let field = PIESName.priceSheetNumber.rawValue
            guard let number = document.values[.priceSheetNumber], !number.isEmpty else {
                throw RecordFault(field: field, "of a PriceSheet is missing", expected: "its number")
            }
            let sheet = PIESPriceSheet(
                currency: try document.values.currency(), effective: try document.values.day(.effectiveDate),
                end: try document.values.endOfDay(.expirationDate),
                isDeleted: document.isSheetDeleted)
            guard document.sheets.updateValue(sheet, forKey: number) == nil else {
                throw RecordFault(
                    field: field, "is \(PIESText.shown(number)), as of a PriceSheet before",
                    expected: "each number once")
            }
        }
    }

    // MARK: Items

    private mutating func startItem(_ tag: PIESTag) throws(PriceFileFault) {
        guard tag.name == .item else {
            throw Self.structureFault(tag, "stands in Items, which may have Item only")
        }
        self.itemCount += 1
        (self.sku, self.hasPartNumber) = ("", false)
        self.isItemDeleted = tag.attributes[.maintenanceType] == "D"
    }

    private mutating func startPricing(_ tag: PIESTag) {
        self.pricing = tag
        self.values.removeAll()
        if tag.name != .pricing { self.values.fail(.pricing, "is \(tag.shownName)") }
    }

    private mutating func startElementOfPricing(_ tag: PIESTag) {
        guard let name = tag.name, PIESPricing.elements.contains(name) else {
            self.values.fail(.pricing, "holds \(tag.shownName), which is not known,")
            self.passedOverDepth = self.depth
            return
        }
        self.startLeaf(tag)
    }

    private mutating func endPricing() {
        guard let tag = self.pricing else { return }
        self.pricing = nil
        var listID = ""
        do throws(RecordFault) {
            let pricing = try PIESPricing(
                self.values, of: self.sku, type: tag.attributes[.priceType],
                maintenance: tag.attributes[.maintenanceType], isItemDeleted: self.isItemDeleted, sheets: self.sheets,
                file: self.file)
            let currency = try pricing.currency()
            let choice = self.choices.first {
                $0.holds(tradeCode: pricing.tradeCode, sheetNumber: pricing.sheetNumber, currency: currency)
            }
            guard let choice else {
                self.records.append(PriceRecord(line: tag.line, content: .passedOver))
                return
            }
            listID = choice.listID
            let price = try pricing.price(in: listID, currency: currency)
            self.records.append(PriceRecord(line: tag.line, content: .price(price)))
        } catch {
            self.records.append(error.record(line: tag.line, sku: self.sku, listID: listID))
        }
    }
}
