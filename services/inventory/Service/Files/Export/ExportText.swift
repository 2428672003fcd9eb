internal import FileFormats
internal import InventoryDomain

/// The text of an export: CSV with a row for each SKU and location, or a document of JSON in each line.
struct ExportText: Sendable {
    /// What an import takes back, and with it what is for reading only.
    private static let columns: [StockColumn] = [
        .sku, .locationID, .stockAvailable, .dropShip, .reorderThreshold, .reorderQuantity, .safetyBuffer,
        .channelBuffers,
    ]
    private static let furtherColumns: [StockColumn] = [
        .reserved, .incoming, .inTransit, .quarantined, .shortage, .version,
    ]

    private let rules: ExportRules
    private var csv: CSVText

    init(_ rules: ExportRules) {
        self.rules = rules
        self.csv = CSVText(delimiter: rules.delimiter)
    }

    /// What was made so far.
    var bytes: [UInt8] {
        get { self.csv.bytes }
        _modify { yield &self.csv.bytes }
    }

    /// Writes what stands before the first item.
    mutating func begin() {
        guard !self.rules.isJSON else { return }
        for column in Self.columns + (self.rules.isFull ? Self.furtherColumns : []) { self.csv.field(column.rawValue) }
        self.csv.endRow()
    }

    /// Writes an item.
    ///
    /// - Parameter locations: Only its levels at these; nil: all of them.
    mutating func append(_ item: StockItem, at locations: Set<String>?) {
        var levels = item.levels.sorted { $0.location < $1.location }
        if let locations { levels.removeAll { !locations.contains($0.location.description) } }
        guard !self.rules.isJSON else {
            // An update takes no more levels at once.
            for start in stride(from: 0, to: max(1, levels.count), by: InventoryLimits.maximumLines) {
                self.appendDocument(item, levels[start...].prefix(InventoryLimits.maximumLines))
            }
            return
        }
        if levels.isEmpty { self.appendRow(item, nil, isFirst: true) }
        for (number, level) in levels.enumerated() { self.appendRow(item, level, isFirst: number == 0) }
    }

    /// - Parameter isFirst: Only the first row of an item has the buffers of its channels, which may be long.
    private mutating func appendRow(_ item: StockItem, _ level: Level?, isFirst: Bool) {
        self.csv.field("\(item.sku)")
        self.csv.field(level.map { "\($0.location)" } ?? "")
        self.csv.field(level?.balance.available)
        for (column, value) in item.settings.shown {
            self.csv.field(column == .channelBuffers && !isFirst ? "" : value)
        }
        if self.rules.isFull {
            let balance = level?.balance
            for units in [
                balance?.reserved, balance?.incoming, balance?.inTransit, balance?.quarantined, balance?.shortage,
            ] { self.csv.field(units) }
            self.csv.field(item.version)
        }
        self.csv.endRow()
    }

    private mutating func appendDocument(_ item: StockItem, _ levels: ArraySlice<Level>) {
        let settings = item.settings
        var members = ["\"sku\":\(StockText.string("\(item.sku)"))"]
        members.append("\"warehouses\":[\(levels.map { self.document($0) }.joined(separator: ","))]")
        members.append("\"dropShip\":\(settings.isDropShip)")
        members.append("\"reorderThreshold\":\(settings.reorderThreshold)")
        members.append("\"reorderQuantity\":\(settings.reorderQuantity)")
        members.append("\"safetyBuffer\":\(settings.safetyBuffer)")
        if !settings.channelBuffers.isEmpty {
            let buffers = settings.channelBuffers.map {
                "{\"channel\":\(StockText.string("\($0.channel)")),\"quantity\":\($0.quantity)}"
            }
            members.append("\"channelBuffers\":[\(buffers.joined(separator: ","))]")
        }
        if self.rules.isFull { members.append("\"version\":\(item.version)") }
        self.bytes += "{\(members.joined(separator: ","))}\n".utf8
    }

    private func document(_ level: Level) -> String {
        let balance = level.balance
        var members = [
            "\"locationId\":\(StockText.string("\(level.location)"))", "\"stockAvailable\":\(balance.available)",
        ]
        if self.rules.isFull {
            members += [
                "\"reserved\":\(balance.reserved)", "\"incoming\":\(balance.incoming)",
                "\"inTransit\":\(balance.inTransit)", "\"quarantined\":\(balance.quarantined)",
                "\"shortage\":\(balance.shortage)",
            ]
        }
        return "{\(members.joined(separator: ","))}"
    }
}
