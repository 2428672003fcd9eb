/// The stock that lines may be taken from, and what is left of it while they are.
///
/// Each SKU's units at each location stand here once, whichever lines and kits draw on them: so demand is summed before
/// it is tested.
struct AllocationDraft {
    /// The free units of one SKU at one location.
    struct Row {
        let location: LocationID
        let priority: Int32
        /// 0 in the destination's region, 1 in its country, else 2.
        let distance: Int
        /// What the strategy "fewest parcels" makes of the location; lower comes first.
        var parcelRank = 0
        /// The free units before any line.
        let stocked: Int64
        /// Units that are still free.
        var free: Int64
        /// Units that may still be backordered.
        var room: Int64
        /// The free units that are in lots, those that expire first in front.
        var lots: [(id: LotID, free: Int64)] = []
    }

    /// The rows of one SKU, in the order in which they are taken from.
    struct Source {
        let item: Int
        /// Where its units can be taken from; once sorted, those that the strategy ranks come first.
        var rows: [Row]
        /// Locations that only lines which name them take from: a marketplace's own, and those that have none of it.
        var named: [Row] = []
        /// How many rows the strategy ranks.
        var rankedCount = 0
    }

    /// Units of one SKU that a line asks for.
    struct Need {
        let sku: SKU
        /// Its place among `sources`.
        let source: Int
        /// Units of it for one unit of the line.
        let unitsEach: Int64
        /// Where from; nil: the strategy chooses.
        let location: LocationID?
    }

    /// A line, with the SKUs that it consists of.
    struct Line {
        let number: Int
        let sku: SKU
        let units: Int64
        let isKit: Bool
        let location: LocationID?
        let needs: Range<Int>
    }

    var sources: [Source] = []
    var needs: [Need] = []
    var lines: [Line] = []

    /// Puts each SKU's rows in the order of the strategy; equal ones by priority, then by name. What only lines name comes
    /// behind, and is taken by these lines alone.
    mutating func sort(by strategy: AllocationStrategy) {
        if strategy == .fewestParcels { self.rankParcels() }
        defer {
            for index in self.sources.indices { self.sources[index].appendNamed() }
        }
        for index in self.sources.indices where self.sources[index].rows.count > 1 {
            self.sources[index].rows.sort { left, right in
                switch strategy {
                case .nearestRegion where left.distance != right.distance: left.distance < right.distance
                case .fewestParcels where left.parcelRank != right.parcelRank: left.parcelRank < right.parcelRank
                case .mostStock where left.free != right.free: left.free > right.free
                default: Self.isBefore(left, right)
                }
            }
        }
    }

    static func isBefore(_ left: Row, _ right: Row) -> Bool {
        left.priority == right.priority ? left.location < right.location : left.priority < right.priority
    }

    /// The rows that a need may take from.
    func rows(of need: Need) -> Range<Int> {
        guard let location = need.location else { return 0..<self.sources[need.source].rankedCount }
        let rows = self.sources[need.source].rows
        guard let index = rows.firstIndex(where: { $0.location == location }) else { return 0..<0 }
        return index..<(index + 1)
    }

    /// How many units of a need can be had now.
    ///
    /// Sums cannot overflow: a SKU has at most a thousand rows of less than 2^53 units, and one backorder.
    func supply(of need: Need, rules: AllocationRules) -> Int64 {
        let range = self.rows(of: need)
        guard let first = range.first else { return 0 }
        let rows = self.sources[need.source].rows
        let backorder = min(rules.backorderCap.units, rows[first].room)
        guard rules.keepsLinesWhole else {
            return range.reduce(backorder) { $0 + rows[$1].free }
        }
        return range.reduce(rows[first].free + backorder) { max($0, rows[$1].free) }
    }

    /// What is taken from one row.
    struct Share {
        let row: Int
        let units: Int64
        let backordered: Int64
        let free: Int64
        /// Of these, units in lots, in the order in which they expire.
        let lotted: [(id: LotID, units: Int64)]
    }

    /// Takes units of a need, no more than `supply` says.
    mutating func take(_ units: Int64, of need: Need, rules: AllocationRules) -> [Share] {
        let range = self.rows(of: need)
        guard let first = range.first else { return [] }
        var shares: [Share] = []
        var missing = units
        if rules.keepsLinesWhole {
            let row = range.first { self.sources[need.source].rows[$0].free >= units } ?? first
            shares.append(self.take(missing, from: row, of: need.source))
            return shares
        }
        for row in range where missing > 0 {
            let units = min(missing, self.sources[need.source].rows[row].free)
            if units > 0 { shares.append(self.take(units, from: row, of: need.source)) }
            missing -= units
        }
        guard missing > 0 else { return shares }
        // What is backordered waits at the location that comes first.
        let backorder = self.take(missing, from: first, of: need.source)
        if let share = shares.first, share.row == first {
            shares[0] = Share(
                row: first, units: share.units + missing, backordered: backorder.backordered, free: share.free,
                lotted: share.lotted)
        } else {
            shares.insert(backorder, at: 0)
        }
        return shares
    }

    private mutating func take(_ units: Int64, from row: Int, of source: Int) -> Share {
        let free = self.sources[source].rows[row].free
        let backordered = max(0, units - free)
        self.sources[source].rows[row].free = max(0, free - units)
        self.sources[source].rows[row].room -= backordered
        return Share(
            row: row, units: units, backordered: backordered, free: free,
            lotted: self.takeLots(min(units, free), from: row, of: source))
    }

    /// First expired, first out.
    private mutating func takeLots(_ units: Int64, from row: Int, of source: Int) -> [(id: LotID, units: Int64)] {
        var lotted: [(id: LotID, units: Int64)] = []
        var missing = units
        for index in self.sources[source].rows[row].lots.indices where missing > 0 {
            let some = min(missing, self.sources[source].rows[row].lots[index].free)
            guard some > 0 else { continue }
            self.sources[source].rows[row].lots[index].free -= some
            lotted.append((self.sources[source].rows[row].lots[index].id, some))
            missing -= some
        }
        return lotted
    }
}

extension AllocationDraft.Source {
    /// Adds the named locations behind those that are ranked, each once.
    fileprivate mutating func appendNamed() {
        self.rankedCount = self.rows.count
        for row in self.named where !self.rows.contains(where: { $0.location == row.location }) {
            self.rows.append(row)
        }
    }
}
