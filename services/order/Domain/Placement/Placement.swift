public import OrderMessages
public import Refusals
public import WellKnownMessages

/// One attempt to place an order: which step comes next, given what has been answered.
///
/// The order is on record before the first step, so whoever finds it pending can begin again from the start: each step is a
/// command whose id follows from order and attempt, and gives its first answer when it is sent again. The last step,
/// ``Step/conclude(_:)``, is a change of the order that counts only while the order is still pending in the same attempt; if
/// it takes something back, the commands that do so are recorded with it. So it does not matter how many do this at once,
/// nor where one of them stops.
public struct Placement: Hashable, Sendable {
    /// What is to be done next.
    public enum Step: Hashable, Sendable {
        /// Record the order that takes over what was split off.
        case separate
        /// Redeem the rules and coupons that the prices depend on.
        case redeem
        /// Hold stock: for good, or where the order is to wait for its payment, until an expiry.
        case reserve
        /// Ask inventory what is missing.
        case look
        /// Take the expiry from the reservation.
        case confirm
        /// Decide about the order.
        case conclude(PlacementOutcome)
    }

    /// What pricing said.
    public enum Redeeming: Hashable, Sendable {
        /// All uses are counted.
        case redeemed
        /// They cannot be.
        case refused(OrderRefusal)
        /// They were taken back.
        case reversed
    }

    /// What inventory said to a reserve command.
    public enum Reserving: Hashable, Sendable {
        /// All of it is held: until then, unless it is for good. Where that was said before, it need not be so any more.
        case held([HeldUnits], until: ProtoTimestamp, isRepeated: Bool)
        /// Not enough is there.
        case short
        /// It cannot be held, whatever is there.
        case refused(OrderRefusal)
        /// It was held, and is not any more.
        case ended(String)
    }

    /// What inventory said to the confirmation.
    public enum Confirming: Hashable, Sendable {
        /// It has no expiry any more.
        case confirmed
        /// It is not held any more.
        case ended(String)
    }

    /// How often it is asked what is missing, and answered that nothing is, before that is told as it is.
    public static let maximumLooks = 3

    /// What is to be done next.
    public private(set) var step: Step
    private let onShortfall: ShortfallPolicy
    private let waitsForPayment: Bool
    private let isHeldForGood: Bool
    private let lines: [ShortfallLine]
    private var looks = 0
    private var held: [HeldUnits] = []

    /// The attempt that an order is in: pending, or reserved and paid meanwhile.
    public init(of order: Order) {
        let plan = order.plan
        self.onShortfall = plan?.onShortfall ?? .hold
        self.isHeldForGood = order.isHeldForGood
        self.waitsForPayment = plan?.confirmOnPayment == true && !order.isPaid
        self.lines = order.linesToReserve.map { place in
            let item = order.items[place]
            return ShortfallLine(lineID: item.lineID, sku: item.sku, missing: item.quantity - item.cancelled)
        }
        self.step =
            if order.status == .reserved {
                .confirm
            } else if plan?.splitItems.isEmpty == false {
                .separate
            } else {
                order.redemptionID.isEmpty ? .reserve : .redeem
            }
    }

    /// The order that takes over what was split off is on record.
    ///
    /// - Parameter redeems: Whether there is something to redeem.
    public mutating func separated(redeems: Bool) {
        guard self.step == .separate else { return }
        self.step = redeems ? .redeem : .reserve
    }

    /// Pricing has answered.
    public mutating func redeemed(_ answer: Redeeming) {
        guard self.step == .redeem else { return }
        self.step =
            switch answer {
            case .redeemed: .reserve
            case .refused(let refusal): .conclude(.refused(refusal, .price))
            case .reversed: .conclude(.gone("uses of coupons were taken back", isRedeemed: false))
            }
    }

    /// Inventory has answered to the reserve command.
    public mutating func reserved(_ answer: Reserving) {
        guard self.step == .reserve else { return }
        switch answer {
        case .held(let units, let until, let isRepeated):
            self.held = units
            self.step =
                if self.waitsForPayment {
                    .conclude(.reserved(units, until: until))
                } else {
                    self.isHeldForGood && !isRepeated ? .conclude(.confirmed(units)) : .confirm
                }
        case .short: self.step = .look
        case .refused(let refusal): self.step = .conclude(.refused(refusal, .notPlaced))
        case .ended(let reason): self.step = .conclude(.gone(reason, isRedeemed: true))
        }
    }

    /// Inventory has said how many units of which lines it does not have.
    ///
    /// - Parameters:
    ///   - missing: By the line's place among those to reserve; empty: it has all of them meanwhile.
    ///   - unknown: The refusal where nobody knows some of the parts; nil: all are known.
    public mutating func looked(missing: [Int: Int64], unknown: OrderRefusal? = nil) {
        guard self.step == .look else { return }
        if let unknown {
            self.step = .conclude(.refused(unknown, .notPlaced))
            return
        }
        self.looks += 1
        guard !missing.isEmpty || self.looks >= Self.maximumLooks else {
            self.step = .reserve
            return
        }
        // What others take and give back again all the time is as good as not there.
        let lines =
            missing.isEmpty
            ? self.lines
            : missing.sorted { $0.key < $1.key }.compactMap { line, units in
                guard self.lines.indices.contains(line) else { return nil }
                var short = self.lines[line]
                short.missing = min(max(units, 1), short.missing)
                return short
            }
        self.step = .conclude(
            self.onShortfall == .refuse ? .refused(.insufficientStock(lines), .outOfStock) : .short(lines))
    }

    /// Inventory has answered to the confirmation.
    public mutating func confirmed(_ answer: Confirming) {
        guard self.step == .confirm else { return }
        self.step =
            switch answer {
            case .confirmed: .conclude(.confirmed(self.held))
            case .ended(let reason): .conclude(.gone(reason, isRedeemed: true))
            }
    }
}

extension Order {
    /// Whether its stock is held without an expiry from the start: as all that is to be done is on record, and who began it
    /// or somebody else will end it, it needs none. An order that waits for its payment does not.
    public var isHeldForGood: Bool { self.plan?.confirmOnPayment != true }
}

extension Refusal where Reason == RefusalReason {
    /// There is not enough of some lines.
    public static func insufficientStock(_ lines: [ShortfallLine]) -> OrderRefusal {
        let faults = lines.prefix(OrderFaults.maximum).map { line in
            FieldFault(
                field: "items[lineId=\(line.lineID)].quantity",
                reason: "is \(line.missing) more than there is of \(line.sku)",
                expected: "what is there, or a policy that lets it wait")
        }
        let text = lines.map { "\($0.missing) of \($0.sku)" }.prefix(10).joined(separator: ", ")
        return OrderRefusal(.insufficientStock, "not enough is there: \(text) missing", faults: faults)
    }
}
