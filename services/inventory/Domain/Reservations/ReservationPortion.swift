/// A part of what a reservation holds: what one parcel takes along, or a customer no longer wants.
public struct ReservationPortion: Hashable, Sendable {
    /// The line's place in the reserve command, from 0 on.
    public let line: Int
    /// What is held: for a kit, the component.
    public let sku: SKU
    /// Where; nil: wherever the line's units are held, in the order of its allocations.
    public let location: LocationID?
    /// Units.
    public let quantity: Quantity

    /// A part.
    public init(line: Int, sku: SKU, location: LocationID? = nil, quantity: Quantity) {
        self.line = line
        self.sku = sku
        self.location = location
        self.quantity = quantity
    }
}
