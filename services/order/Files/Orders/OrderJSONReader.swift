internal import FileFormats
public import OrderMessages

/// Reads orders from JSON: documents that stand alone, in an array, or one behind the other, a line each or not.
public struct OrderJSONReader: OrderFileReader {
    private let json: OrderJSON
    private let defaults: OrderDefaults
    private var beginning = FileBeginning()
    private var reader: JSONReader
    private var document = JSONRecord()

    /// A reader of one file.
    init(_ json: OrderJSON, _ defaults: OrderDefaults) {
        self.json = json
        self.defaults = defaults
        self.reader = JSONReader(
            FileBuffer(offset: 0, line: 1), maximumDocumentBytes: OrderFileLimits.maximumRecordBytes)
    }

    /// Takes the next bytes.
    public mutating func append(_ bytes: [UInt8]) throws(OrderFileFault) {
        do throws(FileBeginning.Fault) {
            self.reader.buffer.append(try self.beginning.take(bytes))
        } catch {
            throw OrderFileFault(error)
        }
    }

    /// Says that there are no more bytes.
    public mutating func complete() throws(OrderFileFault) {
        do throws(FileBeginning.Fault) {
            self.reader.buffer.append(try self.beginning.complete())
        } catch {
            throw OrderFileFault(error)
        }
        self.reader.buffer.complete()
    }

    /// The next record; nil: more bytes are needed, or all is read.
    public mutating func next() throws(OrderFileFault) -> OrderRecord? {
        switch self.reader.next(into: &self.document) {
        case .needsMore: return nil
        case .end:
            guard self.reader.openLists == 0 else { throw Self.cutOff(line: self.reader.buffer.line) }
            return nil
        case .record: return try self.record()
        }
    }

    private static func cutOff(line: Int64) -> OrderFileFault {
        OrderFileFault(
            code: "file-cut-off", line: line,
            message: "the file ends within a document or list; send the whole file; nothing was taken in")
    }

    private func record() throws(OrderFileFault) -> OrderRecord {
        let line = self.document.line
        if let fault = self.document.fault {
            if self.document.isEndless, self.reader.buffer.isComplete, self.reader.buffer.count == 0 {
                throw Self.cutOff(line: line)
            }
            return OrderRecordFault(field: "", message: "\(fault.message); expected \(fault.expected)")
                .record(line: line, orderID: "")
        }
        do throws(OrderRecordFault) {
            var request = try self.json.request(self.document.text)
            self.defaults.complete(&request)
            return OrderRecord(line: line, content: .order(request))
        } catch {
            return error.record(line: line, orderID: self.orderID)
        }
    }

    /// What a document that cannot be taken calls itself.
    private var orderID: String {
        guard let value = JSONMembers(self.document.text[...])?["orderId"],
            case .string(let text)? = try? JSONValue(value)
        else { return "" }
        return text
    }
}

/// Writes orders as JSON lines: the document that `GET /v1/orders/{id}` answers on each.
public struct OrderJSONWriter: OrderFileWriter {
    private let json: OrderJSON
    private var bytes: [UInt8] = []

    /// A file.
    init(_ json: OrderJSON) { self.json = json }

    /// Adds a line.
    public mutating func append(_ order: Order) throws(OrderFileFault) {
        self.bytes += try self.json.document(order)
        self.bytes.append(UInt8(ascii: "\n"))
    }

    /// Takes out what is written so far.
    public mutating func take() -> [UInt8] {
        defer { self.bytes = [] }
        return self.bytes
    }
}
