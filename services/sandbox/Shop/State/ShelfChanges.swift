internal import DequeModule

/// What can be sold of an item, from a moment on.
public struct ShelfChange: Sendable, Hashable {
    /// Counts the changes of a shop since the process began, from 1 on.
    public var number: Int64
    /// The seller's key.
    public var sku: String
    /// What can be sold at all locations.
    public var available: Int
    /// From when on.
    public var at: Moment
}

/// The latest changes of a shelf, for those who measure when something arrives. They end with the process.
public struct ShelfChanges: Sendable {
    /// As many are kept; then the oldest go.
    public static let maximumCount = 100_000

    private var changes: Deque<ShelfChange> = []
    /// The number of the newest; 0 where there is none.
    public private(set) var last: Int64 = 0

    mutating func add(_ sku: String, available: Int, at moment: Moment) {
        if self.changes.count == Self.maximumCount { self.changes.removeFirst() }
        self.last += 1
        self.changes.append(ShelfChange(number: self.last, sku: sku, available: available, at: moment))
    }

    /// Those behind a number, the oldest first.
    public func after(_ number: Int64, limit: Int) -> [ShelfChange] {
        guard let first = self.changes.first else { return [] }
        let skipped = min(max(0, number - first.number + 1), Int64(self.changes.count))
        return Array(self.changes.dropFirst(Int(skipped)).prefix(limit))
    }
}
