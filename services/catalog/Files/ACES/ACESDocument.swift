internal import CatalogMessages
internal import XML

/// An ACES file as it comes, event by event: a machine that gives the records and says what is wrong with the file.
struct ACESDocument {
    private typealias Code = CatalogFileFault.XMLCode

    private enum Place {
        case beforeRoot
        case root
        case header
        case application
        case footer
        /// Within what the catalog does not keep, or what of a header means nothing to it.
        case passedOver
        case behindRoot
    }

    private let names: XMLReader
    private var place = Place.beforeRoot
    /// How many elements are open within the one that the place names, itself counted.
    private var depth = 0
    private var namespace = XMLEvent.noNamespace
    private var application: ACESApplication
    private var numbers: ApplicationNumbers
    private var submissionType: String?
    private var documentTitle = ""
    private var hasFooter = false

    /// What the file says of itself, once its header has ended.
    private(set) var header: CatalogFileHeader?
    private(set) var declaredCount: Int64?

    init(names: XMLReader, numbers: ApplicationNumbers) {
        self.names = names
        self.numbers = numbers
        self.application = ACESApplication(names: names)
    }

    /// The next record of a batch's events from an index on, which is moved behind what was taken.
    mutating func next(
        in batch: borrowing XMLBatch, from index: inout Int
    ) throws(CatalogFileFault) -> CatalogRecord? {
        while index < batch.events.count {
            let event = batch.events[index]
            index += 1
            if let record = try self.take(event, in: batch) { return record }
        }
        return nil
    }

    /// Checks, when the XML has ended, that nothing is missing.
    func complete(line: Int64) throws(CatalogFileFault) {
        guard self.header != nil else { throw Self.noHeader(line) }
        guard self.declaredCount != nil else {
            throw CatalogFileFault(
                code: Code.recordCount, line: line,
                message: "the file has no Footer with a RecordCount; expected the number of its Apps")
        }
    }

    private mutating func take(
        _ event: XMLEvent, in batch: borrowing XMLBatch
    ) throws(CatalogFileFault) -> CatalogRecord? {
        switch event.kind {
        case .start: try self.start(event, in: batch)
        case .text: try self.text(event, in: batch)
        case .end: return try self.end(event)
        }
        return nil
    }

    /// The name of an element; nil: ACES has none such, or it is of another namespace than the root.
    private func name(_ event: XMLEvent) -> ACESName? {
        event.namespace == self.namespace ? ACESName(rawValue: event.name)?.former : nil
    }

    // MARK: Start tags

    private mutating func start(_ event: XMLEvent, in batch: borrowing XMLBatch) throws(CatalogFileFault) {
        switch self.place {
        case .beforeRoot: try self.startRoot(event, in: batch)
        case .root: try self.startPart(event, in: batch)
        case .application: self.application.start(self.name(event), event, in: batch)
        case .header, .footer, .passedOver, .behindRoot: self.depth += 1
        }
    }

    private mutating func startRoot(_ event: XMLEvent, in batch: borrowing XMLBatch) throws(CatalogFileFault) {
        let line = Int64(event.line)
        guard ACESName(rawValue: event.name) == .aces else {
            let name = self.names.name(event.name) ?? ""
            throw CatalogFileFault(
                code: Code.wrongRoot, line: line,
                message: "the file's root is \(ACESValues.shown(name)); expected ACES")
        }
        self.namespace = event.namespace
        let version = batch.attribute(ACESName.version.rawValue, of: event).map(ACESValues.token) ?? ""
        guard let major = Self.major(version) else {
            throw CatalogFileFault(
                code: Code.version, line: line,
                message: "the file's version is \(ACESValues.shown(version)); expected 3.x, 4.x or 5.x")
        }
        if major >= 5 { self.application.partCharacters = ACESLimits.longerPartCharacters }
        self.place = .root
    }

    /// The number before a version's point; nil: no version that is read.
    private static func major(_ version: String) -> Int? {
        let parts = version.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...3).contains(parts.count), let major = parts.first.flatMap({ Int($0) }), (3...5).contains(major),
            parts.allSatisfy({ (1...2).contains($0.utf8.count) && UInt($0) != nil })
        else { return nil }
        return major
    }

    private mutating func startPart(_ event: XMLEvent, in batch: borrowing XMLBatch) throws(CatalogFileFault) {
        let line = Int64(event.line)
        guard !self.hasFooter else {
            throw CatalogFileFault(
                code: Code.structure, line: line,
                message: "an element stands behind the Footer; expected the file's end")
        }
        let name = self.name(event)
        self.depth = 1
        switch name {
        case .header:
            guard self.submissionType == nil, self.header == nil else {
                throw CatalogFileFault(
                    code: Code.header, line: line, message: "the file has a second Header; expected one")
            }
            self.place = .header
        case .app:
            guard self.header != nil else { throw Self.noHeader(line) }
            try self.startApplication(event, in: batch)
        case .asset, .digitalAsset: self.place = .passedOver
        case .footer:
            guard self.header != nil else { throw Self.noHeader(line) }
            self.hasFooter = true
            self.place = .footer
        default:
            let written = self.names.name(event.name) ?? ""
            throw CatalogFileFault(
                code: Code.structure, line: line,
                message: """
                    the file has the element \(ACESValues.shown(written)); \
                    expected Header, App, Asset, DigitalAsset or Footer
                    """)
        }
    }

    private static func noHeader(_ line: Int64) -> CatalogFileFault {
        CatalogFileFault(
            code: Code.header, line: line,
            message: "no Header stands before the first App; expected one that says what the file is")
    }

    private mutating func startApplication(
        _ event: XMLEvent, in batch: borrowing XMLBatch
    ) throws(CatalogFileFault) {
        self.place = .application
        self.application.begin(event, in: batch)
        guard let number = self.application.number else { return }
        switch self.numbers.insert(number) {
        case .new: break
        case .taken: self.application.refuseNumber(number)
        case .full:
            throw CatalogFileFault(
                code: Code.limit, line: Int64(event.line),
                message: """
                    the ids of more than \(self.numbers.maximum) Apps follow none that is one less; \
                    expected Apps numbered in order
                    """)
        }
    }

    // MARK: Texts

    private mutating func text(_ event: XMLEvent, in batch: borrowing XMLBatch) throws(CatalogFileFault) {
        switch self.place {
        case .application: self.application.text(self.name(event), event, in: batch)
        case .header where self.depth == 2: try self.headerText(event, in: batch)
        case .footer where self.depth == 2 && self.name(event) == .recordCount:
            try self.readCount(event, ACESValues.token(batch.string(event)))
        case .root:
            throw CatalogFileFault(
                code: Code.structure, line: Int64(event.line),
                message: "text stands between the file's elements; expected none")
        default: break
        }
    }

    private mutating func headerText(_ event: XMLEvent, in batch: borrowing XMLBatch) throws(CatalogFileFault) {
        switch self.name(event) {
        case .submissionType:
            guard self.submissionType == nil else {
                throw CatalogFileFault(
                    code: Code.submissionType, line: Int64(event.line),
                    message: "the Header has a second SubmissionType; expected one")
            }
            self.submissionType = ACESValues.token(batch.string(event))
        case .documentTitle:
            self.documentTitle = ACESValues.token(batch.string(event))
        default: break
        }
    }

    private mutating func readCount(_ event: XMLEvent, _ text: String) throws(CatalogFileFault) {
        guard let count = Int64(text), count >= 0, self.declaredCount == nil else {
            let reason =
                self.declaredCount == nil
                ? "the RecordCount is \(ACESValues.shown(text))" : "the Footer has a second RecordCount"
            throw CatalogFileFault(
                code: Code.recordCount, line: Int64(event.line),
                message: "\(reason); expected the number of the file's Apps, once")
        }
        self.declaredCount = count
    }

    // MARK: End tags

    private mutating func end(_ event: XMLEvent) throws(CatalogFileFault) -> CatalogRecord? {
        switch self.place {
        case .application:
            guard let record = self.application.end() else { return nil }
            self.place = .root
            return record
        case .root: self.place = .behindRoot
        case .header, .footer, .passedOver:
            self.depth -= 1
            guard self.depth == 0 else { return nil }
            if self.place == .header { try self.endHeader(Int64(event.line)) }
            self.place = .root
        case .beforeRoot, .behindRoot: break
        }
        return nil
    }

    /// A file whose kind is not known is not read: whether it replaces others, or is a test, decides what is kept.
    private mutating func endHeader(_ line: Int64) throws(CatalogFileFault) {
        let said = self.submissionType ?? ""
        let kind = said.uppercased()
        guard ["FULL", "UPDATE", "TEST"].contains(kind) else {
            throw CatalogFileFault(
                code: Code.submissionType, line: line,
                message: "the Header's SubmissionType is \(ACESValues.shown(said)); expected FULL, UPDATE or TEST")
        }
        self.header = CatalogFileHeader(
            mode: kind == "TEST" ? nil : kind == "FULL" ? .full : .update, document: self.documentTitle,
            isTest: kind == "TEST")
    }
}
