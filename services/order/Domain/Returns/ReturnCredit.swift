internal import OrderMessages

/// What can be given back for units of a return: what they cost, and the deposits of those whose old part was not given back
/// yet. Of cores, the deposits alone, and none for what is damaged or incomplete.
struct ReturnCredit {
    /// In micros, before the fee for taking it back.
    private(set) var amount: Int64 = 0
    /// Deposits in it, in units, by the place of the order's line.
    private(set) var deposits: [Int: Int64] = [:]

    /// What all units of a return cost, as if all came and could be used.
    ///
    /// - Throws: ``OrderRefusal`` with `invalidAmount` where a sum is greater than can be kept.
    init(ofAll goods: Return, in state: OrderState) throws(OrderRefusal) {
        try self.init(goods, in: state) { $0.quantity }
    }

    /// What the graded units of a return let be given back.
    ///
    /// - Throws: ``OrderRefusal`` with `invalidAmount` where a sum is greater than can be kept.
    init(ofGraded goods: Return, in state: OrderState) throws(OrderRefusal) {
        try self.init(goods, in: state) { line in goods.isCore ? goods.usableCores(line.lineID) : line.graded }
    }

    private init(_ goods: Return, in state: OrderState, units: (ReturnLine) -> Int64) throws(OrderRefusal) {
        let costs = try LineCosts(of: state.order)
        let returnable = ReturnableUnits(state: state)
        for (number, line) in goods.lines.enumerated() {
            guard let place = state.order.items.firstIndex(where: { $0.lineID == line.lineID }) else { continue }
            let item = state.order.items[place]
            var credited = units(line)
            if !goods.isCore {
                let before = returnable.compensated(item)
                credited = returnable.uncompensated(item, of: credited)
                let cost = costs.cost(of: place, units: before..<before + credited)
                self.amount = try OrderAmount.sum(self.amount, cost, field: "lines[\(number)]")
            }
            let deposits = max(0, min(credited, item.shipped - item.coresReturned))
            guard deposits > 0, let deposit = item.coreCharge?.micros, deposit > 0 else { continue }
            let sum = try OrderAmount.product(deposit, deposits, field: "lines[\(number)]")
            self.amount = try OrderAmount.sum(self.amount, sum, field: "lines[\(number)]")
            self.deposits[place] = deposits
        }
    }
}

extension Return {
    /// Whether old parts come back, and not what was sold.
    var isCore: Bool { self.kind == .core }

    /// Old parts of a line for which a deposit can be given back: neither damaged nor incomplete.
    fileprivate func usableCores(_ lineID: String) -> Int64 {
        self.gradings.reduce(0) {
            $1.lineID == lineID && $1.grade != .d ? $0.addingClamped($1.quantity) : $0
        }
    }
}
