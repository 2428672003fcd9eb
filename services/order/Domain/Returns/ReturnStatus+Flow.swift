public import OrderMessages
internal import Refusals

extension ReturnStatus {
    /// Whether something is still to happen.
    public var isOpen: Bool {
        switch self {
        case .requested, .authorized, .partiallyReceived, .received, .graded: true
        default: false
        }
    }

    /// In a sentence: "partially received".
    var words: String {
        switch self {
        case .requested: "requested"
        case .authorized: "authorised"
        case .partiallyReceived: "partially received"
        case .received: "received"
        case .graded: "graded"
        case .refunded: "refunded"
        case .exchanged: "exchanged"
        case .refused: "refused"
        case .cancelled: "cancelled"
        case .closed: "closed"
        case .unspecified, .unrecognized: "in no known state"
        }
    }
}

/// What is done with a return that stands, and in which states it may be.
enum ReturnStep: CaseIterable {
    case authorize, refuse, cancel, receive, grade, refund, exchange

    /// The states in which it may be done.
    var states: [ReturnStatus] {
        switch self {
        case .authorize: [.requested]
        case .refuse, .cancel: [.requested, .authorized]
        case .receive: [.authorized, .partiallyReceived, .received, .graded]
        case .grade: [.partiallyReceived, .received]
        case .refund, .exchange: [.graded]
        }
    }

    /// In a sentence: "be graded".
    private var words: String {
        switch self {
        case .authorize: "be authorised"
        case .refuse: "be refused"
        case .cancel: "be cancelled"
        case .receive: "be received"
        case .grade: "be graded"
        case .refund: "be refunded"
        case .exchange: "be exchanged"
        }
    }

    /// - Throws: ``OrderRefusal`` with `stateNotAllowed`.
    func check(_ goods: Return) throws(OrderRefusal) {
        guard !self.states.contains(goods.status) else { return }
        throw OrderRefusal(
            .stateNotAllowed, "the return is \(goods.status.words) and cannot \(self.words)",
            faults: [
                FieldFault(
                    field: "status", reason: "is \(goods.status.words)",
                    expected: self.states.map(\.words).joined(separator: ", "))
            ])
    }
}

extension Return {
    /// The state that follows from the units that came and were graded.
    var counted: ReturnStatus {
        let received = self.lines.reduce(Int64(0)) { $0.addingClamped($1.received) }
        let graded = self.lines.reduce(Int64(0)) { $0.addingClamped($1.graded) }
        guard received > 0 else { return .authorized }
        guard graded < received else { return .graded }
        return self.lines.allSatisfy { $0.received == $0.quantity } ? .received : .partiallyReceived
    }

    /// What is to come of an order's line.
    func awaited(ofLine id: String) -> Int64 {
        guard self.status.isOpen else { return 0 }
        return self.lines.reduce(0) { $1.lineID == id ? $0.addingClamped($1.quantity - $1.received) : $0 }
    }
}
