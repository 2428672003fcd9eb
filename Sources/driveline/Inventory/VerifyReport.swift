internal import Foundation
internal import InventoryDomain
internal import InventoryService
internal import Postgres

/// What `driveline inventory verify` writes: a line for each difference, for each repair, and one that sums up.
struct VerifyReport {
    /// A SKU of which something is wrong.
    struct Item {
        let brand: PostgresUUID
        let sku: SKU
        /// Whether some of it lies within the ledger, where only movements of a repair settle it.
        let isHistoryWrong: Bool

        init(_ finding: StockVerification.Finding) {
            self.brand = finding.brand
            self.sku = finding.sku
            let differences = finding.result.differences
            self.isHistoryWrong = finding.result.untold > 0 || differences.contains(where: \.kind.isHistory)
        }
    }

    private let asJSON: Bool
    private var failed = 0
    /// SKUs that agree in the end.
    private(set) var mended = 0

    init(asJSON: Bool) { self.asJSON = asJSON }

    /// Shows what is wrong with a SKU.
    func show(_ finding: StockVerification.Finding) throws {
        for difference in finding.result.differences {
            if self.asJSON {
                try Self.write(DifferenceEntry(finding, difference))
            } else {
                Terminal.current.print("\(finding.brand)  \(finding.sku)  \(difference.line)".oneLine)
            }
        }
        try Self.show(untold: finding.result.untold, "in its movements", finding, self.asJSON)
        try Self.show(untold: finding.result.untoldOfLots, "of its lots", finding, self.asJSON)
    }

    private static func show(
        untold: Int, _ place: String, _ finding: StockVerification.Finding, _ asJSON: Bool
    ) throws {
        guard untold > 0 else { return }
        if asJSON {
            try Self.write(UntoldEntry(brand: "\(finding.brand)", sku: "\(finding.sku)", untold: untold))
        } else {
            Terminal.current.print("\(finding.brand)  \(finding.sku)  and \(untold) more \(place)".oneLine)
        }
    }

    /// Shows what a repair did.
    mutating func show(_ outcome: StockRepairs.Outcome, of item: Item) throws {
        var isRight = true
        let text: String
        switch outcome {
        case .mended(let version, let movements, let remadeLots):
            isRight = !item.isHistoryWrong || movements > 0
            let expiry = remadeLots > 0 ? "; \(remadeLots) lots were made anew, without an expiry" : ""
            text = "repaired with \(movements) movements; its version is \(version)\(expiry)"
        case .nothingToMend:
            isRight = !item.isHistoryWrong
            text = isRight ? "agrees by now" : "its numbers agree; its movements contradict each other"
        }
        if isRight { self.mended += 1 } else { self.failed += 1 }
        try self.show(text, isRight, of: item)
    }

    /// Shows why a SKU was not repaired.
    mutating func show(failure: String, of item: Item) throws {
        self.failed += 1
        try self.show("not repaired: \(failure)", false, of: item)
    }

    private func show(_ text: String, _ isRight: Bool, of item: Item) throws {
        if self.asJSON {
            try Self.write(RepairEntry(brand: "\(item.brand)", sku: "\(item.sku)", repair: text, agrees: isRight))
        } else {
            Terminal.current.print("\(item.brand)  \(item.sku)  \(text)".oneLine)
        }
    }

    /// Sums up.
    func end(_ summary: StockVerification.Summary) throws {
        guard !self.asJSON else { return try Self.write(SummaryEntry(summary, mended: self.mended)) }
        let lots = summary.lots > 0 ? "\(summary.lots) lots, " : ""
        var line = "\(summary.items) SKUs, \(summary.levels) levels, \(lots)\(summary.movements) movements: "
        line +=
            summary.differences == 0
            ? "everything agrees" : "\(summary.differences) differences at \(summary.differingItems) SKUs"
        if summary.settled > 0 { line += "; \(summary.settled) of earlier, settled by repairs" }
        if self.mended + self.failed > 0 { line += "; \(self.mended) SKUs repaired, \(self.failed) not" }
        Terminal.current.print(line)
    }

    private static func write(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        Terminal.current.print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}

extension StockDifference {
    /// Where, what is stored, and what it should be.
    fileprivate var line: String {
        let place = self.location.map { "\($0)  " } ?? ""
        let lot = self.lot.map { "lot \($0), " } ?? ""
        let movement = self.movement.map { "movement \($0.version).\($0.part), " } ?? ""
        return "\(place)\(self.kind.rawValue): \(lot)\(movement)\(self.number): \(self.kind.stored) \(self.stored), "
            + "\(self.kind.source) \(self.expected)"
    }
}

extension StockDifference.Kind {
    /// Who says the first number.
    fileprivate var stored: String {
        switch self {
        case .movementImpossible: "moves"
        case .lotsBeyondLevel: "the lots have"
        case .lotsUnread: "not compared"
        default: "stored"
        }
    }

    /// Who says the other number.
    fileprivate var source: String {
        switch self {
        case .level, .levelMissing, .itemMissing, .movementBalance, .lot, .lotMissing, .lotUnknown:
            "the movements give"
        case .levelVersion, .itemVersion: "its movements or its item give"
        case .reservations, .lotReservations: "open reservations hold"
        case .itemTotal, .itemInStock: "the levels give"
        case .lotsBeyondLevel: "the level has"
        case .itemHasLots: "the lots give"
        case .movementImpossible: "of"
        case .movementOrder, .transfers, .lotsUnread: "expected"
        }
    }
}

private struct DifferenceEntry: Encodable {
    let brand: String
    let sku: String
    let location: String?
    let lot: String?
    let kind: String
    let movementVersion: Int64?
    let movementPart: Int64?
    let number: String
    let stored: Int64
    let expected: Int64

    init(_ finding: StockVerification.Finding, _ difference: StockDifference) {
        self.brand = "\(finding.brand)"
        self.sku = "\(finding.sku)"
        self.location = difference.location.map { "\($0)" }
        self.lot = difference.lot.map { "\($0)" }
        self.kind = difference.kind.rawValue
        self.movementVersion = difference.movement?.version
        self.movementPart = difference.movement?.part
        self.number = difference.number
        self.stored = difference.stored
        self.expected = difference.expected
    }
}

private struct UntoldEntry: Encodable {
    let brand: String
    let sku: String
    let untold: Int
}

private struct RepairEntry: Encodable {
    let brand: String
    let sku: String
    let repair: String
    let agrees: Bool
}

private struct SummaryEntry: Encodable {
    let items: Int
    let levels: Int
    let lots: Int
    let movements: Int
    let differences: Int
    let differingItems: Int
    let settledDifferences: Int
    let repairedItems: Int

    init(_ summary: StockVerification.Summary, mended: Int) {
        self.items = summary.items
        self.levels = summary.levels
        self.lots = summary.lots
        self.movements = summary.movements
        self.differences = summary.differences
        self.differingItems = summary.differingItems
        self.settledDifferences = summary.settled
        self.repairedItems = mended
    }
}
