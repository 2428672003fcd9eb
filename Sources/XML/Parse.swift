internal import CLibXML2

/// What the parser's callbacks write: the events so far, and the failure.
///
/// One parser owns it, and calls it only from within ``XMLReader``'s own calls.
final class Parse {
    let limits: XMLLimits
    var names: NameTable
    var batch = XMLBatch()
    var failure: XMLError?
    /// The element names above and at the current place.
    private var path: [Element] = []
    private(set) var hasRoot = false
    /// The text that is being collected, of which libxml2 gives pieces.
    private var pending: [UInt8] = []
    /// Whether the last tag was a start tag, so that white space up to an end tag is a value.
    private var followsStart = false
    private var lastLine: Int32 = 1
    /// Where the parser is. Set by the reader while it parses, and valid for its life.
    var parser: xmlParserCtxtPtr?

    private struct Element {
        let name: Int32
        let namespace: Int32
    }

    init(_ limits: XMLLimits, names: [String]) {
        self.limits = limits
        self.names = NameTable(names)
    }

    /// Whether the document's only root has ended.
    var isComplete: Bool { self.hasRoot && self.path.isEmpty }
    var line: Int { Int(self.parser?.pointee.input?.pointee.line ?? 0) }

    func fail(_ code: XMLError.Code, line: Int? = nil, column: Int? = nil, _ reason: String) {
        guard self.failure == nil else { return }
        self.failure = XMLError(code, line: max(1, line ?? self.line), column: column, reason)
    }

    // MARK: What stands in the document

    func start(
        _ name: UnsafePointer<xmlChar>?, _ namespace: UnsafePointer<xmlChar>?, attributeCount: Int,
        _ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?
    ) {
        guard self.failure == nil else { return }
        self.endText(isBeforeEnd: false)
        if !self.hasRoot { self.checkEncoding() }
        self.hasRoot = true
        guard self.path.count < self.limits.depth else {
            return self.fail(.limit, "elements are nested more than \(self.limits.depth) deep")
        }
        guard attributeCount <= self.limits.attributes else {
            return self.fail(.limit, "an element has more than \(self.limits.attributes) attributes")
        }
        let element = Element(name: self.number(name), namespace: self.number(namespace))
        let first = self.batch.attributes.count
        for index in 0..<attributeCount { self.attribute(attributes, index) }
        self.path.append(element)
        self.append(.start, element, first, self.batch.attributes.count)
        self.followsStart = true
    }

    /// libxml2 gives each attribute as five addresses: local name, prefix, namespace, the value's first byte, its end.
    private func attribute(_ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, _ index: Int) {
        guard let attributes, let first = attributes[5 * index + 3], let end = attributes[5 * index + 4] else { return }
        let value = UnsafeBufferPointer(start: first, count: max(0, end - first))
        guard value.count <= self.limits.textBytes else {
            return self.fail(.limit, "an attribute has more than \(self.limits.textBytes) bytes")
        }
        let lowerBound = self.batch.bytes.count
        self.batch.bytes.append(contentsOf: value)
        self.batch.attributes.append(
            XMLAttribute(
                name: self.number(attributes[5 * index]), namespace: self.number(attributes[5 * index + 2]),
                lowerBound: Int32(clamping: lowerBound), upperBound: Int32(clamping: self.batch.bytes.count)))
    }

    func text(_ first: UnsafePointer<xmlChar>?, _ count: Int) {
        guard self.failure == nil, let first, count > 0 else { return }
        guard self.pending.count + count <= self.limits.textBytes else {
            return self.fail(
                .limit, line: Int(self.lastLine),
                "the text that begins here has more than \(self.limits.textBytes) bytes")
        }
        self.pending.append(contentsOf: UnsafeBufferPointer(start: first, count: count))
    }

    func end() {
        guard self.failure == nil else { return }
        self.endText(isBeforeEnd: true)
        guard let element = self.path.popLast() else { return self.fail(.malformed, "an end tag has no start tag") }
        self.append(.end, element, 0, 0)
        self.followsStart = false
    }

    private func endText(isBeforeEnd: Bool) {
        guard !self.pending.isEmpty else { return }
        defer { self.pending.removeAll(keepingCapacity: true) }
        let isValue = isBeforeEnd && self.followsStart
        guard let element = self.path.last, isValue || !self.pending.allSatisfy(Self.isWhiteSpace) else { return }
        let lowerBound = self.batch.bytes.count
        self.batch.bytes.append(contentsOf: self.pending)
        self.batch.events.append(
            XMLEvent(
                kind: .text, name: element.name, namespace: element.namespace, line: self.lastLine,
                lowerBound: Int32(clamping: lowerBound), upperBound: Int32(clamping: self.batch.bytes.count)))
    }

    private func append(_ kind: XMLEvent.Kind, _ element: Element, _ lowerBound: Int, _ upperBound: Int) {
        self.lastLine = Int32(clamping: self.line)
        self.batch.events.append(
            XMLEvent(
                kind: kind, name: element.name, namespace: element.namespace, line: self.lastLine,
                lowerBound: Int32(clamping: lowerBound), upperBound: Int32(clamping: upperBound)))
    }

    // MARK: Checks

    private static func isWhiteSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    private func number(_ name: UnsafePointer<xmlChar>?) -> Int32 {
        guard let name else { return XMLEvent.noNamespace }
        return self.names.number(at: name) ?? self.newNumber(name)
    }

    private func newNumber(_ name: UnsafePointer<xmlChar>) -> Int32 {
        guard Int(xmlStrlen(name)) <= self.limits.nameBytes else {
            self.fail(.limit, "a name or namespace has more than \(self.limits.nameBytes) bytes")
            return XMLEvent.noNamespace
        }
        guard self.names.count < self.limits.names else {
            self.fail(.limit, "the document has more than \(self.limits.names) different names")
            return XMLEvent.noNamespace
        }
        return self.names.insert(String(cString: name), at: name)
    }

    private func checkEncoding() {
        guard let parser else { return }
        let names = [
            clibxml2_converter(parser).map { String(cString: $0) }, parser.pointee.encoding.map { String(cString: $0) },
        ]
        for name in names.compactMap({ $0 }) where !Self.encodings.contains(name.uppercased()) {
            self.fail(
                .encoding,
                "the encoding is \(XMLReader.oneLine(name)); UTF-8, UTF-16, ISO-8859-1 and Windows-1252 are read")
        }
    }

    private static let encodings: Set<String> = [
        "UTF-8", "UTF8", "UTF-16", "UTF-16LE", "UTF-16BE", "ISO-8859-1", "ISO8859-1", "LATIN1", "WINDOWS-1252",
        "CP1252", "US-ASCII", "ASCII",
    ]
}
