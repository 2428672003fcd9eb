internal import OrderMessages

/// Where the units of a line are that have not shipped: what parcels take from, and what can be cancelled.
///
/// A line of a kit is held as its components. How many kits have shipped follows from them: as many as all components
/// together make up. A kit of which a component has left cannot be cancelled any more.
struct LineUnits {
    /// Units of one SKU at one location.
    struct Portion: Hashable {
        /// Of a kit: the component.
        var sku: String
        /// Empty: not known.
        var location: String
        /// Units.
        var quantity: Int64
    }

    /// Units of a SKU of which the line consists.
    private struct Component {
        var sku: String
        /// For all units of the line that are not cancelled.
        var held: Int64
        var shipped: Int64
    }

    /// The line, with what was taken of it.
    private var item: OrderItem
    /// The line is held as components.
    let isKit: Bool
    /// The allocations say where all units are; otherwise inventory chooses.
    private let isPlaced: Bool
    private var components: [Component]
    /// Units of each allocation that have not shipped.
    private var left: [Int64]

    /// A line, with the parcels that have left.
    init(_ item: OrderItem, shipments: [Shipment]) {
        self.item = item
        self.isKit = item.allocations.contains { $0.sku != item.sku }
        let placed = item.allocations.reduce(Int64(0)) { $0.addingClamped($1.quantity) }
        self.isPlaced = self.isKit || placed == item.quantity - item.cancelled && placed > 0
        self.left = item.allocations.map(\.quantity)
        self.components = [Component(sku: item.sku, held: item.quantity - item.cancelled, shipped: item.shipped)]
        if self.isKit {
            self.components = []
            for allocation in item.allocations {
                if let place = self.place(of: allocation.sku) {
                    self.components[place].held = self.components[place].held.addingClamped(allocation.quantity)
                } else {
                    self.components.append(Component(sku: allocation.sku, held: allocation.quantity, shipped: 0))
                }
            }
        }
        for line in shipments.lazy.flatMap(\.lines) where line.lineID == item.lineID { self.count(line) }
    }

    private mutating func count(_ line: ShipmentLine) {
        let sku = line.sku.isEmpty ? self.item.sku : line.sku
        var missing = line.quantity
        for (place, allocation) in self.item.allocations.enumerated()
        where missing > 0 && allocation.sku == sku && allocation.locationID == line.locationID {
            let taken = min(missing, self.left[place])
            self.left[place] -= taken
            missing -= taken
        }
        guard self.isKit, let place = self.place(of: sku) else { return }
        self.components[place].shipped = self.components[place].shipped.addingClamped(line.quantity)
    }

    private func place(of sku: String) -> Int? { self.components.firstIndex { $0.sku == sku } }

    /// Units that are not cancelled.
    private var kept: Int64 { self.item.quantity - self.item.cancelled }

    /// Units of the line that have shipped with all that they consist of.
    var shipped: Int64 { self.components.map { self.units(of: $0, roundedUp: false) }.min() ?? 0 }

    /// Units of the line of which something has shipped.
    private var touched: Int64 { self.components.map { self.units(of: $0, roundedUp: true) }.max() ?? 0 }

    /// Units of the line of which nothing has shipped, and that are not cancelled.
    var open: Int64 { max(0, self.kept - self.touched) }

    /// Whether all that is not cancelled has shipped.
    var isShipped: Bool { self.components.allSatisfy { $0.shipped >= $0.held } }

    /// The units of the line for which so many of a component have shipped.
    private func units(of component: Component, roundedUp: Bool) -> Int64 {
        guard component.held > 0 else { return self.kept }
        let product = Int128(component.shipped) * Int128(self.kept)
        let (quotient, remainder) = product.quotientAndRemainder(dividingBy: Int128(component.held))
        return Int64(clamping: roundedUp && remainder > 0 ? quotient + 1 : quotient)
    }

    /// The units of a component in the first so many units of the line.
    private func need(of component: Component, for units: Int64) -> Int64 {
        guard self.kept > 0 else { return 0 }
        return Int64(clamping: Int128(component.held) * Int128(units) / Int128(self.kept))
    }

    /// What some units of the line consist of.
    func parts(of units: Int64) -> [(sku: String, quantity: Int64)] {
        self.components.map { ($0.sku, self.need(of: $0, for: units)) }.filter { $0.1 > 0 }
    }

    /// The line as it stands, with what was taken of it.
    var result: OrderItem {
        var item = self.item
        if !self.isKit && self.isPlaced {
            item.backordered = item.allocations.reduce(0) { $0.addingClamped($1.backordered) }
        }
        item.backordered = min(item.backordered, self.open)
        item.allocations.removeAll { $0.quantity == 0 }
        return item
    }

    // MARK: Shipping

    /// Takes whole units of the line for a parcel.
    ///
    /// - Parameter location: Where all of it must be; empty: wherever it is held, in the order of the allocations.
    /// - Returns: What leaves; nil: there is not so much there, and then the units are of no use any more.
    mutating func ship(_ units: Int64, from location: String) -> [Portion]? {
        guard units <= self.open else { return nil }
        let touched = self.touched
        var portions: [Portion] = []
        let needs = self.components.map {
            self.need(of: $0, for: touched + units) - self.need(of: $0, for: touched)
        }
        for (place, need) in needs.enumerated() where need > 0 {
            guard let some = self.take(need, ofComponentAt: place, from: location) else { return nil }
            portions += some
        }
        return portions
    }

    /// Takes units of a component for a parcel.
    mutating func ship(_ units: Int64, ofComponent sku: String, from location: String) -> [Portion]? {
        guard let place = self.place(of: sku) else { return nil }
        return self.take(units, ofComponentAt: place, from: location)
    }

    /// Takes all that has not shipped.
    mutating func shipAll() -> [Portion] {
        var portions: [Portion] = []
        for place in self.components.indices {
            let missing = self.components[place].held - self.components[place].shipped
            guard missing > 0 else { continue }
            portions += self.take(missing, ofComponentAt: place, from: "") ?? []
        }
        return portions
    }

    /// Units of a SKU that are held at a location, or with none anywhere, and have not shipped.
    func left(of sku: String, at location: String) -> Int64 {
        guard self.isPlaced else { return self.open }
        var sum: Int64 = 0
        for (place, allocation) in self.item.allocations.enumerated()
        where allocation.sku == sku && (location.isEmpty || allocation.locationID == location) {
            sum = sum.addingClamped(self.left[place])
        }
        return sum
    }

    private mutating func take(_ units: Int64, ofComponentAt place: Int, from location: String) -> [Portion]? {
        let sku = self.components[place].sku
        guard units <= self.left(of: sku, at: location) else { return nil }
        self.components[place].shipped = self.components[place].shipped.addingClamped(units)
        defer { self.item.shipped = self.shipped }
        guard self.isPlaced else {
            return [Portion(sku: sku, location: location, quantity: units)]
        }
        var (missing, portions) = (units, [Portion]())
        for (index, allocation) in self.item.allocations.enumerated()
        where missing > 0 && allocation.sku == sku && (location.isEmpty || allocation.locationID == location) {
            let taken = min(missing, self.left[index])
            guard taken > 0 else { continue }
            self.left[index] -= taken
            missing -= taken
            portions.append(Portion(sku: sku, location: allocation.locationID, quantity: taken))
        }
        return portions
    }

    // MARK: Cancelling

    /// Cancels units of the line.
    ///
    /// They are taken from the end of its allocations, where what is not there yet stands behind what is.
    ///
    /// - Returns: What is not held any more; nil: so many are not open, and then nothing is cancelled.
    mutating func cancel(_ units: Int64) -> [Portion]? {
        guard units <= self.open else { return nil }
        var portions: [Portion] = []
        for place in self.components.indices {
            let component = self.components[place]
            let surplus = component.held - self.need(of: component, for: self.kept - units)
            self.components[place].held -= surplus
            portions += self.release(surplus, of: component.sku)
        }
        self.item.cancelled += units
        return portions
    }

    private mutating func release(_ units: Int64, of sku: String) -> [Portion] {
        guard self.isPlaced else {
            return units > 0 ? [Portion(sku: sku, location: "", quantity: units)] : []
        }
        var (missing, portions) = (units, [Portion]())
        for index in self.item.allocations.indices.reversed()
        where missing > 0 && self.item.allocations[index].sku == sku {
            let taken = min(missing, self.left[index])
            guard taken > 0 else { continue }
            self.left[index] -= taken
            self.item.allocations[index].quantity -= taken
            let backordered = self.item.allocations[index].backordered
            self.item.allocations[index].backordered = max(0, backordered - taken)
            missing -= taken
            portions.append(
                Portion(sku: sku, location: self.item.allocations[index].locationID, quantity: taken))
        }
        return portions
    }
}

extension Int64 {
    /// The sum, or the greatest number where it is more.
    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, isTooGreat) = self.addingReportingOverflow(other)
        return isTooGreat ? .max : sum
    }
}
