/// The rows that commands need: what the engine reads and locks before they are decided.
///
/// Reservations come first in the order of locks, and name the items of their commands; so a footprint is made in two
/// steps, from the commands alone and then with the reservations that were read.
public struct Footprint: Hashable, Sendable {
    /// Ascending.
    public let reservations: [ReservationID]
    /// Ascending: the SKUs whose items and levels are read under lock.
    public let skus: [SKU]

    /// The rows that commands need.
    ///
    /// - Parameters:
    ///   - commands: The commands of one brand.
    ///   - kits: The kits that they name: their components stand for them.
    ///   - reservations: Those that exist of the footprint without them.
    public init(of commands: [Command], kits: KitCatalog = KitCatalog(), reservations: [Reservation] = []) {
        var ids: Set<ReservationID> = []
        var skus: Set<SKU> = []
        for command in commands {
            if let id = command.action.reservationID { ids.insert(id) }
            for sku in command.action.skus {
                if let components = kits.components(of: sku) {
                    skus.formUnion(components.map(\.sku))
                } else {
                    skus.insert(sku)
                }
            }
        }
        for reservation in reservations where reservation.holdsUnits {
            skus.formUnion(reservation.allocations.map(\.sku))
        }
        self.reservations = ids.sorted()
        self.skus = skus.sorted()
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
        switch self {
        case .update(let update): [update.sku]
        case .adjust(let place, _, _), .expect(let place, _), .receive(let place, _), .transfer(let place, _, _),
            .receiveTransfer(let place, _, _), .count(let place, _), .quarantine(let place, _),
            .releaseQuarantine(let place, _, _), .expireLot(let place):
            [place.sku]
        case .reserve(let order): order.lines.map(\.sku)
        case .extend, .confirm, .commit, .release, .expire: []
        }
    }
}
