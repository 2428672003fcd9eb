public import CatalogMessages

/// A record of a catalog file, as the file has it: an application of ACES, an item of PIES, a row of CSV, a value of JSON.
public struct CatalogRecord: Equatable, Sendable {
    /// What a record says.
    public enum Content: Equatable, Sendable {
        /// A part fits a vehicle, or does not any more. The fitment names the part.
        case fitment(Fitment, FileAction)
        /// A product. Only the named fields are said: the others stay as they are. A field is named as in JSON; a path
        /// such as "attributes.material" names one entry of a map. Nil: the product is said whole.
        case product(Product, FileAction, fields: [String]?)
        /// The record cannot be taken.
        case refused(FailedRecord)
        /// The catalog does not keep what it says, such as a price. It is not counted among those of which the file says how
        /// many it has.
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

/// What is to become of what a record names.
public enum FileAction: Equatable, Sendable {
    case add
    case change
    case delete
}

/// What a file says of itself as a whole.
public struct CatalogFileHeader: Equatable, Sendable {
    /// Whether the file has everything of its document; nil where it does not say.
    public var mode: SubmissionMode?
    /// What a full file replaces, such as an ACES file's title; empty where it does not say.
    public var document: String
    /// The file is a test by its own word: nothing of it is to be kept.
    public var isTest: Bool

    /// What a file says of itself; nothing where nothing is given.
    public init(mode: SubmissionMode? = nil, document: String = "", isTest: Bool = false) {
        self.mode = mode
        self.document = document
        self.isTest = isTest
    }
}

/// Why a file cannot be read any further: nothing of it may be kept.
public struct CatalogFileFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// For programs: lower case with hyphens, such as "malformed-xml" or "record-count".
    public var code: String
    /// The line at which it showed; 0: none.
    public var line: Int64
    /// What is wrong, and what would be right.
    public var message: String

    /// A fault at a line.
    public init(code: String, line: Int64, message: String) {
        self.code = code
        self.line = line
        self.message = message
    }

    /// Code, line and message.
    public var description: String {
        self.line > 0 ? "\(self.code) in line \(self.line): \(self.message)" : "\(self.code): \(self.message)"
    }
}

/// Reads the records of a file that comes in pieces of any size, in bounded memory.
///
/// Pieces are appended, and after each one the records that are complete are taken, until there is none. A fault ends the
/// reading; records that were taken before it are of no use then, but for telling what is wrong with them.
public protocol CatalogFileReader {
    /// What the file says of itself, once it has.
    var header: CatalogFileHeader? { get }
    /// How many records the file itself says that it has, those that are passed over not counted, once it has; nil for
    /// formats that do not.
    ///
    /// To be compared with how many ``next()`` gave, refused ones among them, but not those passed over: what a format's
    /// own count leaves out gives no record or such a one.
    var declaredCount: Int64? { get }

    /// Takes the next bytes.
    mutating func append(_ bytes: [UInt8]) throws(CatalogFileFault)
    /// Says that there are no more bytes. A file that is not whole is a fault.
    mutating func complete() throws(CatalogFileFault)
    /// The next record that is complete; nil: more bytes are needed, or all is read.
    mutating func next() throws(CatalogFileFault) -> CatalogRecord?
}

/// Writes a file piece by piece: what is taken out was never in memory as a whole.
public protocol CatalogFileWriter {
    /// Adds a product, or says that the format cannot carry it.
    ///
    /// - Returns: Why it is left out; nil: it is not.
    mutating func append(_ product: Product) -> String?
    /// Adds a fitment, or says that the format cannot carry it.
    mutating func append(_ fitment: Fitment) -> String?
    /// Adds what ends the file.
    mutating func complete()
    /// Takes out what is written so far.
    mutating func take() -> [UInt8]
}
