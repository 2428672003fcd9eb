internal import PricingDomain
internal import PricingMessages
internal import XML

/// Reads prices from PIES 6.7 to 8.0: of each Item the PartNumber and its Prices, with their price sheets.
///
/// A Pricing that breaks a rule is refused, and reading goes on behind it; what is wrong with the file as a whole ends the
/// reading. All else that PIES says of a product is passed over unseen. docs/pricing-files.md says what becomes of each
/// element. Behind a fault the reader gives that fault again, after the records before it.
public struct PIESPriceReader: PriceFileReader {
    /// The most bytes of one text of the file.
    private static let maximumTextBytes = 1 << 20
    /// The most bytes that are read from what came before records are given, so that few of them wait.
    private static let stepBytes = XMLReader.blockBytes

    private let xml: XMLReader
    private var batch = XMLBatch()
    private var document: PIESPriceDocument
    /// What came and is not parsed yet.
    private var pending: [UInt8] = []
    private var position = 0
    private var isEnded = false
    private var fault: PriceFileFault?
    /// Whether each namespace, by its number, is one of PIES.
    private var namespaces: [Int32: Bool] = [XMLEvent.noNamespace: true]

    /// A reader of one file.
    ///
    /// - Parameter choices: Which list takes which prices; the first that holds does, and prices for which none does are
    ///   passed over.
    /// - Throws: ``PriceFileFault`` "out-of-memory".
    public init(_ choices: [PIESListChoice]) throws(PriceFileFault) {
        self.document = PIESPriceDocument(choices)
        do throws(XMLError) {
            self.xml = try XMLReader(
                names: PIESName.allCases.map(\.rawValue), limits: XMLLimits(textBytes: Self.maximumTextBytes))
        } catch {
            throw PriceFileFault(error)
        }
    }

    /// What the Header says, once it has been read.
    public var header: PriceFileHeader? { self.document.header }

    /// Takes the next bytes, which are kept until their records are taken.
    public mutating func append(_ bytes: [UInt8]) throws(PriceFileFault) {
        self.pending = self.position == self.pending.count ? bytes : Array(self.pending[self.position...]) + bytes
        self.position = 0
    }

    /// Says that there are no more bytes, and tells of what is missing.
    public mutating func complete() throws(PriceFileFault) {
        while self.fault == nil, self.position < self.pending.count { self.step() }
        guard self.fault == nil, !self.isEnded else { return try self.throwFault() }
        self.isEnded = true
        self.parse { xml, batch throws(XMLError) in try xml.complete(into: &batch) }
        if self.fault == nil { self.fault = self.document.faultAtEnd() }
        try self.throwFault()
    }

    /// The next record that is complete; nil: more bytes are needed, or all is read.
    public mutating func next() throws(PriceFileFault) -> PriceRecord? {
        while true {
            if let record = self.document.takeRecord() { return record }
            try self.throwFault()
            guard self.position < self.pending.count else { return nil }
            self.step()
        }
    }

    private func throwFault() throws(PriceFileFault) {
        if let fault = self.fault { throw fault }
    }

    private mutating func step() {
        let end = min(self.pending.count, self.position + Self.stepBytes)
        let bytes = Array(self.pending[self.position..<end])
        self.position = end
        self.parse { xml, batch throws(XMLError) in try xml.read(bytes, into: &batch) }
    }

    /// Has libxml2 parse, and takes all events before an error.
    private mutating func parse(_ body: (XMLReader, inout XMLBatch) throws(XMLError) -> Void) {
        var error: XMLError?
        do throws(XMLError) {
            try body(self.xml, &self.batch)
        } catch let thrown {
            error = thrown
        }
        do throws(PriceFileFault) {
            for event in self.batch.events { try self.take(event) }
        } catch {
            self.fault = error
        }
        if self.fault == nil { self.fault = error.map { PriceFileFault($0) } }
    }

    private mutating func take(_ event: XMLEvent) throws(PriceFileFault) {
        switch event.kind {
        case .start:
            let name = self.isOurs(event.namespace) ? PIESName(number: event.name) : nil
            guard self.document.needsTag(name) else { return self.document.passOver() }
            var tag = PIESTag(
                name: name, shownName: String((self.xml.name(event.name) ?? "").prefix(80)), line: Int64(event.line))
            for attribute in self.batch.attributes(of: event) where attribute.namespace == XMLEvent.noNamespace {
                if let name = PIESName(number: attribute.name) { tag.attributes[name] = self.batch.string(attribute) }
            }
            try self.document.start(tag)
        case .text:
            if self.document.needsText { self.document.text(self.batch.string(event)) }
        case .end: try self.document.end()
        }
    }

    private mutating func isOurs(_ namespace: Int32) -> Bool {
        if let isOurs = self.namespaces[namespace] { return isOurs }
        let name = self.xml.name(namespace) ?? ""
        // Some files have a slash behind the authority.
        let isOurs = PIESName.namespaces.contains(name.hasSuffix("/") ? String(name.dropLast()) : name)
        self.namespaces[namespace] = isOurs
        return isOurs
    }
}

extension PriceFileFault {
    /// The codes of faults of files of PIES: the same that the catalog has for them.
    public enum PIESCode {
        /// It breaks the rules of XML, names an entity that XML itself does not have, or has a second root.
        public static let malformed = "malformed-xml"
        /// It ends before its root does.
        public static let truncated = "truncated"
        /// It has a DOCTYPE, which could declare entities.
        public static let doctype = "doctype"
        /// Its bytes are not in the encoding that it names, or in one that is not read.
        public static let encoding = "encoding"
        /// It goes beyond one of the reader's limits.
        public static let limit = "limit"
        /// Its root is another element than the format's.
        public static let wrongRoot = "wrong-root"
        /// Its version is missing, or none that is read.
        public static let version = "version"
        /// Elements stand where the format has none, or what all prices go by is none.
        public static let structure = "structure"
        /// Its header is missing, comes twice, or comes too late.
        public static let header = "header"
        /// It does not say in a known word whether it is full, an update or a test.
        public static let submissionType = "submission-type"
        /// The count of its Items, by which a file that lost some is recognised, is not theirs.
        public static let recordCount = "record-count"
        /// There is no memory to read it with.
        public static let outOfMemory = "out-of-memory"
    }

    init(_ error: XMLError) {
        let code =
            switch error.code {
            case .truncated: PIESCode.truncated
            case .doctype: PIESCode.doctype
            case .encoding: PIESCode.encoding
            case .limit: PIESCode.limit
            case .outOfMemory: PIESCode.outOfMemory
            default: PIESCode.malformed
            }
        self.init(code: code, line: Int64(error.line), message: error.reason)
    }
}
