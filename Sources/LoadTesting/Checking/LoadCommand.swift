internal import InventoryMessages

/// A command of a load test, and what it does to the units of SKUs.
struct LoadCommand: Sendable {
    var kind: CallKind
    var id: String
    var command: StockCommand.Command
    /// By the SKUs' numbers, each once.
    var changes: [(sku: Int, change: UnitChange)]
    /// The reservation that it is about; empty: none.
    var reservation = ""
    /// When what is shipped or given back was held at the earliest, in nanoseconds.
    var heldSince: UInt64 = 0

    /// The types of problem that a sound service may answer with.
    var rightRefusals: Set<String> {
        switch (self.kind, self.changes.first?.change) {
        case (.reserve, _): ["insufficient-stock"]
        case (.adjust, .remove?): ["below-reserved"]
        default: []
        }
    }
}
