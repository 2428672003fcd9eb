/// What is called in a load test.
public enum CallKind: String, Sendable, Hashable, CaseIterable {
    /// The stock of one SKU, hot ones most.
    case read
    /// The stock of one SKU, each in its turn.
    case coldRead = "cold read"
    /// Stock is set to a number.
    case set
    /// Stock is changed by a difference.
    case adjust
    /// Stock comes in for a SKU that was sold out.
    case receive
    /// Units are held for an order.
    case reserve
    /// What is held is shipped.
    case commit
    /// What is held is given back.
    case release
}
