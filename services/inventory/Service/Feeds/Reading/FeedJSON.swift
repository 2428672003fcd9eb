internal import FileFormats
internal import InventoryDomain

/// A partner's file of JSON: a list of objects, alone or as a member of an object.
struct FeedJSONList: FeedText {
    private var reader: JSONListReader
    private var element = JSONElement()
    private var rows: FeedObjectRows

    /// - Parameter list: The name of the list in the object; nil: the file is the list.
    init(_ list: String?, _ objects: FeedObjects) {
        self.reader = JSONListReader(member: list)
        self.rows = FeedObjectRows(objects)
    }

    mutating func append(_ bytes: [UInt8]) { self.reader.buffer.append(bytes) }

    mutating func complete() { self.reader.buffer.complete() }

    mutating func next() throws(FeedFault) -> (number: Int64, row: FeedText.Row)? {
        while true {
            if let row = self.rows.next() { return row }
            do throws(RowFault) {
                guard case .record = try self.reader.next(into: &self.element) else { return nil }
            } catch {
                throw FeedFault(error)
            }
            if self.element.isTooLong {
                self.rows.fail(FeedObjectRows.tooLong, number: self.element.number)
            } else {
                self.rows.take(self.element.text[...], number: self.element.number)
            }
        }
    }

    func checkComplete() {}
}

/// A partner's file of JSON Lines: an object in each line.
struct FeedJSONLines: FeedText {
    private var buffer = FileBuffer(offset: 0, line: 1)
    private var rows: FeedObjectRows
    /// Whether the line at the position is too long, and its beginning was dropped.
    private var isTooLong = false

    init(_ objects: FeedObjects) { self.rows = FeedObjectRows(objects) }

    mutating func append(_ bytes: [UInt8]) { self.buffer.append(bytes) }

    mutating func complete() { self.buffer.complete() }

    mutating func next() throws(FeedFault) -> (number: Int64, row: FeedText.Row)? {
        while true {
            if let row = self.rows.next() { return row }
            let line = self.buffer.line
            guard let text = self.nextLine() else { return nil }
            let isCutOff = line == self.buffer.line
            if isCutOff, !self.isTooLong, (try? JSONValue(text)) == nil, !Self.isBlank(text) {
                // More than the rest of the line may be missing.
                throw FeedFault("json-incomplete", "the file ends in the middle of line \(line)")
            }
            if self.isTooLong {
                self.rows.fail(FeedObjectRows.tooLong, number: line)
            } else if !Self.isBlank(text) {
                self.rows.take(text, number: line)
            }
            self.isTooLong = false
        }
    }

    func checkComplete() {}

    /// The next line without its end; nil: it is not complete.
    private mutating func nextLine() -> ArraySlice<UInt8>? {
        let rest = self.buffer.bytes[self.buffer.position...]
        let end = rest.firstIndex(of: UInt8(ascii: "\n"))
        if (end ?? rest.endIndex) - rest.startIndex > JSONReader.maximumDocumentBytes { self.isTooLong = true }
        if let end {
            self.buffer.move(to: end + 1, lines: 1)
            return self.isTooLong ? [] : rest[..<end]
        }
        if self.isTooLong || self.buffer.isComplete { self.buffer.move(to: rest.endIndex, lines: 0) }
        guard self.buffer.isComplete, !rest.isEmpty || self.isTooLong else { return nil }
        return self.isTooLong ? [] : rest
    }

    private static func isBlank(_ text: ArraySlice<UInt8>) -> Bool {
        text.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    }
}

/// The rows of objects, one object after the other: of a stock document several.
struct FeedObjectRows {
    private let objects: FeedObjects
    private var waiting: [FeedText.Row] = []
    private var first: Int64 = 0
    private var given = 0
    /// The rows of all stock documents so far: their places are those of their levels.
    private var count: Int64 = 0

    init(_ objects: FeedObjects) { self.objects = objects }

    static let tooLong = InvalidValue(
        "object", "has more than \(JSONReader.maximumDocumentBytes) bytes", expected: "fewer")

    /// Takes the next object.
    ///
    /// - Parameter number: Its place in the file.
    mutating func take(_ text: ArraySlice<UInt8>, number: Int64) { self.begin(self.objects.rows(text), number: number) }

    /// Takes an object that cannot be read.
    mutating func fail(_ fault: InvalidValue, number: Int64) { self.begin([.failure(fault)], number: number) }

    private mutating func begin(_ rows: [FeedText.Row], number: Int64) {
        self.waiting = rows
        self.given = 0
        if case .documents = self.objects { self.first = self.count + 1 } else { self.first = number }
        self.count += Int64(rows.count)
    }

    /// The next row with its place.
    mutating func next() -> (number: Int64, row: FeedText.Row)? {
        guard self.given < self.waiting.count else { return nil }
        defer { self.given += 1 }
        return (self.first + Int64(self.given), self.waiting[self.given])
    }
}
