internal import FileFormats
internal import InventoryDomain

/// What a row of a file asks for: one SKU's settings, and its stock at the locations that the row names.
struct ImportRow: Sendable {
    /// The row's first line.
    var line: Int64
    var sku: SKU
    var expectedVersion = VersionExpectation.any
    var levels: [LevelUpdate] = []
    var settings = Settings()

    /// What a row says of a SKU beside its stock.
    struct Settings: Hashable, Sendable {
        var reorderThreshold: UnitCount?
        var reorderQuantity: UnitCount?
        var safetyBuffer: UnitCount?
        var channelBuffers: [ChannelBuffer]?
        var isDropShip: Bool?

        /// Takes what another row says of the same SKU.
        ///
        /// - Returns: false where they say different things; then nothing is taken.
        mutating func take(_ other: Settings) -> Bool {
            guard self != other else { return true }
            var merged = self
            guard Self.merge(&merged.reorderThreshold, other.reorderThreshold),
                Self.merge(&merged.reorderQuantity, other.reorderQuantity),
                Self.merge(&merged.safetyBuffer, other.safetyBuffer),
                Self.merge(&merged.channelBuffers, other.channelBuffers),
                Self.merge(&merged.isDropShip, other.isDropShip)
            else { return false }
            self = merged
            return true
        }

        private static func merge<Value: Equatable>(_ value: inout Value?, _ other: Value?) -> Bool {
            guard let other else { return true }
            guard value == nil || value == other else { return false }
            value = other
            return true
        }
    }
}

/// A row that was refused, as the file of failed rows tells of it.
struct FailedRow: Hashable, Sendable {
    var line: Int64
    var sku = ""
    var location = ""
    /// For people and programs.
    var fault: RowFault
    /// The beginning of a row that could not be read.
    var text: [UInt8] = []
}

/// Rows of one SKU that stand one behind the other, which are carried out as one command: an update as
/// `UpdateStock` takes it.
///
/// So three locations of a SKU raise its version by one and give one event. Rows that do not go together are commands of
/// their own, in the file's order: another expected version or setting, a location that was named before, or more than a
/// command can have. Which rows go together follows from the file alone.
struct ImportDocument: Sendable {
    /// Its rows, in their order.
    private(set) var rows: [ImportRow]
    private var settings: ImportRow.Settings
    /// How many levels its rows set.
    private(set) var levelCount: Int

    init(_ row: ImportRow) {
        self.rows = [row]
        self.settings = row.settings
        self.levelCount = row.levels.count
    }

    var sku: SKU { self.rows[0].sku }

    /// The first row's first line: names the command.
    var line: Int64 { self.rows[0].line }

    /// Adds the row behind the last one.
    ///
    /// - Returns: false where it does not go with them.
    mutating func take(_ row: ImportRow) -> Bool {
        guard row.sku == self.sku, row.expectedVersion == self.rows[0].expectedVersion,
            self.levelCount + row.levels.count <= InventoryLimits.maximumLines
        else { return false }
        for level in row.levels {
            let isNamed = self.rows.contains { $0.levels.contains { $0.location == level.location } }
            if isNamed { return false }
        }
        guard self.settings.take(row.settings) else { return false }
        self.rows.append(row)
        self.levelCount += row.levels.count
        return true
    }

    /// What it asks for.
    var update: ItemUpdate {
        ItemUpdate(
            sku: self.sku, expectedVersion: self.rows[0].expectedVersion,
            levels: self.rows.count == 1 ? self.rows[0].levels : self.rows.flatMap(\.levels),
            reorderThreshold: self.settings.reorderThreshold, reorderQuantity: self.settings.reorderQuantity,
            safetyBuffer: self.settings.safetyBuffer, channelBuffers: self.settings.channelBuffers ?? [],
            isDropShip: self.settings.isDropShip)
    }

    /// The row whose level has a place in ``update``, and the same without it; nil: it is the only row.
    func removing(level place: Int) -> (removed: ImportRow, rest: ImportDocument)? {
        guard self.rows.count > 1 else { return nil }
        var first = 0
        for (index, row) in self.rows.enumerated() {
            guard place >= first + row.levels.count else {
                let rest = self.rows[..<index] + self.rows[(index + 1)...]
                return (row, ImportDocument(rest: Array(rest)))
            }
            first += row.levels.count
        }
        return nil
    }

    /// Rows that went together go together without one of them, too.
    private init(rest: [ImportRow]) {
        self.rows = rest
        self.settings = ImportRow.Settings()
        self.levelCount = 0
        for row in rest {
            _ = self.settings.take(row.settings)
            self.levelCount += row.levels.count
        }
    }
}
