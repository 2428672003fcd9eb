/// Where units are, or where they come from and go to.
///
/// The raw values stand in movements for ever; they are those of the proto enum.
public enum StockState: Int16, Hashable, Sendable, CaseIterable {
    /// There and free. Negative where more is promised than is there.
    case available = 1
    /// Promised to an order.
    case reserved = 2
    /// There, not to be sold, not among those on hand.
    case quarantined = 3
    /// On its way here from another location.
    case inTransit = 4
    /// Announced by a supplier.
    case incoming = 5
    /// Outside: the supplier.
    case supplier = 6
    /// Outside: with a customer.
    case shipped = 7
    /// Outside: lost, damaged, stolen; what counts find missing or found again.
    case lost = 8
    /// Outside: numbers set or corrected by hand or by another system.
    case correction = 9
    /// Outside of one location, inside of the other: what a transfer takes up here and puts down there. Over all
    /// locations of a SKU it is always zero.
    case transfer = 10
}
