import OrderDomain
import OrderMessages
import TestSupport
import Testing

@Suite("Random histories of orders", .processorBound)
struct RandomHistoryTests {
    /// An order and its model, and what happens to both.
    private struct History {
        var state: OrderState
        var model: OrderModel
        var numbers: SeededGenerator

        init(seed: UInt64) throws {
            var numbers = SeededGenerator(seed: seed)
            var (items, lines): ([OrderItem], [OrderModel.Line]) = ([], [])
            for place in 0..<Int.random(in: 1...3, using: &numbers) {
                let first = Int64.random(in: 1...6, using: &numbers)
                let second = Int64.random(in: 0...4, using: &numbers)
                let price = Int64.random(in: 1...100, using: &numbers)
                var locations = ["W1": first]
                if second > 0 { locations["W2"] = second }
                items.append(
                    StandingOrder.line(
                        first + second, id: "\(place)", sku: "S\(place)", price: price, at: locations))
                lines.append(OrderModel.Line(ordered: first + second, price: price * 100))
            }
            let whole = lines.map { $0.ordered * $0.price }.reduce(0, +)
            let paid = Bool.random(using: &numbers) ? whole : Int64.random(in: 1...whole, using: &numbers)
            self.state = try StandingOrder.state(.confirmed, items, isPaid: false)
            self.model = OrderModel(lines: lines, paid: paid)
            self.numbers = numbers
            try self.state.recordPayment(
                RecordPaymentRequest(kind: .payment, amount: .units(0, cents: paid)), at: StandingOrder.moment())
        }

        private mutating func some(_ most: Int64 = 4) -> Int64 { .random(in: 1...most, using: &self.numbers) }

        private mutating func line() -> Int { .random(in: self.model.lines.indices, using: &self.numbers) }

        /// Does something with both.
        ///
        /// - Returns: Whether both took it, or both did not.
        mutating func step() -> Bool {
            let moment = StandingOrder.moment()
            switch Int.random(in: 0..<10, using: &self.numbers) {
            case 0, 1:
                let (line, units) = (self.line(), self.some())
                return self.both(self.model.ship(line, units)) { state in
                    try state.ship(
                        ShipOrderRequest(lines: [ShipmentLine(lineID: "\(line)", quantity: units)]), at: moment)
                }
            case 2:
                let (line, units) = (self.line(), self.some(2))
                return self.both(self.model.cancel(line, units)) { state in
                    try state.cancel(
                        CancelOrderRequest(
                            lines: [LineQuantity(lineID: "\(line)", quantity: units)], reason: .buyer), at: moment)
                }
            case 3:
                let cents = self.some(max(1, self.model.paid / 3))
                return self.both(self.model.refund(cents)) { state in
                    try state.recordRefund(
                        RecordRefundRequest(amount: .units(0, cents: cents), reason: .goodwill), at: moment)
                }
            case 4:
                let (line, units) = (self.line(), self.some())
                return self.both(self.model.request(line, units)) { state in
                    try state.requestReturn(
                        RequestReturnRequest(
                            kind: .other, lines: [ReturnLineRequest(lineID: "\(line)", quantity: units)],
                            authorize: true), at: moment)
                }
            case 5...7: return self.goodsStep()
            default: return self.claimStep()
            }
        }

        private mutating func goodsStep() -> Bool {
            guard let number = self.model.goods.indices.randomElement(using: &self.numbers) else { return true }
            let (moment, units, line) = (StandingOrder.moment(), self.some(), "\(self.model.goods[number].line)")
            switch Int.random(in: 0..<3, using: &self.numbers) {
            case 0:
                let receipt = ReturnReceipt(lineID: line, quantity: units, locationID: "W1")
                return self.both(self.model.receive(number, units)) { state in
                    try state.receiveReturn(number, ReceiveReturnRequest(receipts: [receipt]), at: moment)
                }
            case 1:
                let grading = ReturnGrading(
                    lineID: line, quantity: units, grade: .a, disposition: .restock, locationID: "W1")
                return self.both(self.model.grade(number, units)) { state in
                    try state.gradeReturn(number, GradeReturnRequest(gradings: [grading]))
                }
            default:
                return self.both(self.model.refundGoods(number)) { state in
                    try state.refundReturn(number, RefundReturnRequest(), at: moment)
                }
            }
        }

        private mutating func claimStep() -> Bool {
            let moment = StandingOrder.moment()
            if Bool.random(using: &self.numbers) {
                let (line, units) = (self.line(), self.some(2))
                return self.both(self.model.claim(line, units)) { state in
                    let place = try state.submitClaim(
                        SubmitClaimRequest(lineID: "\(line)", quantity: units), at: moment)
                    try state.decideClaim(place, DecideClaimRequest(status: .approved, outcome: .refund))
                }
            }
            guard let number = self.model.claims.indices.randomElement(using: &self.numbers) else { return true }
            return self.both(self.model.settle(number)) { state in
                try state.settleClaim(number, SettleClaimRequest(), at: moment)
            }
        }

        private mutating func both(
            _ isExpected: Bool, _ command: (inout OrderState) throws -> Void
        ) -> Bool {
            ((try? command(&self.state)) != nil) == isExpected
        }
    }

    @Test("units and money are what a simple model says, and nothing leaves stock twice")
    func histories() throws {
        let seed = testSeed()
        for number in 0..<2_000 {
            var history = try History(seed: seed &+ UInt64(number))
            var commands = 0
            while commands < 60 {
                commands += 1
                let before = history.state.order.status
                guard history.step() else {
                    Issue.record("history \(number): the model decides differently at step \(commands)")
                    break
                }
                let after = history.state.order.status
                #expect(after == before || Self.isForward(before, after), "history \(number)")
            }
            try self.check(history.state, history.model, number)
        }
    }

    private static func isForward(_ before: OrderStatus, _ after: OrderStatus) -> Bool {
        let order: [OrderStatus] = [.confirmed, .partiallyShipped, .shipped, .delivered, .cancelled]
        guard let from = order.firstIndex(of: before), let to = order.firstIndex(of: after) else { return false }
        return from < to
    }

    private func check(_ state: OrderState, _ model: OrderModel, _ number: Int) throws {
        for (item, line) in zip(state.order.items, model.lines) {
            #expect(item.shipped == line.shipped && item.cancelled == line.cancelled, "history \(number)")
            #expect(item.returned == line.back, "history \(number)")
        }
        let refunded = state.order.totals?.refunded?.micros
        #expect(refunded == model.refunded * 10_000, "history \(number)")
        #expect(model.refunded <= model.paid && model.lines.allSatisfy { $0.compensated <= $0.shipped })
        #expect(state.returns.map(\.status.isOpen) == model.goods.map(\.isOpen), "history \(number)")
        #expect(state.order.status == self.status(model), "history \(number)")
        try self.checkStock(state, model, number)
    }

    /// The status that follows from the units alone.
    private func status(_ model: OrderModel) -> OrderStatus {
        guard model.hasShipped else { return model.hasEnded ? .cancelled : .confirmed }
        return model.hasEnded ? .shipped : .partiallyShipped
    }

    /// Each unit leaves its reservation once, by a parcel or by being given back; and comes back once.
    private func checkStock(_ state: OrderState, _ model: OrderModel, _ number: Int) throws {
        var (shipped, released, restocked): ([Int: Int64], [Int: Int64], Int64) = ([:], [:], 0)
        for effect in state.effects {
            switch effect {
            case .commitReservation(_, let portions):
                let all = portions.isEmpty ? Self.whole(model) : portions.map { ($0.line, $0.quantity) }
                for (line, units) in all { shipped[line, default: 0] += units }
            case .releaseReservation(_, let portions):
                let all = portions.isEmpty ? Self.whole(model) : portions.map { ($0.line, $0.quantity) }
                for (line, units) in all { released[line, default: 0] += units }
            case .restock(let units): restocked += units.quantity
            default: Issue.record("history \(number): \(effect)")
            }
        }
        for (place, line) in model.lines.enumerated() {
            #expect(shipped[place, default: 0] == line.shipped, "history \(number)")
            #expect(released[place, default: 0] == line.cancelled, "history \(number)")
        }
        #expect(restocked == model.goods.map(\.graded).reduce(0, +), "history \(number)")
    }

    private static func whole(_ model: OrderModel) -> [(Int, Int64)] {
        model.lines.enumerated().map { ($0, $1.ordered) }
    }
}
