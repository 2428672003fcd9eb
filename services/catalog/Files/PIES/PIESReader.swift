internal import CatalogMessages
internal import XML

/// Reads products from PIES 6.7 to 7.2, and 8.0 where it has renamed elements only.
///
/// One Item is held at a time. An Item that breaks a rule is refused, and reading goes on behind it; what is wrong with the
/// file as a whole ends the reading. Prices, price sheets and marketing copy are passed over. docs/catalog-files.md says what
/// becomes of each element. Behind a fault the reader gives that fault again, after the records before it.
public struct PIESReader: CatalogFileReader {
    /// The most bytes of one Item, its names and texts counted. A longer one is refused.
    public static let maximumItemBytes = 1 << 20
    /// The most bytes that are read from what came before records are given, so that few of them wait.
    private static let stepBytes = XMLReader.blockBytes

    private let xml: XMLReader
    private var batch = XMLBatch()
    private var document = PIESDocument()
    /// What came and is not parsed yet.
    private var pending: [UInt8] = []
    private var position = 0
    private var isEnded = false
    private var fault: CatalogFileFault?
    /// Whether each namespace, by its number, is one of PIES.
    private var namespaces: [Int32: Bool] = [XMLEvent.noNamespace: true]

    /// A reader of one file.
    ///
    /// - Throws: ``CatalogFileFault`` `out-of-memory`.
    public init() throws(CatalogFileFault) {
        do throws(XMLError) {
            // A text may be as long as an Item, so that it is the Item that is refused, and not the file.
            self.xml = try XMLReader(limits: XMLLimits(textBytes: Self.maximumItemBytes))
        } catch {
            throw CatalogFileFault(error)
        }
    }

    /// What the Header says, once it has been read.
    public var header: CatalogFileHeader? { self.document.header }

    /// The Trailer's ItemCount.
    public var declaredCount: Int64? { self.document.declaredCount }

    /// Takes the next bytes, which are kept until their records are taken.
    public mutating func append(_ bytes: [UInt8]) throws(CatalogFileFault) {
        if self.position == self.pending.count {
            self.pending = bytes
        } else {
            self.pending = Array(self.pending[self.position...]) + bytes
        }
        self.position = 0
    }

    /// Says that there are no more bytes, and tells of what is missing.
    ///
    /// - Throws: ``CatalogFileFault`` with one of its codes for XML.
    public mutating func complete() throws(CatalogFileFault) {
        while self.fault == nil, self.position < self.pending.count { self.step() }
        guard self.fault == nil, !self.isEnded else { return try self.throwFault() }
        self.isEnded = true
        self.parse { xml, batch throws(XMLError) in try xml.complete(into: &batch) }
        if self.fault == nil { self.fault = self.document.faultAtEnd() }
        try self.throwFault()
    }

    /// The next record that is complete; nil: more bytes are needed, or all is read.
    ///
    /// - Throws: ``CatalogFileFault`` with one of its codes for XML.
    public mutating func next() throws(CatalogFileFault) -> CatalogRecord? {
        while true {
            if let record = self.document.takeRecord() { return record }
            try self.throwFault()
            guard self.position < self.pending.count else { return nil }
            self.step()
        }
    }

    private func throwFault() throws(CatalogFileFault) {
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
        do throws(CatalogFileFault) {
            for event in self.batch.events { try self.take(event) }
        } catch {
            self.fault = error
        }
        if self.fault == nil { self.fault = error.map { CatalogFileFault($0) } }
    }

    private mutating func take(_ event: XMLEvent) throws(CatalogFileFault) {
        switch event.kind {
        case .start:
            // The first root was judged by itself; a child of another namespace gets a name that no rule has.
            let isOurs = self.isOurs(event.namespace)
            let name = self.xml.name(event.name) ?? ""
            let element = PIESElement(
                name: isOurs ? PIESElement.name(name) : "{\(self.xml.name(event.namespace) ?? "")}\(name)",
                line: Int64(event.line), attributes: self.attributes(of: event))
            try self.document.start(element)
        case .text: try self.document.text(self.batch.string(event))
        case .end: try self.document.end()
        }
    }

    /// Attributes with a namespace, such as that of a schema's place, say nothing of products.
    private func attributes(of event: XMLEvent) -> [PIESAttribute] {
        self.batch.attributes(of: event).filter { $0.namespace == XMLEvent.noNamespace }.map { attribute in
            PIESAttribute(
                name: PIESElement.name(self.xml.name(attribute.name) ?? ""), value: self.batch.string(attribute))
        }
    }

    private mutating func isOurs(_ namespace: Int32) -> Bool {
        if let isOurs = self.namespaces[namespace] { return isOurs }
        let name = self.xml.name(namespace) ?? ""
        // Some files have a slash behind the authority.
        let isOurs = PIESSchema.namespaces.contains(name.hasSuffix("/") ? String(name.dropLast()) : name)
        self.namespaces[namespace] = isOurs
        return isOurs
    }
}
