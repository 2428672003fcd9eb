internal import CLibXML2

/// Reads a document of XML 1.0 piece by piece, in bounded memory.
///
/// Give it the file with ``read(_:into:)``, as it comes, and end with ``complete(into:)``. Each fills a batch with the events
/// that are complete. A DOCTYPE is refused, so that no entity can be declared or loaded; the five entities of XML itself and
/// references to characters are replaced. Comments and processing instructions are left out, and so is white space beside a
/// child element. Behind an error the reader gives that error again. One task may use it at a time.
public final class XMLReader {
    private let parse: Parse
    // libxml2's parser is allocated once, never handed out, and freed when nobody holds this object any more. It keeps the
    // address of `parse`, which this object holds for as long. The object is not Sendable.
    private let parser: xmlParserCtxtPtr
    /// What has come but is no whole block.
    private var block: [UInt8] = []
    private let blockBytes: Int
    private var bytes: Int64 = 0
    private var isComplete = false

    /// Bytes that the parser is given at once.
    ///
    /// Blocks have the same borders however the file comes, and so the same events.
    public static let blockBytes = 65_536

    /// Bytes that may be given at once, as the events of all of them are held in memory.
    public static let maximumReadBytes = 64 << 20

    /// A reader of one document.
    ///
    /// - Parameter names: Names that get their index as their number. Other names get the numbers behind them.
    /// - Throws: ``XMLError`` `outOfMemory`.
    public convenience init(names: [String] = [], limits: XMLLimits = XMLLimits()) throws(XMLError) {
        try self.init(names: names, limits: limits, blockBytes: Self.blockBytes)
    }

    init(names: [String], limits: XMLLimits, blockBytes: Int) throws(XMLError) {
        self.parse = Parse(limits, names: names)
        self.blockBytes = max(1, blockBytes)
        _ = Self.library
        var handler = Self.handler
        // The parser copies the handler. It does not own the object behind the address, which outlives it.
        let address = Unmanaged.passUnretained(self.parse).toOpaque()
        guard let parser = xmlCreatePushParserCtxt(&handler, address, nil, 0, nil) else {
            throw XMLError(.outOfMemory, "there is no memory to read the document with")
        }
        self.parser = parser
        self.parse.parser = parser
        // NOENT makes `&` of `&amp;` in attributes, too. There are no other entities: the handler takes no declaration.
        xmlCtxtUseOptions(parser, Int32(bitPattern: XML_PARSE_NONET.rawValue | XML_PARSE_NOENT.rawValue))
    }

    deinit {
        xmlFreeParserCtxt(self.parser)
    }

    /// The name or namespace that a number stands for; nil: no such number was given.
    public func name(_ number: Int32) -> String? {
        let names = self.parse.names.names
        return names.indices.contains(Int(number)) ? names[Int(number)] : nil
    }

    /// Takes the next bytes of the document, and fills the batch with the events that are complete, in place of its own.
    ///
    /// The batch stays empty until a block of ``blockBytes`` has come; it holds events of as many bytes as were given, and
    /// a block. Where an error is thrown it holds those before it.
    ///
    /// - Throws: ``XMLError``.
    public func read(_ more: Span<UInt8>, into batch: inout XMLBatch) throws(XMLError) {
        try self.fill(&batch) {
            guard more.count <= Self.maximumReadBytes else {
                return self.parse.fail(.limit, "more than \(Self.maximumReadBytes) bytes were given at once")
            }
            more.withUnsafeBufferPointer { bytes in
                // Borrowed for this call; what is kept is copied.
                var rest = bytes[...]
                while !rest.isEmpty, self.parse.failure == nil {
                    let part = rest.prefix(self.blockBytes - self.block.count)
                    self.block.append(contentsOf: part)
                    rest = rest.dropFirst(part.count)
                    if self.block.count == self.blockBytes { self.parseBlock() }
                }
            }
        }
    }

    /// Takes the next bytes of the document. As with a span.
    public func read(_ more: [UInt8], into batch: inout XMLBatch) throws(XMLError) {
        try self.read(more.span, into: &batch)
    }

    /// Notes that the document has ended, and fills the batch with the last events.
    ///
    /// - Throws: ``XMLError``; `truncated` where the document is not complete.
    public func complete(into batch: inout XMLBatch) throws(XMLError) {
        try self.fill(&batch) {
            guard !self.isComplete else { return }
            self.isComplete = true
            if !self.block.isEmpty { self.parseBlock() }
            guard self.parse.failure == nil else { return }
            let cut = clibxml2_unconverted(self.parser)
            let before = self.parse.batch
            self.parsePiece([], isLast: true)
            // At the end libxml2 takes what is cut as if it were whole.
            if self.parse.failure != nil || cut > 0 || !self.parse.isComplete { self.parse.batch = before }
            guard self.parse.failure == nil || self.parse.failure?.code == .malformed else { return }
            guard self.parse.failure != nil || cut > 0 || !self.parse.isComplete else { return }
            let line = self.parse.failure?.line ?? self.parse.line
            self.parse.failure = nil
            self.parse.fail(
                .truncated, line: line,
                self.bytes == 0
                    ? "the document is empty" : "the document ends here, before its last element is complete")
        }
    }

    private func fill(_ batch: inout XMLBatch, _ body: () -> Void) throws(XMLError) {
        if let failure = self.parse.failure { throw failure }
        // The batch's memory is used again: it changes places with what the parser fills.
        batch.removeAll()
        swap(&batch, &self.parse.batch)
        body()
        swap(&batch, &self.parse.batch)
        if let failure = self.parse.failure { throw failure }
    }

    private func parseBlock() {
        self.bytes += Int64(self.block.count)
        guard self.bytes <= self.parse.limits.documentBytes else {
            return self.parse.fail(.limit, "the document has more than \(self.parse.limits.documentBytes) bytes")
        }
        self.parsePiece(self.block, isLast: false)
        self.block.removeAll(keepingCapacity: true)
    }

    private func parsePiece(_ piece: [UInt8], isLast: Bool) {
        var converter: Int32 = 0
        // The parser copies the bytes, and does not keep the address.
        let code = piece.withUnsafeBytes { bytes in
            clibxml2_parse(
                self.parser, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(clamping: bytes.count),
                isLast ? 1 : 0, &converter)
        }
        let waiting = Int(bitPattern: UInt(clibxml2_waiting(self.parser)))
        if converter != 0 {
            self.parse.fail(
                .encoding, line: self.parse.line + self.waitingLines(waiting),
                "bytes here are not in the encoding that the document names")
        }
        if code != 0 { self.parse.fail(.malformed, "the document cannot be read from here on") }
        if waiting > self.parse.limits.markupBytes {
            self.parse.fail(
                .limit, "the tag or comment that begins here has more than \(self.parse.limits.markupBytes) bytes")
        }
    }

    private func waitingLines(_ count: Int) -> Int {
        guard let start = self.parser.pointee.input?.pointee.cur else { return 0 }
        // The parser's own buffer, which changes only when it parses.
        return UnsafeBufferPointer(start: start, count: count).count { $0 == 0x0A }
    }

    /// Makes one line of what comes from the document or from libxml2.
    static func oneLine(_ text: String) -> String {
        let line = String(
            text.unicodeScalars.map { scalar in
                let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
                return isControl || scalar.value == 0x2028 || scalar.value == 0x2029 ? " " : Character(scalar)
            })
        return String(line.split(separator: " ").joined(separator: " ").prefix(160))
    }

    /// libxml2's globals, which must be there before the first parser is, whichever task makes it.
    private static let library: Void = xmlInitParser()
}
