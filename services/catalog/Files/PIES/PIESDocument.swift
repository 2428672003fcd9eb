internal import CatalogMessages

/// The order of a file of PIES as a pure machine: elements go in, records and what the file says of itself come out.
struct PIESDocument {
    private(set) var header: CatalogFileHeader?
    private(set) var declaredCount: Int64?
    private var records: [CatalogRecord] = []
    /// How many of them are taken.
    private var taken = 0
    /// The elements above and at the current place that are kept: from Header, Trailer or Item on.
    private var path: [PIESElement] = []
    /// How many elements are open.
    private var depth = 0
    /// The depth below which nothing is kept; nil: all is.
    private var passedOverDepth: Int?
    /// The section that is open: Header, PriceSheets, MarketingCopy, Items, Trailer.
    private var section = ""
    private var sections: Set<String> = []
    private var itemBytes = 0
    private var lastLine: Int64 = 1

    private static let known: Set<String> = ["Header", "PriceSheets", "MarketingCopy", "Items", "Trailer"]
    /// The memory that an element takes beside its texts, roughly.
    private static let elementBytes = 64

    /// The next record that is complete.
    mutating func takeRecord() -> CatalogRecord? {
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

    mutating func start(_ element: PIESElement) throws(CatalogFileFault) {
        self.depth += 1
        self.lastLine = element.line
        guard self.passedOverDepth == nil else { return }
        switch self.depth {
        case 1: try self.startRoot(element)
        case 2: try self.startSection(element)
        case 3 where self.section == "Items": try self.startItem(element)
        case 3 where self.section == "PriceSheets" || self.section == "MarketingCopy":
            self.records.append(CatalogRecord(line: element.line, content: .passedOver))
            self.passedOverDepth = self.depth
        default:
            try self.countBytes(of: element)
            if self.passedOverDepth == nil { self.path.append(element) }
        }
    }

    mutating func text(_ text: String) throws(CatalogFileFault) {
        guard self.passedOverDepth == nil else { return }
        guard !self.path.isEmpty else {
            if text.allSatisfy(\.isWhitespace) { return }
            throw CatalogFileFault(
                code: CatalogFileFault.XMLCode.structure, line: self.lastLine,
                message: "a text stands behind this line, where elements alone may be")
        }
        self.path[self.path.count - 1].text += text
        self.itemBytes += text.utf8.count
        try self.refuseLongItem()
    }

    mutating func end() throws(CatalogFileFault) {
        defer { self.depth -= 1 }
        if let passedOverDepth = self.passedOverDepth {
            if passedOverDepth == self.depth { self.passedOverDepth = nil }
            return
        }
        guard let element = self.path.popLast() else { return }
        guard self.path.isEmpty else { return self.path[self.path.count - 1].children.append(element) }
        switch element.name {
        case "Header": try self.endHeader(element)
        case "Trailer": try self.endTrailer(element)
        default: self.endItem(element)
        }
    }

    // MARK: Sections

    private func startRoot(_ element: PIESElement) throws(CatalogFileFault) {
        guard element.name == "PIES" else {
            throw CatalogFileFault(
                code: CatalogFileFault.XMLCode.wrongRoot, line: element.line,
                message: "the root is \(element.name.prefix(80).debugDescription); "
                    + "PIES in the namespace \(PIESSchema.namespaces[0]) is read")
        }
    }

    private mutating func startSection(_ element: PIESElement) throws(CatalogFileFault) {
        guard Self.known.contains(element.name) else {
            throw self.structureFault(
                element, "is no part of a file; Header, PriceSheets, MarketingCopy, Items and Trailer are")
        }
        guard self.sections.insert(element.name).inserted else {
            throw self.structureFault(element, "comes more than once; each part of a file may come once")
        }
        guard element.name == "Header" || self.header != nil else {
            throw CatalogFileFault(
                code: CatalogFileFault.XMLCode.header, line: element.line,
                message: "\(element.name) comes before Header, which must come first")
        }
        guard element.name == "Trailer" || !self.sections.contains("Trailer") else {
            throw self.structureFault(element, "comes behind Trailer, which must come last")
        }
        self.section = element.name
        self.itemBytes = 0
        if element.name == "Header" || element.name == "Trailer" { self.path = [element] }
    }

    private mutating func startItem(_ element: PIESElement) throws(CatalogFileFault) {
        guard element.name == "Item" else {
            throw self.structureFault(element, "stands in Items, which may have Item only")
        }
        self.path = [element]
        self.itemBytes = Self.elementBytes
    }

    private func structureFault(_ element: PIESElement, _ message: String) -> CatalogFileFault {
        CatalogFileFault(
            code: CatalogFileFault.XMLCode.structure, line: element.line,
            message: "\(element.name.prefix(80)) \(message)")
    }

    /// What is missing at the end of a file whose XML is whole.
    func faultAtEnd() -> CatalogFileFault? {
        guard let missing = ["Header", "Items", "Trailer"].first(where: { !self.sections.contains($0) }) else {
            return nil
        }
        return CatalogFileFault(
            code: missing == "Header" ? CatalogFileFault.XMLCode.header : CatalogFileFault.XMLCode.structure,
            line: self.lastLine,
            message: "the file has no \(missing); Header, Items and Trailer must be there")
    }

    // MARK: What is complete

    private mutating func endHeader(_ element: PIESElement) throws(CatalogFileFault) {
        try self.check(element, PIESSchema.header, code: CatalogFileFault.XMLCode.header)
        try self.checkVersion(element)
        let submission = element.text("SubmissionType")
        let isTest = submission.uppercased() == "TEST"
        let mode = ["FULL": SubmissionMode.full, "UPDATE": .update][submission.uppercased()]
        guard mode != nil || isTest else {
            throw CatalogFileFault(
                code: CatalogFileFault.XMLCode.submissionType, line: element["SubmissionType"]?.line ?? element.line,
                message: "SubmissionType is \(submission.debugDescription); FULL, UPDATE and TEST are known")
        }
        let owners = ["BrandOwnerGLN", "BrandOwnerDUNS", "BrandOwnerVMRSID"]
        let owner = owners.first { element[$0] != nil }
        self.header = CatalogFileHeader(
            mode: mode, document: owner.map { "\($0) \(element.text($0))" } ?? "", isTest: isTest)
    }

    private func checkVersion(_ header: PIESElement) throws(CatalogFileFault) {
        let version = header.text("PIESVersion")
        let parts = version.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        let isRead =
            switch (parts.first ?? nil, parts.dropFirst().first ?? nil) {
            case (6, let minor?): minor >= 7
            case (7, let minor?): (0...2).contains(minor)
            case (8, let minor?): minor == 0
            default: false
            }
        guard isRead else {
            throw CatalogFileFault(
                code: CatalogFileFault.XMLCode.version, line: header["PIESVersion"]?.line ?? header.line,
                message: "PIESVersion is \(version.debugDescription); 6.7, 7.0, 7.1, 7.2 and 8.0 are read")
        }
    }

    private mutating func endTrailer(_ element: PIESElement) throws(CatalogFileFault) {
        try self.check(element, PIESSchema.trailer, code: CatalogFileFault.XMLCode.structure)
        self.declaredCount = element["ItemCount"].flatMap { PIESValue.whole($0.text) }
    }

    private func check(_ element: PIESElement, _ rule: PIESRule, code: String) throws(CatalogFileFault) {
        do throws(PIESItemFault) {
            try rule.check(element)
        } catch {
            let isCount = error.field == "ItemCount"
            throw CatalogFileFault(
                code: isCount ? CatalogFileFault.XMLCode.recordCount : code, line: error.line,
                message: "\(error.field.isEmpty ? rule.name : error.field) \(error.message)")
        }
    }

    private mutating func endItem(_ element: PIESElement) {
        do throws(PIESItemFault) {
            try PIESSchema.item.check(element)
            let content = try PIESItem(element, isWhole: self.header?.mode == .full).content()
            self.records.append(CatalogRecord(line: element.line, content: content))
        } catch {
            self.refuse(element, error)
        }
        for price in element["Prices"]?.children ?? [] where price.name == "Pricing" {
            self.records.append(CatalogRecord(line: price.line, content: .passedOver))
        }
    }

    private mutating func refuse(_ item: PIESElement, _ fault: PIESItemFault) {
        let failed = FailedRecord(
            line: item.line, sku: String(item.text("PartNumber").prefix(Self.maximumSKULength)), reason: fault.reason,
            field: fault.field,
            message: "line \(fault.line): \(fault.field.isEmpty ? "Item" : fault.field) \(fault.message)")
        self.records.append(CatalogRecord(line: item.line, content: .refused(failed)))
    }

    /// What is told of a part number that is too long.
    private static let maximumSKULength = 64

    // MARK: Memory

    private mutating func countBytes(of element: PIESElement) throws(CatalogFileFault) {
        self.itemBytes += Self.elementBytes + element.name.utf8.count
        for attribute in element.attributes {
            self.itemBytes += Self.elementBytes + attribute.name.utf8.count + attribute.value.utf8.count
        }
        try self.refuseLongItem()
    }

    /// Refuses what is open, and passes over the rest of it, where it is too long.
    private mutating func refuseLongItem() throws(CatalogFileFault) {
        guard self.itemBytes > PIESReader.maximumItemBytes, let first = self.path.first else { return }
        guard self.section == "Items" else {
            throw CatalogFileFault(
                code: CatalogFileFault.XMLCode.limit, line: first.line,
                message: "\(first.name) has more than \(PIESReader.maximumItemBytes) bytes")
        }
        var item = first
        if self.path.count > 1, self.path[1].name == "PartNumber" { item.children.append(self.path[1]) }
        self.refuse(
            item,
            PIESItemFault(
                "", of: item, "has more than \(PIESReader.maximumItemBytes) bytes; PIES has no use for as many"))
        self.path.removeAll()
        self.passedOverDepth = 3
    }
}
