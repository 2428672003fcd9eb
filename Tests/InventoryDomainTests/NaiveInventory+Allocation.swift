import InventoryDomain

extension NaiveInventory {
    /// Line by line, part by part, one unit's worth of reasoning at a time.
    mutating func allocate(_ order: ReserveOrder, _ now: Int64) throws -> [Held] {
        if order.lines.isEmpty { throw Broken(reason: .lineCount) }
        for line in order.lines {
            guard let named = line.location else { continue }
            guard let depot = self.depots["\(named)"] else { throw Broken(reason: .unknownLocation) }
            if !depot.sells { throw Broken(reason: .inactiveLocation) }
        }
        let rankings = self.rankings(order, now)
        var held: [Held] = []
        for (number, line) in order.lines.enumerated() {
            let parts = self.kits["\(line.sku)"] ?? [("\(line.sku)", 1)]
            var units = line.quantity.units
            for part in parts {
                let supply = self.supply(part.sku, line, order.rules, rankings[part.sku] ?? [], now)
                units = min(units, supply / part.units)
            }
            if units < line.quantity.units, !order.rules.isPartial { throw Broken(reason: .insufficientStock) }
            if units == 0 { continue }
            for part in parts {
                let places = self.places(line, rankings[part.sku] ?? [])
                held += self.take(units * part.units, part.sku, number, places, order.rules, now)
            }
        }
        if held.isEmpty { throw Broken(reason: .insufficientStock) }
        return held
    }

    private func isOffered(_ depot: Depot) -> Bool { depot.sells && !depot.isMarketplaces }

    private func places(_ line: ReserveLine, _ ranking: [String]) -> [String] {
        line.location.map { ["\($0)"] } ?? ranking
    }

    private func supply(
        _ sku: String, _ line: ReserveLine, _ rules: AllocationRules, _ ranking: [String], _ now: Int64
    ) -> Int64 {
        let places = self.places(line, ranking)
        guard let first = places.first else { return 0 }
        let free = places.map { self.cells[sku]?[$0]?.promisable(now) ?? 0 }
        let cell = self.cells[sku]?[first] ?? Cell()
        let promisable = InventoryLimits.maximumUnits - cell.reserved - cell.promisable(now)
        let extra = max(0, min(self.backorderCap - cell.owed(now), rules.backorderCap.units, promisable))
        if rules.keepsLinesWhole { return max(free[0] + extra, free.max() ?? 0) }
        return free.reduce(extra, +)
    }

    private mutating func take(
        _ units: Int64, _ sku: String, _ line: Int, _ places: [String], _ rules: AllocationRules,
        _ now: Int64
    ) -> [Held] {
        var wanted: [String: Int64] = [:]
        var missing = units
        if rules.keepsLinesWhole {
            let fitting = places.first { (self.cells[sku]?[$0]?.promisable(now) ?? 0) >= units }
            wanted[fitting ?? places[0]] = units
        } else {
            for at in places {
                let some = min(missing, self.cells[sku]?[at]?.promisable(now) ?? 0)
                wanted[at, default: 0] += some
                missing -= some
            }
            wanted[places[0], default: 0] += missing
        }
        var held: [Held] = []
        for at in places {
            guard let some = wanted[at], some > 0 else { continue }
            var cell = self.cells[sku]?[at] ?? Cell()
            let extra = max(0, some - cell.promisable(now))
            for part in cell.promise(some, backordered: extra, now) {
                held.append(
                    Held(
                        line: line, sku: sku, location: at, units: part.units,
                        backordered: part.lot == nil ? extra : 0, lot: part.lot))
            }
            self.cells[sku, default: [:]][at] = cell
        }
        return held
    }

    /// The locations of each SKU of the order, in the order in which they are tried; from the stock before the order.
    private func rankings(_ order: ReserveOrder, _ now: Int64) -> [String: [String]] {
        var demand: [String: Int64] = [:]
        var skus: Set<String> = []
        for line in order.lines {
            for part in self.kits["\(line.sku)"] ?? [("\(line.sku)", 1)] {
                skus.insert(part.sku)
                if line.location == nil { demand[part.sku, default: 0] += line.quantity.units * part.units }
            }
        }
        var stocked: [String: [String]] = [:]
        for sku in skus {
            var places = Set(self.cells[sku].map { Array($0.keys) } ?? []).filter {
                self.depots[$0].map(self.isOffered) == true
            }
            if places.isEmpty, demand[sku] != nil, order.rules.backorderCap > .zero, let first = self.first(order, now)
            {
                places = [first]
            }
            stocked[sku] = Array(places)
        }
        let parcels = order.rules.strategy == .fewestParcels ? self.parcels(demand, stocked, now) : []
        return stocked.mapValues { places in [places] }.reduce(into: [:]) { result, entry in
            result[entry.key] = entry.value[0].sorted { left, right in
                self.key(left, entry.key, order.rules, parcels, now).lexicographicallyPrecedes(
                    self.key(right, entry.key, order.rules, parcels, now))
                    || (self.key(left, entry.key, order.rules, parcels, now)
                        == self.key(right, entry.key, order.rules, parcels, now) && left < right)
            }
        }
    }

    private func key(
        _ at: String, _ sku: String, _ rules: AllocationRules, _ parcels: [String], _ now: Int64
    ) -> [Int64] {
        guard let depot = self.depots[at] else { return [] }
        let distance: Int64 =
            depot.region == rules.destinationRegion && !rules.destinationRegion.isEmpty
            ? 0 : depot.country == rules.destinationCountry && !rules.destinationCountry.isEmpty ? 1 : 2
        let first: Int64 =
            switch rules.strategy {
            case .priority: 0
            case .nearestRegion: distance
            case .mostStock: -(self.cells[sku]?[at]?.promisable(now) ?? 0)
            case .fewestParcels: Int64(parcels.firstIndex(of: at) ?? 1_000)
            }
        return [first, Int64(depot.priority)]
    }

    private func first(_ order: ReserveOrder, _ now: Int64) -> String? {
        self.depots.filter { self.isOffered($0.value) }.keys.min { left, right in
            let keys = [left, right].map { at -> [Int64] in
                let key = self.key(at, "", order.rules, [], now)
                return order.rules.strategy == .nearestRegion ? key : [key[1]]
            }
            return keys[0] == keys[1] ? left < right : keys[0].lexicographicallyPrecedes(keys[1])
        }
    }

    /// Again and again the location that finishes most SKUs, then gives most units, then has the best priority.
    private func parcels(_ demand: [String: Int64], _ stocked: [String: [String]], _ now: Int64) -> [String] {
        var left = demand.filter { $0.value > 0 }
        var chosen: [String] = []
        while !left.isEmpty {
            func gain(_ at: String) -> [Int64] {
                var (finished, units) = (Int64(0), Int64(0))
                for (sku, wanted) in left where stocked[sku]?.contains(at) == true {
                    let free = self.cells[sku]?[at]?.promisable(now) ?? 0
                    finished += free >= wanted ? 1 : 0
                    units += min(free, wanted)
                }
                return [finished, units, -Int64(self.depots[at]?.priority ?? 0)]
            }
            let open = self.depots.keys.sorted().filter { !chosen.contains($0) && gain($0)[1] > 0 }
            guard let best = open.max(by: { gain($0).lexicographicallyPrecedes(gain($1)) }) else { break }
            for sku in left.keys where stocked[sku]?.contains(best) == true {
                left[sku, default: 0] -= self.cells[sku]?[best]?.promisable(now) ?? 0
            }
            left = left.filter { $0.value > 0 }
            chosen.append(best)
        }
        return chosen
    }
}
