import OrderMessages

/// An order as nothing but counts: what may happen to its units and money, told independently of the domain.
struct OrderModel {
    struct Line {
        let ordered: Int64
        /// In cents.
        let price: Int64
        var shipped: Int64 = 0
        var cancelled: Int64 = 0
        var back: Int64 = 0
        /// Units for which money was given.
        var compensated: Int64 = 0

        var open: Int64 { self.ordered - self.shipped - self.cancelled }
    }

    struct Goods {
        let line: Int
        let quantity: Int64
        var received: Int64 = 0
        var graded: Int64 = 0
        var isOpen = true
    }

    struct Claim {
        let line: Int
        let quantity: Int64
        var isOpen = true
        var isSettled = false
    }

    var lines: [Line]
    var goods: [Goods] = []
    var claims: [Claim] = []
    /// In cents.
    var paid: Int64
    var refunded: Int64 = 0

    var hasEnded: Bool { self.lines.allSatisfy { $0.open == 0 } }
    var hasShipped: Bool { self.lines.contains { $0.shipped > 0 } }

    mutating func ship(_ line: Int, _ units: Int64) -> Bool {
        guard units <= self.lines[line].open else { return false }
        self.lines[line].shipped += units
        return true
    }

    mutating func cancel(_ line: Int, _ units: Int64) -> Bool {
        guard units <= self.lines[line].open else { return false }
        self.lines[line].cancelled += units
        return true
    }

    mutating func refund(_ cents: Int64) -> Bool {
        guard cents <= self.paid - self.refunded else { return false }
        self.refunded += cents
        return true
    }

    mutating func request(_ line: Int, _ units: Int64) -> Bool {
        let onTheWay = self.goods.filter { $0.line == line && $0.isOpen }.map { $0.quantity - $0.received }.reduce(0, +)
        guard self.hasShipped, units <= self.lines[line].shipped - self.lines[line].back - onTheWay else {
            return false
        }
        self.goods.append(Goods(line: line, quantity: units))
        return true
    }

    mutating func receive(_ number: Int, _ units: Int64) -> Bool {
        let goods = self.goods[number]
        guard goods.isOpen, units <= goods.quantity - goods.received else { return false }
        self.goods[number].received += units
        self.lines[goods.line].back += units
        return true
    }

    mutating func grade(_ number: Int, _ units: Int64) -> Bool {
        let goods = self.goods[number]
        guard goods.isOpen, units <= goods.received - goods.graded else { return false }
        self.goods[number].graded += units
        return true
    }

    mutating func refundGoods(_ number: Int) -> Bool {
        let goods = self.goods[number]
        guard goods.isOpen, goods.graded > 0, goods.graded == goods.received else { return false }
        let due = self.pay(goods.line, goods.graded, isAllOrNothing: false)
        if due { self.goods[number].isOpen = false }
        return due
    }

    mutating func claim(_ line: Int, _ units: Int64) -> Bool {
        let claimed = self.claims.filter { $0.line == line && ($0.isOpen || $0.isSettled) }.map(\.quantity).reduce(0, +)
        guard self.hasShipped, units <= self.lines[line].shipped - self.lines[line].back - claimed else { return false }
        self.claims.append(Claim(line: line, quantity: units))
        return true
    }

    mutating func settle(_ number: Int) -> Bool {
        let claim = self.claims[number]
        guard claim.isOpen, self.pay(claim.line, claim.quantity, isAllOrNothing: true) else { return false }
        self.claims[number].isOpen = false
        self.claims[number].isSettled = true
        return true
    }

    /// Gives money for units: once for each that shipped.
    private mutating func pay(_ line: Int, _ units: Int64, isAllOrNothing: Bool) -> Bool {
        let some = min(units, self.lines[line].shipped - self.lines[line].compensated)
        let (due, left) = (some * self.lines[line].price, self.paid - self.refunded)
        guard isAllOrNothing ? due > 0 && due <= left : due == 0 || left > 0 else { return false }
        self.refunded += min(due, left)
        if due > 0 || isAllOrNothing { self.lines[line].compensated += some }
        return true
    }
}
