import Money
import PricingDomain
import PricingMessages

extension ReferenceEvaluator {
    var step: Int128 {
        let said = self.book.settings.rounding.first { $0.currency == self.book.currency }
        if let said, !said.increment.isEmpty { return Self.decimal(said.increment, 6) }
        let digits = ["JPY": 0, "KWD": 3][self.book.currency] ?? 2
        return (0..<digits).reduce(1_000_000) { step, _ in step / 10 }
    }

    var mode: RoundingMode {
        self.book.settings.rounding.first { $0.currency == self.book.currency }?.mode ?? .halfEven
    }

    /// Each line as its components and their sum, as ``TestQuote/texts`` has them.
    mutating func texts(_ asked: [(sku: String, quantity: Int64)]) throws -> [String] {
        for (sku, quantity) in asked { try self.addLine(sku, Int(quantity)) }
        self.findCoupons()
        let rules = self.rulesInOrder
        try self.findFloors(rules)
        for stage in 0..<4 {
            for rule in rules where Self.stage(rule) == stage { self.apply(rule) }
        }
        for index in self.lines.indices { self.giveBack(&self.lines[index]) }
        for line in self.lines {
            for reduction in line.reductions {
                self.takenByRule[reduction.rule, default: 0] += reduction.amount - reduction.given
            }
        }
        return self.lines.map { self.text($0) }
    }

    private static func stage(_ rule: PriceRule) -> Int? {
        switch rule.effect {
        case .buyAndGet: 1
        case .bundle: 2
        case .marginGuard, .minimumOfListPrice, nil: nil
        default: rule.isOfUnits ? 0 : 3
        }
    }

    private mutating func addLine(_ sku: String, _ quantity: Int) throws {
        guard let price = try self.price(sku, units: quantity) else { throw Refusal.noPrice }
        var line = Line(sku: sku, quantity: quantity)
        line.base = price.amount
        line.unit = price.amount
        line.parts = price.parts
        line.units = Array(repeating: Unit(price: price.amount), count: quantity)
        let core = try self.other(sku, .core, units: quantity, needsAll: false)
        line.core = core?.amount
        line.cores = core?.parts ?? []
        self.lines.append(line)
    }

    private mutating func findFloors(_ rules: [PriceRule]) throws {
        for index in self.lines.indices {
            let (sku, quantity) = (self.lines[index].sku, self.lines[index].quantity)
            var floors: [(Int128, String)] = []
            if let map = try self.listed(sku, .minimumAdvertised, quantity) { floors.append((map.amount, map.list)) }
            let cost = try self.other(sku, .cost, units: quantity, needsAll: true)?.amount
            let listPrice = try self.other(sku, .list, units: quantity, needsAll: true)?.amount
            for rule in rules where self.selects(rule, sku) && (self.isInHours(rule) ?? true) {
                switch rule.effect {
                case .marginGuard(let guarded):
                    guard let cost else { continue }
                    let left = 1_000_000 - Self.decimal(guarded.percent, 4)
                    floors.append((-Self.floorDivide(-cost * 1_000_000, left), rule.ruleID))
                case .minimumOfListPrice(let minimum):
                    guard let listPrice else { continue }
                    let share = Self.decimal(minimum.percent, 4)
                    floors.append((-Self.floorDivide(-listPrice * share, 1_000_000), rule.ruleID))
                default: continue
                }
            }
            guard let highest = floors.map(\.0).max(), let floor = floors.first(where: { $0.0 == highest })
            else { continue }
            (self.lines[index].floor, self.lines[index].floorName) = floor
        }
    }

    private mutating func apply(_ rule: PriceRule) {
        guard let allowance = self.allowance(rule) else { return }
        var after = self.lines
        switch rule.effect {
        case .buyAndGet(let terms): self.buyAndGet(rule, terms, &after)
        case .bundle(let terms): self.bundle(rule, terms, &after)
        case nil, .marginGuard, .minimumOfListPrice: return
        default:
            if rule.isOfUnits { self.units(rule, &after) } else { self.quote(rule, &after) }
        }
        let total = zip(self.lines, after).reduce(Int128(0)) { $0 + $1.1.taken - $1.0.taken }
        if total > 0 && total <= allowance { self.lines = after }
    }

    private func reduce(_ line: inout Line, _ rule: PriceRule, _ amount: Int128) {
        guard amount > 0 else { return }
        line.reductions.append((rule.ruleID, amount, 0))
        if rule.exclusive { line.isClosed = true }
        if !rule.stackingGroup.isEmpty { line.groups.insert(rule.stackingGroup) }
    }

    private func units(_ rule: PriceRule, _ after: inout [Line]) {
        for (index, line) in self.lines.enumerated()
        where self.selects(rule, line.sku) && self.isOpen(line, rule) && line.quantity >= Int(rule.minimumQuantity) {
            let price = line.unit
            let reduced: Int128
            switch rule.effect {
            case .percentOff(let off): reduced = price - Self.percent(off.percent, of: price)
            case .amountOff(let off): reduced = max(0, price - Self.decimal(off.amount, 6))
            case .fixedPrice(let fixed): reduced = min(price, Self.decimal(fixed.amount, 6))
            default: continue
            }
            after[index].unit = reduced
            for unit in line.units.indices { after[index].units[unit].price = reduced }
            self.reduce(&after[index], rule, (price - reduced) * Int128(line.quantity))
        }
    }

    private typealias Place = (line: Int, unit: Int)

    /// The units that no rule took, the cheapest first.
    private func freeUnits(_ isWanted: (Line) -> Bool) -> [Place] {
        var places: [Place] = []
        for (index, line) in self.lines.enumerated() where isWanted(line) {
            for unit in line.units.indices where !line.units[unit].isTaken { places.append((index, unit)) }
        }
        return places.sorted {
            (self.lines[$0.line].unit, $0.line, $0.unit) < (self.lines[$1.line].unit, $1.line, $1.unit)
        }
    }

    private func buyAndGet(_ rule: PriceRule, _ terms: BuyAndGet, _ after: inout [Line]) {
        let wanted = terms.getProducts
        let rewards = self.freeUnits {
            (wanted == nil ? self.selects(rule, $0.sku) : Self.selects(wanted, $0.sku)) && self.isOpen($0, rule)
                && Self.percent(terms.percent, of: $0.unit) > 0
        }
        let bought = self.freeUnits { self.selects(rule, $0.sku) }
        var best = 0
        for count in 0...rewards.count {
            let taken = rewards.prefix(count)
            let others = bought.filter { unit in !taken.contains { $0.line == unit.line && $0.unit == unit.unit } }
            let times = (count + Int(terms.getQuantity) - 1) / Int(terms.getQuantity)
            if terms.maximumTimes > 0 && count > Int(terms.maximumTimes * terms.getQuantity) { continue }
            if others.count >= times * Int(terms.buyQuantity) { best = count }
        }
        var amounts: [Int: Int128] = [:]
        for (line, unit) in rewards.prefix(best) {
            after[line].units[unit].isTaken = true
            amounts[line, default: 0] += Self.percent(terms.percent, of: self.lines[line].unit)
        }
        for (line, amount) in amounts { self.reduce(&after[line], rule, amount) }
    }

    private func bundle(_ rule: PriceRule, _ terms: Bundle, _ after: inout [Line]) {
        var free = self.freeUnits { line in terms.items.contains { $0.sku == line.sku } }
        var taken: [Place] = []
        var times = 0
        while terms.maximumTimes == 0 || times < Int(terms.maximumTimes) {
            var (rest, one): ([Place], [Place]) = (free, [])
            for item in terms.items {
                let units = rest.filter { self.lines[$0.line].sku == item.sku }.prefix(Int(item.quantity))
                if units.count == Int(item.quantity) { one += units }
                rest.removeAll { place in units.contains { $0.line == place.line && $0.unit == place.unit } }
            }
            guard one.count == terms.items.reduce(0, { $0 + Int($1.quantity) }) else { break }
            (free, taken, times) = (rest, taken + one, times + 1)
        }
        let total = taken.reduce(Int128(0)) { $0 + self.lines[$1.line].unit }
        var off: Int128
        switch terms.reduction {
        case .price(let price): off = max(0, total - Self.decimal(price, 6) * Int128(times))
        case .percent(let percent): off = Self.percent(percent, of: total)
        case nil: return
        }
        var costs: [(line: Int, cost: Int128)] = []
        for item in terms.items {
            for line in self.lines.indices.sorted(by: { (self.lines[$0].unit, $0) < (self.lines[$1].unit, $1) })
            where self.lines[line].sku == item.sku && self.isOpen(self.lines[line], rule) {
                let count = taken.count { $0.line == line }
                if count > 0 { costs.append((line, self.lines[line].unit * Int128(count))) }
            }
        }
        off = min(off, costs.reduce(0) { $0 + $1.cost })
        guard off > 0 else { return }
        for (line, unit) in taken { after[line].units[unit].isTaken = true }
        for ((line, _), share) in zip(costs, Self.spread(off, costs.map(\.cost), self.step)) {
            self.reduce(&after[line], rule, share)
        }
    }

    private func quote(_ rule: PriceRule, _ after: inout [Line]) {
        let open = self.lines.indices.filter {
            self.selects(rule, self.lines[$0].sku) && self.isOpen(self.lines[$0], rule)
        }
        let sum = open.reduce(Int128(0)) { $0 + self.lines[$1].left }
        let off: Int128
        switch rule.effect {
        case .percentOff(let percent): off = Self.percent(percent.percent, of: sum)
        case .amountOff(let amount): off = min(sum, Self.decimal(amount.amount, 6))
        default: return
        }
        for (line, share) in zip(open, Self.spread(off, open.map { self.lines[$0].left }, self.step)) {
            self.reduce(&after[line], rule, share)
        }
    }

    private func giveBack(_ line: inout Line) {
        guard let floor = line.floor else { return }
        let least = min(floor, line.base) * Int128(line.quantity)
        for index in line.reductions.indices.reversed() {
            line.reductions[index].given = min(max(0, least - line.left), line.reductions[index].amount)
        }
    }

    private func text(_ line: Line) -> String {
        let own = "[\(line.sku)]"
        var (texts, total): ([String], Int128) = ([], 0)
        func add(_ amount: Int128, _ name: String) {
            let amount64 = Amount(micros: Int64(amount))
            texts.append("\(TestQuote.text(amount64)) \(name.hasSuffix(own) ? String(name.dropLast(own.count)) : name)")
            total += amount
        }
        for part in line.parts { add(part.amount * Int128(line.quantity), part.name) }
        for reduction in line.reductions {
            add(-reduction.amount, reduction.rule + (self.couponOfRule[reduction.rule].map { "/\($0)" } ?? ""))
        }
        let given = line.reductions.reduce(Int128(0)) { $0 + $1.given }
        if given > 0 { add(given, "floor \(line.floorName)") }
        var net = Self.round(line.left, self.step, self.mode) * self.step
        if let floor = line.floor, net < min(floor, line.base) * Int128(line.quantity) {
            net = -Self.floorDivide(-line.left, self.step) * self.step
        }
        if net != line.left { add(net - line.left, "rounding") }
        for part in line.cores { add(part.amount * Int128(line.quantity), "core \(part.name)") }
        if let core = line.core {
            let exact = core * Int128(line.quantity)
            let rounded = Self.round(exact, self.step, self.mode) * self.step
            if rounded != exact { add(rounded - exact, "rounding") }
        }
        return "\(texts.joined(separator: ", ")) = \(TestQuote.text(Amount(micros: Int64(total))))"
    }
}
