internal import CatalogMessages
internal import XML

/// Reads the applications of an ACES file: 3.x, 4.x, and 5.x as far as it only gives other names.
///
/// Each `App` gives one record: a fitment to add or to delete, whose SKU is the text of `Part`, or a refusal that names its
/// line, element and reason. Everything of an App is in its fitment, names that stand beside ids too; what the fitment has
/// no field for refuses the App. `Asset`, `DigitalAsset` and what else the header has give no record, so that the number of
/// records is to be that of the footer, ``declaredCount``.
///
/// A file that is no XML, or has no header, kind, version or footer that tells how to take it, is a fault with one of the
/// codes of ``CatalogFileFault/XMLCode``. The records before a fault are given all the same, in the same order however the
/// file comes.
///
/// Memory is bounded: besides the piece that was appended, some 150 KiB of events, 2 MiB of repeated texts, and the numbers
/// of the Apps, which are a few bytes where they count up. One task may use it at a time.
public final class ACESReader: CatalogFileReader {
    /// Bytes that are read at once, so that their events stay in the processor's cache.
    private static let sliceBytes = 1 << 16

    private let xml: XMLReader
    private var document: ACESDocument
    private var batch = XMLBatch()
    /// The next event of the batch.
    private var index = 0
    /// What was appended, and how much of it is read.
    private var piece: [UInt8] = []
    private var offset = 0
    /// Records of pieces that were not asked for when the next one came.
    private var waiting: ArraySlice<CatalogRecord> = []
    /// What ends the reading behind the batch's events.
    private var fault: CatalogFileFault?

    /// A reader of one file.
    ///
    /// - Throws: ``CatalogFileFault`` `out-of-memory`.
    public convenience init() throws(CatalogFileFault) {
        try self.init(numbers: ApplicationNumbers())
    }

    init(numbers: ApplicationNumbers) throws(CatalogFileFault) {
        do throws(XMLError) {
            self.xml = try XMLReader(names: ACESName.all, limits: XMLLimits(textBytes: ACESLimits.textBytes))
        } catch {
            throw CatalogFileFault(error)
        }
        self.document = ACESDocument(names: self.xml, numbers: numbers)
    }

    /// What the file says of itself, once its header has been read.
    public var header: CatalogFileHeader? { self.document.header }
    /// How many Apps the file's footer says that there are, once it has been read.
    public var declaredCount: Int64? { self.document.declaredCount }

    /// Takes the next bytes. What was not taken out yet by ``next()`` is kept.
    public func append(_ bytes: [UInt8]) throws(CatalogFileFault) {
        self.drain()
        (self.piece, self.offset) = (bytes, 0)
    }

    /// Says that there are no more bytes.
    public func complete() throws(CatalogFileFault) {
        self.drain()
        if self.fault == nil { self.readEnd() }
        self.drain()
        if let fault = self.fault { throw fault }
    }

    /// The next record.
    public func next() throws(CatalogFileFault) -> CatalogRecord? {
        if let record = self.waiting.popFirst() { return record }
        if let record = self.read() { return record }
        if let fault = self.fault { throw fault }
        return nil
    }

    private func drain() {
        while let record = self.read() { self.waiting.append(record) }
    }

    /// The next record of what was appended; nil where there is none, or a fault comes first.
    private func read() -> CatalogRecord? {
        while true {
            do throws(CatalogFileFault) {
                if let record = try self.document.next(in: self.batch, from: &self.index) { return record }
            } catch {
                // Nothing behind it is read: it is the first fault, even where the XML has one, too.
                (self.fault, self.batch, self.index) = (error, XMLBatch(), 0)
                return nil
            }
            guard self.fault == nil, self.offset < self.piece.count else { return nil }
            let end = min(self.piece.count, self.offset + Self.sliceBytes)
            self.index = 0
            let piece = self.piece
            do throws(XMLError) {
                try self.xml.read(piece.span.extracting(self.offset..<end), into: &self.batch)
            } catch {
                self.fault = CatalogFileFault(error)
            }
            self.offset = end
        }
    }

    private func readEnd() {
        self.index = 0
        do throws(XMLError) {
            try self.xml.complete(into: &self.batch)
        } catch {
            self.fault = CatalogFileFault(error)
            return
        }
        let line = Int64(self.batch.events.last?.line ?? 0)
        self.drain()
        guard self.fault == nil else { return }
        do throws(CatalogFileFault) {
            try self.document.complete(line: line)
        } catch {
            self.fault = error
        }
    }
}
