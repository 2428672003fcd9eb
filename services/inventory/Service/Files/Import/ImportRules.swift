internal import InventoryDomain
internal import InventoryMessages
internal import RPC
internal import ServiceKit

/// How a file is to be read, from the options of its import; checked.
struct ImportRules: Sendable {
    /// What a column of the file is.
    enum Meaning: Hashable, Sendable {
        case column(StockColumn)
        case passedOver
    }

    /// The most columns that can be mapped, as the proto says.
    static let maximumColumns = 256

    let isJSON: Bool
    /// Between the fields of a row.
    let delimiter: UInt8
    /// What columns are whose names are not ours.
    let mapped: [String: Meaning]
    let ignoresOtherColumns: Bool
    /// The location of rows that name none.
    let location: LocationID?
    let isDryRun: Bool
    let source: InventoryDomain.Source
    let reference: String

    /// Checks options.
    ///
    /// - Throws: ``RPCError`` that names the option at fault.
    init(_ options: ImportOptions) throws(RPCError) {
        switch options.format {
        case .csv: self.isJSON = false
        case .json: self.isJSON = true
        default: throw RPCError(field: "options.format", "is not known", expected: "csv or json")
        }
        self.delimiter = try FileDelimiter.byte(options.delimiter)
        let isForCSV = options.delimiter != .unspecified || !options.columns.isEmpty || !options.locationID.isEmpty
        guard !self.isJSON || !isForCSV && !options.ignoreOtherColumns else {
            throw RPCError(
                field: "options.format", "is JSON, which has no delimiter, columns or location of all rows",
                expected: "csv, or none of these options")
        }
        self.mapped = try Self.mapped(options.columns)
        self.ignoresOtherColumns = options.ignoreOtherColumns
        self.location =
            options.locationID.isEmpty ? nil : try LocationID.of(options.locationID, field: "options.locationId")
        self.isDryRun = options.dryRun
        let source = options.context?.source ?? .unspecified
        guard source == .unspecified || InventoryDomain.Source(message: source) != nil else {
            throw RPCError(
                field: "options.context.source", "has the unknown number \(source.rawValue)",
                expected: "one of those in the API's description")
        }
        self.source = InventoryDomain.Source(message: source) ?? .user
        self.reference = options.context?.reference ?? ""
        guard self.reference.utf8.count <= InventoryLimits.maximumIDBytes else {
            throw RPCError(
                field: "options.context.reference", "has \(self.reference.utf8.count) bytes",
                expected: "at most \(InventoryLimits.maximumIDBytes) bytes")
        }
    }

    private static func mapped(_ columns: [ColumnMapping]) throws(RPCError) -> [String: Meaning] {
        guard columns.count <= Self.maximumColumns else {
            throw RPCError(
                field: "options.columns", "has \(columns.count) columns", expected: "at most \(Self.maximumColumns)")
        }
        var mapped: [String: Meaning] = [:]
        for (number, mapping) in columns.enumerated() {
            let field = "options.columns[\(number)]"
            guard !mapping.fileColumn.isEmpty, mapped[mapping.fileColumn] == nil else {
                throw RPCError(
                    field: "\(field).fileColumn", mapping.fileColumn.isEmpty ? "is empty" : "stands twice",
                    expected: "each column of the file once")
            }
            mapped[mapping.fileColumn] = try Self.meaning(mapping.column, field: "\(field).column")
        }
        return mapped
    }

    private static func meaning(_ name: String, field: String) throws(RPCError) -> Meaning {
        guard !name.isEmpty else { return .passedOver }
        guard let column = StockColumn(rawValue: name), column.isImported else {
            let nearest = EditDistance.nearest(to: String(name.prefix(64)), among: StockColumn.imported)
            throw RPCError(
                field: field, "is no column that is imported: \(name.debugDescription)",
                expected: nearest.map { "perhaps \($0)" }
                    ?? "one of \(StockColumn.imported.joined(separator: ", ")), or nothing")
        }
        return .column(column)
    }
}

/// What stands between fields.
enum FileDelimiter {
    /// The delimiter that an option names.
    static func byte(_ delimiter: Delimiter) throws(RPCError) -> UInt8 {
        switch delimiter {
        case .unspecified, .comma: UInt8(ascii: ",")
        case .semicolon: UInt8(ascii: ";")
        case .tab: UInt8(ascii: "\t")
        case .unrecognized(let number):
            throw RPCError(
                field: "options.delimiter", "has the unknown number \(number)", expected: "comma, semicolon or tab")
        }
    }
}
