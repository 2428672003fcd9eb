/// The rows that commands need: what the engine reads and locks before they are decided.
///
/// Reservations come first in the order of locks, and name the items of their commands; so a footprint is made in two
/// steps, from the commands alone and then with the reservations that were read.
public struct Footprint: Hashable, Sendable {
    /// Each once, in the order in which they are named.
    public let reservations: [ReservationID]
    /// Each once, in that order: the SKUs whose items and levels are read.
    public let skus: [SKU]

    /// The rows that commands need.
    ///
    /// - Parameters:
    ///   - commands: The commands of one brand.
    ///   - kits: The kits that they name: their components stand for them.
    ///   - reservations: Those that exist of the footprint without them.
    public init(of commands: [Command], kits: KitCatalog = KitCatalog(), reservations: [Reservation] = []) {
        var ids = OrderedNames<ReservationID>()
        var skus = OrderedNames<SKU>(capacity: commands.count)
        for command in commands {
            if let id = command.action.reservationID { ids.add(id) }
            command.action.forEachSKU { sku in
                if let components = kits.components(of: sku) {
                    for component in components { skus.add(component.sku) }
                } else {
                    skus.add(sku)
                }
            }
        }
        for reservation in reservations where reservation.holdsUnits {
            for allocation in reservation.allocations { skus.add(allocation.sku) }
        }
        self.reservations = ids.names
        self.skus = skus.names
    }
}

/// Names in the order in which they first came.
private struct OrderedNames<Name: Hashable> {
    private(set) var names: [Name] = []
    private var seen: Set<Name> = []

    init(capacity: Int = 0) {
        self.names.reserveCapacity(capacity)
        self.seen.reserveCapacity(capacity)
    }

    mutating func add(_ name: Name) {
        if self.seen.insert(name).inserted { self.names.append(name) }
    }
}

extension Action {
    /// The reservation that it is about.
    public var reservationID: ReservationID? {
        switch self {
        case .reserve(let order): order.id
        case .extend(let id, _), .confirm(let id), .commit(let id, _), .release(let id, _), .expire(let id): id
        default: nil
        }
    }

    /// The SKUs and kits that it names.
    public var skus: [SKU] {
        var skus: [SKU] = []
        self.forEachSKU { skus.append($0) }
        return skus
    }

    /// Calls `body` with each SKU and kit that it names.
    public func forEachSKU(_ body: (SKU) -> Void) {
        switch self {
        case .update(let update): body(update.sku)
        case .adjust(let place, _, _), .expect(let place, _), .receive(let place, _), .transfer(let place, _, _),
            .receiveTransfer(let place, _, _), .count(let place, _), .quarantine(let place, _),
            .releaseQuarantine(let place, _, _), .expireLot(let place):
            body(place.sku)
        case .reserve(let order): for line in order.lines { body(line.sku) }
        case .extend, .confirm, .commit, .release, .expire: break
        }
    }
}
