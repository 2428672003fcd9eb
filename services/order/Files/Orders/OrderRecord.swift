public import OrderMessages

/// An order of a file: a document of JSON, or rows of CSV.
public struct OrderRecord: Sendable {
    /// What a record says.
    public enum Content: Sendable {
        /// An order to take in, as `POST /v1/orders` takes it; whether it may be is not looked at yet.
        case order(PlaceOrderRequest)
        /// The record cannot be read as one.
        case refused(FailedOrder)
    }

    /// The line on which it begins, from 1 on.
    public var line: Int64
    /// What it says.
    public var content: Content

    /// A record at a line.
    public init(line: Int64, content: Content) {
        self.line = line
        self.content = content
    }
}

/// Reads the orders of a file that comes in pieces of any size, in bounded memory.
///
/// Pieces are appended, and after each one the records that are complete are taken, until there is none. A fault ends
/// the reading; records that were taken before it are of no use then, but for telling what is wrong with them.
public protocol OrderFileReader: Sendable {
    /// Takes the next bytes.
    mutating func append(_ bytes: [UInt8]) throws(OrderFileFault)
    /// Says that there are no more bytes. A file that is not whole is a fault.
    mutating func complete() throws(OrderFileFault)
    /// The next record that is complete; nil: more bytes are needed, or all is read.
    mutating func next() throws(OrderFileFault) -> OrderRecord?
}

/// Writes a file of orders piece by piece: what is taken out was never in memory as a whole.
public protocol OrderFileWriter: Sendable {
    /// Adds an order.
    ///
    /// - Throws: ``OrderFileFault`` where it is too large to be written.
    mutating func append(_ order: Order) throws(OrderFileFault)
    /// Takes out what is written so far.
    mutating func take() -> [UInt8]
}

/// Which reader reads a file of orders, and which writer writes one.
public enum OrderFileFormats {
    /// A reader for the file of an import.
    ///
    /// - Throws: ``OrderFileFault`` of the code "invalid-option" where the options cannot be followed.
    public static func reader(
        for options: OrderImportOptions, _ json: OrderJSON
    ) throws(OrderFileFault) -> any OrderFileReader {
        switch options.format {
        case .jsonLines: OrderJSONReader(json, OrderDefaults(options))
        case .csv: OrderCSVReader(json, try OrderTableOptions(options, json.columns), OrderDefaults(options))
        case .unspecified, .unrecognized: throw self.unknown
        }
    }

    /// A writer for the file of an export.
    ///
    /// - Parameter isResumed: The file has been begun.
    public static func writer(
        for options: OrderExportOptions, _ json: OrderJSON, isResumed: Bool = false
    ) throws(OrderFileFault) -> any OrderFileWriter {
        switch options.format {
        case .jsonLines: OrderJSONWriter(json)
        case .csv: OrderCSVWriter(json, isResumed: isResumed)
        case .unspecified, .unrecognized: throw self.unknown
        }
    }

    private static let unknown = OrderFileFault.invalidOption("the format is not known; expected JSON lines or CSV")
}

/// What orders of a file are that do not say it.
struct OrderDefaults: Sendable {
    private let platform: String
    private let connection: String
    private let currency: String

    init(_ options: OrderImportOptions) {
        self.platform = options.platform
        self.connection = options.connection
        self.currency = options.currency
    }

    /// An order with what it does not say. A connection is that of the options only where the platform is, too: another
    /// platform has another account.
    func complete(_ order: inout PlaceOrderRequest) {
        let isOfPlatform = order.platform.isEmpty || self.platform.isEmpty || order.platform == self.platform
        if order.platform.isEmpty { order.platform = self.platform }
        if order.connection.isEmpty, isOfPlatform { order.connection = self.connection }
        if order.currency.isEmpty { order.currency = self.currency }
    }
}

/// Why a record cannot be read.
struct OrderRecordFault: Error, Hashable, Sendable {
    /// So many fields at fault are named in one message; more are counted.
    static let maximumFields = 16
    /// The longest order id that is shown, in bytes.
    static let maximumShownBytes = 128

    /// As in JSON, or the column; empty: the record as a whole.
    var field: String
    /// What is wrong with it and what would be valid.
    var message: String

    /// The refusal of the record at a line.
    func record(line: Int64, orderID: String) -> OrderRecord {
        let shown = String(decoding: orderID.utf8.prefix(Self.maximumShownBytes), as: UTF8.self)
        return OrderRecord(
            line: line,
            content: .refused(
                FailedOrder(
                    line: line, orderID: shown, reason: .recordInvalid, field: self.field, message: self.message)))
    }
}
