internal import OrderMessages
internal import Refusals

/// What a parcel takes along: each line resolved to where its units are held.
struct ShippingPlan {
    /// The lines of the parcel, as they are kept.
    private(set) var lines: [ShipmentLine] = []
    /// The order's lines by place, as they are behind it.
    private(set) var items: [Int: OrderItem] = [:]
    /// What leaves of the reservation.
    private(set) var portions: [OrderEffect.Portion] = []
    private var units: [Int: LineUnits] = [:]
    private let order: Order

    /// A parcel with all that has not left yet.
    init(allOf order: Order) {
        self.order = order
        for place in order.items.indices {
            var units = self.units(of: place)
            let portions = units.shipAll()
            self.add(portions, of: place, units, lot: "")
        }
    }

    /// A parcel with what is asked for.
    ///
    /// - Throws: ``OrderRefusal`` with `unknownLine`, `duplicateEntry`, `quantityExceeded` or `invalidValue`.
    init(_ wanted: [ShipmentLine], of order: Order) throws(OrderRefusal) {
        self.order = order
        var seen: Set<[String]> = []
        for (number, line) in wanted.enumerated() {
            let field = "lines[\(number)]"
            guard seen.insert([line.lineID, line.sku, line.locationID, line.lotID]).inserted else {
                throw .duplicate("line \(line.lineID.debugDescription)", field: "\(field).lineId")
            }
            try OrderRefusal.checkQuantity(line.quantity, field: "\(field).quantity")
            try self.add(line, at: order.place(ofLine: line.lineID, field: "\(field).lineId"), field: field)
        }
    }

    private func units(of place: Int) -> LineUnits {
        self.units[place] ?? LineUnits(self.order.items[place], shipments: self.order.shipments)
    }

    private mutating func add(_ line: ShipmentLine, at place: Int, field: String) throws(OrderRefusal) {
        var units = self.units(of: place)
        let sku = self.order.items[place].sku
        guard line.sku.isEmpty || units.isKit || line.sku == sku else {
            throw OrderRefusal(
                .invalidValue, field: "\(field).sku", "is \(line.sku.debugDescription), and the line is no kit",
                expected: "nothing, or \(sku)")
        }
        guard line.sku.isEmpty || !units.isKit || units.left(of: line.sku, at: "") > 0 else {
            throw OrderRefusal(
                .invalidValue, field: "\(field).sku", "is no component of \(sku) that is still to be shipped",
                expected: "a component of which something is held")
        }
        let isWhole = line.sku.isEmpty || !units.isKit
        let portions =
            isWhole
            ? units.ship(line.quantity, from: line.locationID)
            : units.ship(line.quantity, ofComponent: line.sku, from: line.locationID)
        guard let portions else { throw self.exceeded(line, at: place, isWhole: isWhole, field: field) }
        self.add(portions, of: place, units, lot: line.lotID)
    }

    private func exceeded(_ line: ShipmentLine, at place: Int, isWhole: Bool, field: String) -> OrderRefusal {
        let units = self.units(of: place)
        let sku = isWhole ? self.order.items[place].sku : line.sku
        let there = units.isKit && isWhole ? units.open : units.left(of: sku, at: line.locationID)
        let limit = isWhole ? min(units.open, there) : there
        let state = line.locationID.isEmpty ? "still to be shipped" : "to be shipped from \(line.locationID)"
        return .quantityExceeded(line.quantity, of: limit, state, field: "\(field).quantity")
    }

    private mutating func add(_ portions: [LineUnits.Portion], of place: Int, _ units: LineUnits, lot: String) {
        guard !portions.isEmpty else { return }
        self.units[place] = units
        self.items[place] = units.result
        let item = self.order.items[place]
        for portion in portions {
            self.lines.append(
                ShipmentLine(
                    lineID: item.lineID, quantity: portion.quantity, locationID: portion.location, lotID: lot,
                    sku: units.isKit ? portion.sku : ""))
            self.portions.append(
                OrderEffect.Portion(
                    line: self.order.reservedPlace(of: place), sku: portion.sku, locationID: portion.location,
                    quantity: portion.quantity))
        }
    }
}

extension Order {
    /// The place of a line among those that were reserved: lines that were cancelled before are not among them.
    func reservedPlace(of place: Int) -> Int {
        self.reservedLines.firstIndex(of: UInt32(clamping: place)) ?? place
    }

    /// Whether all that was reserved is still held: nothing of it has shipped or was given back, so that all of it can be
    /// asked for at once.
    var isReservationWhole: Bool { self.shipments.isEmpty && self.items.allSatisfy { $0.cancelled == 0 } }
}

extension OrderEffect {
    /// The portions of one command to inventory; what a parcel takes beyond them is asked for by more commands.
    static let maximumPortions = 250

    /// Effects of portions, as many as it takes.
    static func inPortions(
        _ portions: [Portion], _ effect: ([Portion]) -> OrderEffect
    ) -> [OrderEffect] {
        stride(from: 0, to: portions.count, by: Self.maximumPortions).map {
            effect(Array(portions[$0..<min($0 + Self.maximumPortions, portions.count)]))
        }
    }
}
