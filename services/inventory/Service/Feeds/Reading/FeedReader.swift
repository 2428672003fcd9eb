internal import Crypto
internal import FileFormats
internal import Gzip
internal import InventoryDomain

/// Reads a partner's file row by row, in bounded memory: a pure machine that is given the file in pieces.
struct FeedReader {
    /// A row that says something, with its place in the file, which no other row has.
    struct Row: Sendable {
        let number: Int64
        let line: FeedLine
    }

    /// What was read so far.
    private(set) var content = FeedContent()
    /// Rows that cannot be told what they are about.
    private(set) var unreadable: Int64 = 0
    private let limits: FeedLimits
    private var unpacking: FileUnpacking
    private var text: any FeedText
    private var digest = SHA256()
    /// The first bytes of the content, until there are enough of them to tell a byte order mark.
    private var head: [UInt8]? = []
    /// Whether the file has no more bytes.
    private var isComplete = false

    /// A file from its beginning on.
    ///
    /// - Parameter isGzip: Whether it must be, as its name or sender says so; else how it begins says it.
    init(_ definition: FeedDefinition, limits: FeedLimits, isGzip: Bool = false) throws(FeedFault) {
        self.limits = limits
        do throws(GzipError) { self.unpacking = try FileUnpacking(limits.unpacking, isGzip: isGzip) } catch {
            throw FeedFault(error)
        }
        switch definition.form {
        case .csv(let delimiter): self.text = FeedCSV(definition.mapping, delimiter: delimiter)
        case .json(let list, let objects): self.text = FeedJSONList(list, objects)
        case .jsonLines(let objects): self.text = FeedJSONLines(objects)
        }
    }

    /// Takes the next bytes; ``next()`` gives the rows.
    ///
    /// - Throws: ``FeedFault`` where there are too many.
    mutating func append(_ bytes: [UInt8]) throws(FeedFault) {
        self.content.bytes += Int64(bytes.count)
        guard self.content.bytes <= self.limits.fileBytes else {
            throw FeedFault("file-too-large", "the file has more than \(self.limits.fileBytes) bytes")
        }
        try self.unpack { (unpacking) throws(GzipError) in try unpacking.append(bytes) }
    }

    /// Notes that the file has ended; ``next()`` gives the last rows.
    ///
    /// - Throws: ``FeedFault`` where a compressed file is not complete.
    mutating func complete() throws(FeedFault) {
        try self.unpack { (unpacking) throws(GzipError) in try unpacking.complete() }
        self.isComplete = true
    }

    /// The next rows, perhaps none; nil: more of the file is needed first. So the memory is bounded, however many rows
    /// a few compressed bytes stand for.
    ///
    /// - Throws: ``FeedFault`` where the file as a whole cannot be read, or is not complete.
    mutating func next() throws(FeedFault) -> [Row]? {
        if let piece = try self.unpack({ (unpacking) throws(GzipError) in try unpacking.next() }) {
            self.digest.update(data: piece)
            self.take(piece)
            return try self.rows()
        }
        guard self.isComplete, self.content.digest == nil else { return nil }
        if let head = self.head { self.pass(head) }
        self.text.complete()
        let rows = try self.rows()
        try self.text.checkComplete()
        self.content.digest = Array(self.digest.finalize())
        return rows
    }

    /// Notes a row that came to nothing.
    mutating func note(_ fault: String, row: Int64) { self.content.note(fault, row: row) }

    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private mutating func take(_ piece: [UInt8]) {
        guard let head = self.head else { return self.text.append(piece) }
        let start = head + piece
        guard start.count < Self.mark.count else { return self.pass(start) }
        self.head = start
    }

    private mutating func unpack<Result>(
        _ body: (inout FileUnpacking) throws(GzipError) -> Result
    ) throws(FeedFault) -> Result {
        do throws(GzipError) { return try body(&self.unpacking) } catch { throw FeedFault(error) }
    }

    private mutating func pass(_ start: [UInt8]) {
        self.head = nil
        self.text.append(start.starts(with: Self.mark) ? Array(start.dropFirst(Self.mark.count)) : start)
    }

    private mutating func rows() throws(FeedFault) -> [Row] {
        var rows: [Row] = []
        while let (number, row) = try self.text.next() {
            self.content.rows += 1
            guard self.content.rows <= self.limits.fileRows else {
                throw FeedFault("too-many-rows", "the file has more than \(self.limits.fileRows) rows")
            }
            switch row {
            case .success(let line):
                if let fault = line.fault {
                    self.note("\(line.sku): \(fault); what was said of it before stays", row: number)
                }
                rows.append(Row(number: number, line: line))
            case .failure(let fault):
                self.unreadable += 1
                self.note("\(fault)", row: number)
            }
        }
        return rows
    }
}

/// The text of a partner's file in one of the forms that it may have, read row by row: a pure machine.
protocol FeedText {
    /// A row: what it says, or why one cannot tell what it is about.
    typealias Row = Result<FeedLine, InvalidValue>

    /// Takes the next bytes.
    mutating func append(_ bytes: [UInt8])

    /// Notes that the file has ended.
    mutating func complete()

    /// The next row with its place in the file, which no other row has; nil: there is none as yet.
    ///
    /// - Throws: ``FeedFault`` where the file as a whole cannot be read.
    mutating func next() throws(FeedFault) -> (number: Int64, row: Row)?

    /// Sees whether a file that has ended is complete; behind all its rows.
    func checkComplete() throws(FeedFault)
}

extension FeedFault {
    /// A compressed file that cannot be decompressed.
    init(_ error: GzipError) { self.init(error.code.description, error.description) }

    /// JSON that is none.
    init(_ fault: RowFault) { self.init(fault.reason, "\(fault.message); expected \(fault.expected)") }
}
