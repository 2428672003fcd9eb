internal import OrderMessages

/// Units of an order's lines that may still come back, and those for which something was given already.
struct ReturnableUnits {
    let state: OrderState

    /// Units of a line that may be asked to come back: shipped, not back yet and not in another return that is open.
    func returnable(_ item: OrderItem) -> Int64 {
        let awaited = self.state.returns.reduce(Int64(0)) {
            $1.isCore ? $0 : $0.addingClamped($1.awaited(ofLine: item.lineID))
        }
        return max(0, item.shipped - item.returned - awaited)
    }

    /// Deposits of a line that may be asked for: of units that shipped, not given back yet and not in an open return.
    ///
    /// A unit that comes back itself takes its deposit along.
    func cores(_ item: OrderItem) -> Int64 {
        var open = item.shipped - item.coresReturned
        for line in self.state.returns.lazy.filter(\.status.isOpen).flatMap(\.lines)
        where line.lineID == item.lineID { open -= line.quantity }
        return max(0, open)
    }

    /// Units of a line for which a claim may be made: shipped, not back and not in another claim that stands.
    func claimable(_ item: OrderItem) -> Int64 {
        let claimed = self.state.claims.reduce(Int64(0)) {
            $1.lineID == item.lineID && $1.status.stands ? $0.addingClamped($1.quantity) : $0
        }
        return max(0, item.shipped - item.returned - claimed)
    }

    /// Units of a line for which money or another part was given: by returns that ended so, and by claims; each unit once.
    func compensated(_ item: OrderItem) -> Int64 {
        var units: Int64 = 0
        for goods in self.state.returns
        where !goods.isCore && [.refunded, .exchanged].contains(goods.status) {
            for line in goods.lines where line.lineID == item.lineID {
                units = units.addingClamped(line.graded - line.compensatedBefore)
            }
        }
        for claim in self.state.claims where claim.lineID == item.lineID && claim.status == .settled {
            units = units.addingClamped(claim.quantity - claim.compensatedBefore)
        }
        return min(units, item.shipped)
    }

    /// Of some units of a line, those for which nothing was given yet.
    func uncompensated(_ item: OrderItem, of units: Int64) -> Int64 {
        max(0, min(units, item.shipped - self.compensated(item)))
    }

    /// The lines of a return that is to end by money or other parts, with the units for which something was given before.
    func ended(_ goods: Return) -> [ReturnLine] {
        goods.lines.map { line in
            guard let item = self.state.order.items.first(where: { $0.lineID == line.lineID }) else { return line }
            var line = line
            line.compensatedBefore = line.graded - self.uncompensated(item, of: line.graded)
            return line
        }
    }
}
