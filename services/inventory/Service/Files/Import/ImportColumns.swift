internal import FileFormats
internal import InventoryDomain
internal import Jobs
internal import ServiceKit

/// What the columns of a CSV file are, from its first row; and what a row says by them.
struct ImportColumns: Sendable {
    private var columns: [(index: Int, column: StockColumn)] = []
    private let count: Int
    private let location: LocationID?

    /// Reads the row of names.
    ///
    /// - Throws: `JobFailure` that names the column at fault: no row could be read without.
    init(_ header: CSVRecord, _ rules: ImportRules) throws(JobFailure) {
        self.count = header.count
        self.location = rules.location
        if let fault = header.fault {
            throw JobFailure(
                code: "unreadable-header",
                message: "line \(header.line), the row of column names: \(fault.message); expected \(fault.expected)")
        }
        var seen: Set<String> = []
        var known: Set<StockColumn> = []
        for index in 0..<header.count {
            guard let name = String(validating: header[index], as: UTF8.self) else { throw Self.notUTF8 }
            seen.insert(name)
            guard let column = try Self.column(name, number: index + 1, rules), column.isImported else { continue }
            guard known.insert(column).inserted else {
                throw JobFailure(
                    code: "duplicate-column",
                    message: "column \(index + 1), \(Self.shown(name)), is a second \(column.rawValue); one is valid")
            }
            self.columns.append((index: index, column: column))
        }
        for name in rules.mapped.keys.sorted() where !seen.contains(name) {
            let nearest = EditDistance.nearest(to: String(name.prefix(64)), among: seen.sorted().lazy.map { $0 })
            throw JobFailure(
                code: "missing-column",
                message: "the file has no column \(Self.shown(name)), which is mapped"
                    + (nearest.map { "; perhaps it is \(Self.shown($0))" } ?? ""))
        }
        try self.checkIsComplete(known)
    }

    private func checkIsComplete(_ known: Set<StockColumn>) throws(JobFailure) {
        guard known.contains(.sku) else { throw Self.missing("sku", seen: known) }
        let hasStock = known.contains(.stockAvailable) || known.contains(.onHand)
        guard !hasStock || known.contains(.locationID) || self.location != nil else {
            throw Self.missing("locationId", seen: known)
        }
        guard known.count > (known.contains(.locationID) ? 2 : 1) else {
            throw Self.missing("stockAvailable, onHand or a setting", seen: known)
        }
    }

    private static func column(
        _ name: String, number: Int, _ rules: ImportRules
    ) throws(JobFailure) -> StockColumn? {
        switch rules.mapped[name] {
        case .column(let column): return column
        case .passedOver: return nil
        case nil: break
        }
        if let column = StockColumn(rawValue: name) { return column }
        guard !rules.ignoresOtherColumns else { return nil }
        let nearest = EditDistance.nearest(to: String(name.prefix(64)), among: StockColumn.imported)
        throw JobFailure(
            code: "unknown-column",
            message: "column \(number), \(Self.shown(name)), is none that is imported; "
                + (nearest.map { "perhaps \($0) is meant" }
                    ?? "map it to one of \(StockColumn.imported.joined(separator: ", ")), or pass over other columns"))
    }

    private static func missing(_ what: String, seen: Set<StockColumn>) -> JobFailure {
        JobFailure(
            code: "missing-column",
            message: "the file's first row names no column \(what); it is the row of column names, of which "
                + (seen.isEmpty
                    ? "none is known" : "\(seen.map(\.rawValue).sorted().joined(separator: ", ")) are known"))
    }

    private static func shown(_ name: String) -> String { String(name.prefix(64)).debugDescription }

    static let notUTF8 = JobFailure(
        code: "not-utf8", message: "the file's first row is not UTF-8; save the file as UTF-8, with or without its mark"
    )

    /// What a record asks for.
    func row(_ record: CSVRecord) throws(RowFault) -> ImportRow {
        if let fault = record.fault { throw fault }
        guard record.count == self.count else {
            throw .malformed(
                "the row has \(record.count) fields", expected: "\(self.count), as many as there are column names")
        }
        var cells = Cells()
        for (index, column) in self.columns {
            let bytes = record[index]
            if !bytes.isEmpty { try cells.set(column, bytes) }
        }
        return try cells.row(record.line, self.location)
    }

    /// The key of a record that cannot be read otherwise: its SKU and location as they stand there.
    func key(_ record: CSVRecord) -> (sku: String, location: String) {
        guard record.fault == nil else { return ("", "") }
        func text(_ column: StockColumn) -> String {
            guard let found = self.columns.first(where: { $0.column == column }), found.index < record.count else {
                return ""
            }
            return String(decoding: record[found.index].prefix(InventoryLimits.maximumNameBytes), as: UTF8.self)
        }
        return (text(.sku), text(.locationID))
    }
}

/// The cells of a row that are not empty.
private struct Cells {
    private var sku: SKU?
    private var location: LocationID?
    private var stockAvailable: UnitCount?
    private var onHand: UnitCount?
    private var expectedVersion = VersionExpectation.any
    private var settings = ImportRow.Settings()

    mutating func set(_ column: StockColumn, _ bytes: ArraySlice<UInt8>) throws(RowFault) {
        let field = column.rawValue
        switch column {
        case .sku:
            let text = try ImportCells.text(bytes, field)
            self.sku = try ImportCells.naming(field) { () throws(InvalidValue) in try SKU(text) }
        case .locationID:
            let text = try ImportCells.text(bytes, field)
            self.location = try ImportCells.naming(field) { () throws(InvalidValue) in try LocationID(text) }
        case .stockAvailable: self.stockAvailable = try ImportCells.units(bytes, field)
        case .onHand: self.onHand = try ImportCells.units(bytes, field)
        case .dropShip: self.settings.isDropShip = try ImportCells.flag(bytes, field)
        case .reorderThreshold: self.settings.reorderThreshold = try ImportCells.units(bytes, field)
        case .reorderQuantity: self.settings.reorderQuantity = try ImportCells.units(bytes, field)
        case .safetyBuffer: self.settings.safetyBuffer = try ImportCells.units(bytes, field)
        case .channelBuffers: self.settings.channelBuffers = try Self.buffers(bytes, field)
        case .expectedVersion: self.expectedVersion = try ImportCells.version(bytes, field)
        case .reserved, .incoming, .inTransit, .quarantined, .shortage, .version, .changedAt: break
        }
    }

    private static func buffers(_ bytes: ArraySlice<UInt8>, _ field: String) throws(RowFault) -> [ChannelBuffer] {
        let value: JSONValue
        do throws(JSONFault) { value = try JSONValue(bytes) } catch {
            throw .invalid(field, "is no JSON: \(error.reason)", expected: Self.expectedBuffers)
        }
        guard case .object(let members) = value else {
            throw .invalid(field, "is \(value.kind)", expected: Self.expectedBuffers)
        }
        var buffers: [ChannelBuffer] = []
        for member in members { buffers.append(try ImportDocumentFields.buffer(member.name, member.value, field)) }
        return buffers
    }

    private static let expectedBuffers = "an object of channels and units, such as {\"amazon\":5}"

    func row(_ line: Int64, _ otherwise: LocationID?) throws(RowFault) -> ImportRow {
        guard let sku else { throw .invalid("sku", "is empty", expected: "the brand's own part number") }
        var row = ImportRow(line: line, sku: sku, expectedVersion: self.expectedVersion, settings: self.settings)
        let target: StockTarget?
        switch (self.stockAvailable, self.onHand) {
        case (let units?, nil): target = .available(units)
        case (nil, let units?): target = .onHand(units)
        case (nil, nil): target = nil
        case (_?, _?):
            throw .invalid("stockAvailable", "stands beside onHand", expected: "one of stockAvailable and onHand")
        }
        switch (self.location ?? (target == nil ? nil : otherwise), target) {
        case (let location?, let target?): row.levels = [LevelUpdate(location: location, target: target)]
        case (_?, nil):
            throw .invalid("stockAvailable", "is empty", expected: "stockAvailable or onHand for the location")
        case (nil, _?): throw .invalid("locationId", "is empty", expected: "the location of the stock")
        case (nil, nil):
            guard row.settings != ImportRow.Settings() else {
                throw .malformed("the row says nothing of the SKU", expected: "stock at a location, or a setting")
            }
        }
        return row
    }
}
