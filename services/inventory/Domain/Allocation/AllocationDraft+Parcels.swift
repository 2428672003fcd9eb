extension AllocationDraft {
    /// How many locations the greedy choice picks before the rest follow by priority: what bounds its time.
    static let maximumParcelsRanked = 16

    /// Ranks locations so that few of them fill all lines: again and again the one that fills most SKUs, then the one
    /// that gives most units, then the one that comes first by priority.
    ///
    /// Finding the least number is the set cover problem, whose time grows exponentially with the locations.
    mutating func rankParcels() {
        var demands = self.demands()
        var candidates: [LocationID: Row] = [:]
        for row in self.sources.flatMap(\.rows) { candidates[row.location] = row }
        var ordered = candidates.values.sorted(by: Self.isBefore)
        var ranks: [LocationID: Int] = [:]
        while ranks.count < Self.maximumParcelsRanked, demands.contains(where: { $0 > 0 }) {
            var best: (index: Int, filled: Int, units: Int64)?
            for (index, candidate) in ordered.enumerated() {
                let (filled, units) = self.gain(candidate.location, demands)
                if (filled, units) > (best?.filled ?? 0, best?.units ?? 0) { best = (index, filled, units) }
            }
            guard let best else { break }
            let location = ordered.remove(at: best.index).location
            ranks[location] = ranks.count
            for (index, source) in self.sources.enumerated() {
                let free = source.rows.first { $0.location == location }?.free ?? 0
                demands[index] = max(0, demands[index] - free)
            }
        }
        for source in self.sources.indices {
            for row in self.sources[source].rows.indices {
                let location = self.sources[source].rows[row].location
                self.sources[source].rows[row].parcelRank = ranks[location] ?? .max
            }
        }
    }

    /// How many units of each source the lines that name no location ask for; no more than can be anywhere.
    private func demands() -> [Int64] {
        let most = InventoryLimits.maximumUnits
        var demands = [Int64](repeating: 0, count: self.sources.count)
        for line in self.lines where line.location == nil {
            for need in self.needs[line.needs] {
                let (product, overflow) = line.units.multipliedReportingOverflow(by: need.unitsEach)
                demands[need.source] = min(most, demands[need.source] + (overflow ? most : min(most, product)))
            }
        }
        return demands
    }

    /// How many sources a location would fill, and how many units it would give.
    private func gain(_ location: LocationID, _ demands: [Int64]) -> (filled: Int, units: Int64) {
        var (filled, units) = (0, Int64(0))
        for (index, demand) in demands.enumerated() where demand > 0 {
            guard let row = self.sources[index].rows.first(where: { $0.location == location }) else { continue }
            if row.free >= demand { filled += 1 }
            units += min(row.free, demand)
        }
        return (filled, units)
    }
}
