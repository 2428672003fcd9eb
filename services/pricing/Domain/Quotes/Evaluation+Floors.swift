internal import Money
internal import PricingMessages

extension Evaluation {
    /// Finds the floor of each line, and marks the lines that cost no more before any promotion: those are not reduced.
    mutating func findFloors() throws(PricingRefusal) {
        for line in self.lines.indices {
            guard let minimum = self.lines[line].base.minimumAdvertised else { continue }
            self.lines[line].floor = LineFloor(amount: minimum.amount, list: minimum.list, rule: nil)
        }
        for place in self.plan.rules.indices {
            let bookPlace = Int(self.plan.rules[place])
            guard self.book.rules[bookPlace].isFloor else { continue }
            let rule = self.book.rules[bookPlace]
            guard self.isInHours(rule, otherwise: true) else { continue }
            for line in self.lines.indices where self.selections.has(line, in: place) {
                let price = self.lines[line].base
                let basis = rule.floorBasis == .cost ? price.cost : price.listPrice
                guard let basis, let floor = rule.floor(over: Amount(micros: basis)) else { continue }
                // Of equal ones the first stays.
                guard floor.micros > self.lines[line].floor?.amount ?? -1 else { continue }
                self.lines[line].floor = LineFloor(amount: floor.micros, list: nil, rule: self.plan.rules[place])
            }
        }
        for line in self.lines.indices {
            guard let floor = self.lines[line].floor else { continue }
            let unit = self.lines[line].base.amount
            // Of at most what the line costs, it fits.
            self.lines[line].minimum = min(unit, floor.amount) * self.lines[line].quantity
            if unit <= floor.amount { self.marks.insert(line, into: Self.atFloor) }
        }
    }

    /// Gives back what was taken off lines beyond their floors: of each line's reductions the last first. What is given back
    /// is not taken off other lines instead.
    mutating func giveBack() throws(PricingRefusal) {
        for place in self.reductions.indices.reversed() {
            let reduction = self.reductions[place]
            let line = Int(reduction.line)
            let missing = self.lines[line].minimum - self.lines[line].remaining
            guard missing > 0 else { continue }
            let given = min(missing, reduction.amount)
            self.reductions[place].givenBack = given
            self.lines[line].remaining += given
        }
        for reduction in self.reductions {
            let effective = reduction.amount - reduction.givenBack
            self.taken[Int(reduction.rule)] = try Self.sum(self.taken[Int(reduction.rule)], effective)
            guard effective == 0, self.input.isExplained else { continue }
            self.considered.append(
                (
                    reduction.line,
                    ConsideredLoss(list: nil, rule: self.plan.rules[Int(reduction.rule)], amount: nil, reason: .floor)
                ))
        }
    }
}
