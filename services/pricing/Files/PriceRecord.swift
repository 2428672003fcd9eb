public import Money
public import PricingDomain
public import PricingMessages

/// What is to become of the price that a record names.
public enum PriceAction: Hashable, Sendable {
    /// It is put, in place of one that has its list, SKU, quantity and beginning.
    case put
    /// It is removed.
    case remove
}

/// A price as a file has it.
public struct FilePrice: Hashable, Sendable {
    /// Whose price it is: 1 to 64 bytes.
    public var sku: String
    /// The list that it is for; whether there is such a list is not looked at.
    public var listID: String
    /// From 1 to 1,000,000,000.
    public var minimumQuantity: Int64
    /// When it counts; of one that is removed the beginning names it.
    public var period: Period
    /// In the list's currency; of one that is removed zero.
    public var amount: Amount
    /// The currency that the file says it is in; empty: it does not say.
    public var currency: String
    /// What is to become of it.
    public var action: PriceAction

    /// A price with all that it consists of.
    public init(
        sku: String, listID: String, minimumQuantity: Int64 = 1, period: Period = .always, amount: Amount,
        currency: String = "", action: PriceAction = .put
    ) {
        self.sku = sku
        self.listID = listID
        self.minimumQuantity = minimumQuantity
        self.period = period
        self.amount = amount
        self.currency = currency
        self.action = action
    }
}

/// A record of a file of prices: a row of CSV, a Pricing of PIES.
public struct PriceRecord: Equatable, Sendable {
    /// What a record says.
    public enum Content: Equatable, Sendable {
        /// A price to put or to remove.
        case price(FilePrice)
        /// The record cannot be taken.
        case refused(FailedPrice)
        /// No list takes it.
        case passedOver
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

/// What a file says of itself as a whole.
public struct PriceFileHeader: Hashable, Sendable {
    /// The file is a test by its own word: nothing of it is to be kept.
    public var isTest: Bool

    /// What a file says of itself.
    public init(isTest: Bool = false) { self.isTest = isTest }
}

/// Why a file cannot be read any further, or cannot be written: nothing of it may be kept.
public struct PriceFileFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// For programs: lower case with hyphens, such as "malformed-xml" or "record-count".
    public var code: String
    /// The line at which it showed; 0: none.
    public var line: Int64
    /// What is wrong, and what would be right.
    public var message: String

    /// A fault at a line.
    public init(code: String, line: Int64 = 0, message: String) {
        self.code = code
        self.line = line
        self.message = message
    }

    /// Code, line and message.
    public var description: String {
        self.line > 0 ? "\(self.code) in line \(self.line): \(self.message)" : "\(self.code): \(self.message)"
    }
}

/// Reads the prices of a file that comes in pieces of any size, in bounded memory.
///
/// Pieces are appended, and after each one the records that are complete are taken, until there is none. A fault ends the
/// reading; records that were taken before it are of no use then, but for telling what is wrong with them.
public protocol PriceFileReader {
    /// What the file says of itself, once it has.
    var header: PriceFileHeader? { get }

    /// Takes the next bytes.
    mutating func append(_ bytes: [UInt8]) throws(PriceFileFault)
    /// Says that there are no more bytes. A file that is not whole is a fault.
    mutating func complete() throws(PriceFileFault)
    /// The next record that is complete; nil: more bytes are needed, or all is read.
    mutating func next() throws(PriceFileFault) -> PriceRecord?
}

/// Why a record cannot be taken.
struct RecordFault: Error, Hashable, Sendable {
    /// The longest names that are shown, in bytes.
    private static let shownBytes = 64

    var reason: RefusalReason
    /// As in JSON, or the element of PIES; empty: the record as a whole.
    var field: String
    /// What is wrong with it and what would be valid.
    var message: String

    init(_ reason: RefusalReason = .invalidValue, field: String, _ problem: String, expected: String) {
        self.reason = reason
        self.field = field
        self.message = "\(field.isEmpty ? "the row" : field) \(problem); expected \(expected)"
    }

    init(_ refusal: PricingRefusal) {
        self.reason = refusal.reason
        self.field = refusal.faults.first?.field ?? ""
        self.message = refusal.description
    }

    /// The refusal of the record at a line.
    func record(line: Int64, sku: String, listID: String) -> PriceRecord {
        PriceRecord(
            line: line,
            content: .refused(
                FailedPrice(
                    line: line, sku: Self.shown(sku), listID: Self.shown(listID), reason: self.reason,
                    field: self.field, message: self.message)))
    }

    private static func shown(_ name: String) -> String {
        name.utf8.count <= Self.shownBytes ? name : String(decoding: name.utf8.prefix(Self.shownBytes), as: UTF8.self)
    }
}
