public import OrderMessages
public import Refusals

extension OrderStatus {
    /// Where an order may go from here, directly.
    ///
    /// This is the only table of it. A status never moves backwards, and an order that is cancelled or closed stays so; only an
    /// order that was never placed, and is placed anew by its channel's id, begins again, as another attempt on record.
    public var successors: [OrderStatus] {
        switch self {
        case .pending: [.reserved, .confirmed, .cancelled]
        case .reserved: [.confirmed, .cancelled]
        case .confirmed: [.partiallyShipped, .shipped, .cancelled]
        case .partiallyShipped: [.shipped]
        case .shipped, .fulfilled: [.delivered]
        case .delivered: [.closed]
        case .cancelled, .closed, .unspecified, .unrecognized: []
        }
    }

    /// Whether an order in this state may go to another one directly.
    public func canBecome(_ next: OrderStatus) -> Bool { self.successors.contains(next) }

    /// As it is kept in columns and found by filters: fulfilled is another word for shipped.
    public var stored: OrderStatus { self == .fulfilled ? .shipped : self }

    /// Whether stock of it is on its way or further.
    public var hasShippedAll: Bool {
        switch self {
        case .shipped, .fulfilled, .delivered, .closed: true
        default: false
        }
    }

    /// In a sentence: "partially shipped".
    public var words: String {
        switch self {
        case .pending: "pending"
        case .reserved: "reserved"
        case .confirmed: "confirmed"
        case .partiallyShipped: "partially shipped"
        case .shipped: "shipped"
        case .fulfilled: "fulfilled"
        case .delivered: "delivered"
        case .cancelled: "cancelled"
        case .closed: "closed"
        case .unspecified, .unrecognized: "in no known state"
        }
    }
}

extension Order {
    /// Moves the order on.
    ///
    /// - Throws: ``OrderRefusal`` with `stateNotAllowed` where it may not go there from where it is.
    public mutating func become(_ next: OrderStatus) throws(OrderRefusal) {
        guard self.status.canBecome(next) else {
            throw self.refusal(to: "become \(next.words)", in: self.status.successors.map(\.words))
        }
        self.status = next
    }

    /// The refusal of something that the order's state does not allow.
    ///
    /// - Parameters:
    ///   - doing: What was asked for: "be shipped".
    ///   - expected: In which states, or to which, it would be possible.
    public func refusal(to doing: String, in expected: [String]) -> OrderRefusal {
        let valid = expected.isEmpty ? "nothing more can be done with it" : expected.joined(separator: ", ")
        return OrderRefusal(
            .stateNotAllowed, "the order is \(self.status.words) and cannot \(doing)",
            faults: [FieldFault(field: "status", reason: "is \(self.status.words)", expected: valid)])
    }
}
