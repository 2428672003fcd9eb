public import OrderMessages

/// What another service is to do for an order. Each is a command with an id derived from the order's, so that it can be
/// sent until it is answered, and does nothing twice.
public enum OrderEffect: Hashable, Sendable {
    /// Units of a reservation, by the place of the order's line in it.
    public struct Portion: Hashable, Sendable {
        /// The line's place among those that were reserved, from 0 on.
        public var line: Int
        /// Of a kit: the component.
        public var sku: String
        /// Empty: in the order of the line's allocations.
        public var locationID: String
        /// Units.
        public var quantity: Int64

        /// A portion with all that it consists of.
        public init(line: Int, sku: String, locationID: String = "", quantity: Int64) {
            self.line = line
            self.sku = sku
            self.locationID = locationID
            self.quantity = quantity
        }
    }

    /// Units of a part at a location.
    public struct Units: Hashable, Sendable {
        /// The part.
        public var sku: String
        /// Where they are.
        public var locationID: String
        /// How many.
        public var quantity: Int64
        /// What is printed on them; empty: no lot.
        public var lotID: String

        /// Units with all that they consist of.
        public init(sku: String, locationID: String, quantity: Int64, lotID: String = "") {
            self.sku = sku
            self.locationID = locationID
            self.quantity = quantity
            self.lotID = lotID
        }
    }

    /// Parts that are sent to the buyer without charge.
    public struct Replacement: Hashable, Sendable {
        /// The return or claim that they are for.
        public var subject: String
        /// SKUs and quantities.
        public var items: [OrderItem]

        /// Parts with what they are for.
        public init(subject: String, items: [OrderItem]) {
            self.subject = subject
            self.items = items
        }
    }

    /// Stock that is held ships: portions of it, or with none all.
    case commitReservation(id: String, [Portion])
    /// Stock that is held is given back: portions of it, or with none all, and then for ever.
    case releaseReservation(id: String, [Portion])
    /// Uses of coupons and rules are given back.
    case reverseRedemption(id: String)
    /// Units that came back can be sold again.
    case restock(Units)
    /// Units that came back are on the shelf, and not sold.
    case quarantine(Units)
    /// An order without charge is placed in the place of parts of this one.
    case replace(Replacement)
}
