/// What uses are counted by: a rule or a coupon, for all customers together or for one.
public struct UseCounter: Hashable, Sendable {
    /// What is used. The numbers stand in rows.
    public enum Kind: Int16, Hashable, Sendable {
        case rule = 1
        case coupon = 2
    }

    /// What is used.
    public var kind: Kind
    /// The rule's id, or the coupon's folded code.
    public var id: String
    /// Whose uses; empty: all customers' together.
    public var customerID: String

    /// A counter with all that it consists of.
    public init(_ kind: Kind, _ id: String, customerID: String = "") {
        self.kind = kind
        self.id = id
        self.customerID = customerID
    }

    /// What a use counts for.
    ///
    /// - Parameters:
    ///   - coupon: The folded code; empty: none.
    ///   - customerID: Empty: unknown, which counts for all customers together only.
    public static func all(rule: String, coupon: String, customerID: String) -> [UseCounter] {
        let totals = [UseCounter(.rule, rule)] + (coupon.isEmpty ? [] : [UseCounter(.coupon, coupon)])
        guard !customerID.isEmpty else { return totals }
        return totals + totals.map { UseCounter($0.kind, $0.id, customerID: customerID) }
    }
}
