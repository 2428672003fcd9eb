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

    /// Units of a line for which money or another part was given: by returns that ended so, and by claims.
    func compensated(_ item: OrderItem) -> Int64 {
        var units: Int64 = 0
        for goods in self.state.returns
        where !goods.isCore && [.refunded, .exchanged].contains(goods.status) {
            units = units.addingClamped(goods.graded(ofLine: item.lineID))
        }
        for claim in self.state.claims where claim.lineID == item.lineID && claim.status == .settled {
            units = units.addingClamped(claim.quantity)
        }
        return min(units, item.shipped)
    }
}
