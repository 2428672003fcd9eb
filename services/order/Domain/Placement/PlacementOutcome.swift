public import OrderMessages
public import Refusals
public import WellKnownMessages

/// What an attempt to place an order came to.
public enum PlacementOutcome: Hashable, Sendable {
    /// Stock is held until it ships.
    case confirmed([HeldUnits])
    /// Stock is held until then, for a payment.
    case reserved([HeldUnits], until: ProtoTimestamp)
    /// There is not enough; nothing is held.
    case short([ShortfallLine])
    /// It cannot be placed.
    case refused(OrderRefusal, CancelReason)
    /// What was held or redeemed is gone again, though nobody has decided about the order: another attempt is needed. What is
    /// redeemed still counts for it, where it is.
    case gone(String, isRedeemed: Bool)
}

/// Units that inventory holds for a line of an order.
public struct HeldUnits: Hashable, Sendable {
    /// The line's place among those that were reserved, from 0 on.
    public var line: Int
    /// What is held: of a kit, the component.
    public var sku: String
    /// Where.
    public var locationID: String
    /// How many.
    public var quantity: Int64
    /// Of these, those that are not there yet.
    public var backordered: Int64

    /// Units with all that they consist of.
    public init(line: Int, sku: String, locationID: String, quantity: Int64, backordered: Int64 = 0) {
        self.line = line
        self.sku = sku
        self.locationID = locationID
        self.quantity = quantity
        self.backordered = backordered
    }
}

extension Order {
    /// The places of the lines that are reserved together: those of which units are left. A line's place in this list is its
    /// place in the reservation.
    public var linesToReserve: [Int] {
        self.items.indices.filter { self.items[$0].quantity > self.items[$0].cancelled }
    }

    /// Puts down what is held for the lines, in place of what was.
    mutating func hold(_ units: [HeldUnits]) {
        let lines = self.linesToReserve
        for place in self.items.indices {
            self.items[place].allocations = []
            self.items[place].backordered = 0
        }
        for held in units where lines.indices.contains(held.line) { self.items[lines[held.line]].hold(held) }
        for place in lines { self.items[place].countBackorders() }
        self.reservedLines = lines.count == self.items.count ? [] : lines.map { UInt32(clamping: $0) }
    }
}

extension OrderItem {
    /// Adds units to what is held, those of one SKU and location together: lots are inventory's.
    fileprivate mutating func hold(_ held: HeldUnits) {
        let same = self.allocations.firstIndex { $0.sku == held.sku && $0.locationID == held.locationID }
        guard let same else {
            self.allocations.append(
                LineAllocation(
                    sku: held.sku, locationID: held.locationID, quantity: held.quantity, backordered: held.backordered))
            return
        }
        self.allocations[same].quantity &+= held.quantity
        self.allocations[same].backordered &+= held.backordered
    }

    /// Counts the units of the line that are promised and not there: of a kit, as many as its scarcest component lacks.
    fileprivate mutating func countBackorders() {
        var sums: [String: (quantity: Int64, backordered: Int64)] = [:]
        for allocation in self.allocations where allocation.backordered > 0 {
            sums[allocation.sku] = (0, 0)
        }
        guard !sums.isEmpty else { return }
        for allocation in self.allocations {
            guard let sum = sums[allocation.sku] else { continue }
            sums[allocation.sku] = (sum.quantity &+ allocation.quantity, sum.backordered &+ allocation.backordered)
        }
        let units = Int128(self.quantity - self.cancelled)
        for sum in sums.values where sum.quantity > 0 {
            let (whole, rest) = (Int128(sum.backordered) * units).quotientAndRemainder(dividingBy: Int128(sum.quantity))
            self.backordered = max(self.backordered, Int64(clamping: rest == 0 ? whole : whole + 1))
        }
    }
}
