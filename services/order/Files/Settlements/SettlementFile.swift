public import OrderDomain
public import OrderMessages

/// What a settlement's file says of the whole.
public struct SettlementHeader: Hashable, Sendable {
    /// The channel's own number of it; empty: not said.
    public var reference = ""
    /// A code of ISO 4217; empty: not said yet.
    public var currency = ""
    /// In microseconds since 1970; nil: not said.
    public var from: Int64?
    /// In microseconds since 1970; nil: not said.
    public var to: Int64?
    /// What was paid out, in micros; nil: not said.
    public var statedTotal: Int64?

    /// What is said by nobody yet.
    public init() {}
}

/// What a row of a settlement's file says.
public struct SettlementRow: Hashable, Sendable {
    /// The line, from 1 on.
    public var line: Int64
    /// Its amounts; none: it says something of the whole.
    public var entries: [SettlementEntry] = []
    /// Why it cannot be read; then it has no amounts.
    public var failure: FailedSettlementRow?
}

/// A row of a settlement's file that cannot be read.
public struct FailedSettlementRow: Error, Hashable, Sendable {
    /// The line, from 1 on.
    public var line: Int64
    /// The channel's id of the order, as far as it can be told.
    public var orderID: String
    /// What is wrong, value by value: the column, the reason, and what would be valid.
    public var faults: [Fault]

    /// One value that is not what it may be.
    public struct Fault: Error, Hashable, Sendable {
        /// The column; empty: the row as a whole.
        public var field: String
        /// What is wrong with it and what would be valid.
        public var message: String

        init(_ field: String, _ problem: String, expected: String) {
            self.field = field
            self.message = "\(field.isEmpty ? "the row" : field) \(problem); expected \(expected)"
        }
    }

    /// All of it, for people.
    public var message: String { self.faults.map(\.message).joined(separator: ". ") }
}

/// Reads the amounts of a settlement's file that comes in pieces of any size, in bounded memory.
public protocol SettlementFileReader: Sendable {
    /// What the file says of the whole, as far as it was read.
    var header: SettlementHeader { get }

    /// Takes the next bytes.
    mutating func append(_ bytes: [UInt8]) throws(OrderFileFault)
    /// Says that there are no more bytes.
    mutating func complete() throws(OrderFileFault)
    /// The next row that is complete; nil: more bytes are needed, or all is read.
    mutating func next() throws(OrderFileFault) -> SettlementRow?
}

/// Which reader reads a settlement's file.
public enum SettlementFormats {
    /// A reader by the options of a settlement.
    ///
    /// - Throws: ``OrderFileFault`` of the code "invalid-option" where they cannot be followed.
    public static func reader(for options: SettlementOptions) throws(OrderFileFault) -> any SettlementFileReader {
        switch options.format {
        case .csv: SettlementCSVReader(try SettlementTableOptions(options))
        case .amazonV2: AmazonSettlementReader(options, try SettlementWords(options.words))
        case .unspecified, .unrecognized:
            throw .invalidOption("the format is not known; expected CSV or AMAZON_V2")
        }
    }
}

/// What a file's words for kinds of amounts mean.
struct SettlementWords: Sendable {
    private let kinds: [String: SettlementAmountKind]

    /// - Throws: ``OrderFileFault`` of the code "invalid-option" where a word means two things, or no known kind.
    init(_ words: [SettlementWord]) throws(OrderFileFault) {
        var kinds: [String: SettlementAmountKind] = [:]
        for word in words {
            let shown = OrderFileFault.shown(word.word)
            guard Self.byName.values.contains(word.kind) else {
                throw .invalidOption("the word \(shown) has no known kind; expected one of \(Self.names)")
            }
            guard kinds.updateValue(word.kind, forKey: word.word) == nil else {
                throw .invalidOption("the word \(shown) is explained twice; once is valid")
            }
        }
        self.kinds = kinds
    }

    /// What a word means by the options; nil: they do not say.
    subscript(word: String) -> SettlementAmountKind? { self.kinds[word] }

    /// What a word means by the options, or by its own name: "fee".
    func kind(_ word: String) -> SettlementAmountKind? { self.kinds[word] ?? Self.byName[word.lowercased()] }

    /// The kinds by their names in JSON.
    static let byName: [String: SettlementAmountKind] = [
        "principal": .principal, "shipping": .shipping, "tax": .tax, "promotion": .promotion, "fee": .fee,
        "refund": .refund, "core": .core, "other": .other,
    ]

    static let names = "principal, shipping, tax, promotion, fee, refund, core, other"
}
