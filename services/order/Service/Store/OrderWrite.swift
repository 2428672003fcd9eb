internal import OrderDomain

/// One thing of a batch of changes.
enum OrderWrite: Sendable {
    case new(NewOrder)
    case command(OrderCommand)
}

/// What one thing of a batch came to.
enum OrderOutcome: Sendable {
    case new(NewOrderAnswer)
    /// The key stands for an order that could not be placed, and whose place the new one is to take.
    case replaceable(OrderID)
    case command(OrderAnswer)
    case refused(OrderRefusal)
}
