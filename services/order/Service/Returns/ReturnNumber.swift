internal import OrderDomain

/// What the id of a return or claim says: its order, and its number there.
struct ReturnNumber: Hashable, Sendable {
    /// What ids of returns have between order and number.
    static let returnLetter: Character = "r"
    /// The same of claims.
    static let claimLetter: Character = "w"

    /// The order.
    let order: OrderID
    /// From 1 on.
    let number: Int32

    /// Its place among the order's.
    var place: Int { Int(self.number) - 1 }

    /// The parts of an id; nil: it is none that was given out.
    init?(_ id: String, _ letter: Character) {
        guard let hyphen = id.lastIndex(of: "-"), let order = OrderID(id[..<hyphen]) else { return nil }
        let end = id[id.index(after: hyphen)...]
        guard end.first == letter, let number = Int32(end.dropFirst()), number > 0, end.dropFirst() == "\(number)"
        else {
            return nil
        }
        self.order = order
        self.number = number
    }
}
