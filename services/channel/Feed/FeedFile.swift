internal import ChannelAdapter
internal import FileFormats
internal import Money

/// Files that are sent: a row of names, and a row for each entry, as RFC 4180 has it.
enum FeedFile {
    static func stock(_ rows: [StockRow], _ settings: FeedSettings) -> [UInt8] {
        Self.table(["sku", "quantity"], settings, rows) { [$0.listing.feedSKU, "\($0.quantity)"] }
    }

    static func prices(_ rows: [PriceRow], _ settings: FeedSettings) -> [UInt8] {
        Self.table(["sku", "price", "currency"], settings, rows) { row in
            let digits = Currency(code: row.currency)?.minorUnitDigits ?? 2
            return [row.listing.feedSKU, Amount(micros: row.micros).text(decimalPlaces: digits), row.currency]
        }
    }

    /// One row for each listing; the columns are all targets in the order in which they first come.
    static func content(_ rows: [ContentRow], delimiter: UInt8) -> [UInt8] {
        var targets: [String] = []
        var known: Set<String> = []
        for row in rows {
            for value in row.values where known.insert(value.target).inserted { targets.append(value.target) }
        }
        var text = CSVText(delimiter: delimiter)
        text.row(["sku"] + targets)
        for row in rows {
            let values = Dictionary(row.values.map { ($0.target, $0.value) }) { first, _ in first }
            text.row([row.listing.feedSKU] + targets.map { values[$0] ?? "" })
        }
        return text.bytes
    }

    /// What is told of an order: a row for each line, or one where it is about all of it.
    static func task(_ task: OrderTaskCall, _ settings: FeedSettings) -> [UInt8] {
        let lines = task.lines.isEmpty ? [OrderTaskCall.Line(lineID: "", sku: "", quantity: 0)] : task.lines
        let columns = settings.taskColumns.isEmpty ? Self.columns(of: task.kind) : settings.taskColumns
        let digits = Currency(code: task.currency)?.minorUnitDigits ?? 2
        let amounts = task.kind == .refund ? Self.amounts(of: task, lines) : lines.map { _ in nil }
        return Self.table(columns, settings, Array(zip(lines, amounts))) { line, micros in
            let fields = [
                "orderId": task.orderID, "action": task.kind.rawValue, "line": line.lineID, "sku": line.sku,
                "quantity": line.quantity > 0 ? "\(line.quantity)" : "", "carrier": task.carrier,
                "trackingNumber": task.trackingNumber, "trackingUrl": task.trackingURL, "reason": task.reason,
                "amount": micros.map { Amount(micros: $0).text(decimalPlaces: digits) } ?? "",
                "currency": task.currency, "date": PlatformTime.text(task.happenedAt),
            ]
            return columns.map { fields[$0] ?? "" }
        }
    }

    private static func columns(of kind: OrderTaskCall.Kind) -> [String] {
        switch kind {
        case .acknowledge: ["orderId", "date"]
        case .ship: ["orderId", "line", "sku", "quantity", "carrier", "trackingNumber", "trackingUrl", "date"]
        case .cancel: ["orderId", "line", "sku", "quantity", "reason", "date"]
        case .refund: ["orderId", "line", "sku", "quantity", "amount", "currency", "reason", "date"]
        }
    }

    /// The amount of each line: its own, and what is left on the first line that has none; empty for those behind it.
    private static func amounts(of task: OrderTaskCall, _ lines: [OrderTaskCall.Line]) -> [Int64?] {
        let known = lines.compactMap(\.amountMicros).reduce(Int64(0)) { $0.addingReportingOverflow($1).partialValue }
        var rest: Int64? = task.amountMicros.subtractingReportingOverflow(known).partialValue
        return lines.map { line in
            if let amount = line.amountMicros { return amount }
            defer { rest = nil }
            return rest
        }
    }

    private static func table<Row>(
        _ columns: [String], _ settings: FeedSettings, _ rows: [Row], _ fields: (Row) -> [String]
    ) -> [UInt8] {
        var text = CSVText(delimiter: settings.delimiter)
        text.row(columns.map { settings.columns.name($0) })
        for row in rows { text.row(fields(row)) }
        return text.bytes
    }
}

extension CSVText {
    mutating func row(_ fields: [String]) {
        for field in fields { self.field(field) }
        self.endRow()
    }
}

extension ListingReference {
    /// The partner's name for it; ours where it has none.
    var feedSKU: String { self.platformSKU.isEmpty ? self.sku : self.platformSKU }
}
