/// Something that two rows do not agree on, or a row with its movements.
public struct StockDifference: Hashable, Sendable {
    /// What disagrees.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A level's number is not the sum of its movements.
        case level = "level"
        /// There are movements or reservations at a location, and no level.
        case levelMissing = "level-missing"
        /// A level's version is older than its last movement, or newer than its item.
        case levelVersion = "level-version"
        /// A level's reserved units are not what open reservations hold there.
        case reservations = "reservations"
        /// There are levels, movements or reservations of a SKU, and no item.
        case itemMissing = "item-missing"
        /// An item's version is older than its last movement.
        case itemVersion = "item-version"
        /// An item's total is not the sum of its levels.
        case itemTotal = "item-total"
        /// An item says wrongly whether some level has free units.
        case itemInStock = "item-in-stock"
        /// A movement's recorded number is not what the movements up to it give.
        case movementBalance = "movement-balance"
        /// A movement cannot have happened to the numbers before it.
        case movementImpossible = "movement-impossible"
        /// Among the movements of one command one is missing, or there twice.
        case movementOrder = "movement-order"
        /// Units that transfers took up somewhere and put down nowhere, or the other way round.
        case transfers = "transfers"
        /// A lot's number is not the sum of its movements.
        case lot = "lot"
        /// Movements leave units in a lot, and the lot has no row.
        case lotMissing = "lot-missing"
        /// A lot has a row, and no movement was ever of it.
        case lotUnknown = "lot-unknown"
        /// A lot's reserved units are not what open reservations hold of it.
        case lotReservations = "lot-reservations"
        /// The lots of a level have more units than the level.
        case lotsBeyondLevel = "lots-beyond-level"
        /// There are more lots than are compared.
        case lotsUnread = "lots-unread"
        /// An item says wrongly whether it has lots.
        case itemHasLots = "item-has-lots"

        /// Whether it lies within the ledger, which is never changed: a repair settles it, and cannot undo it.
        public var isHistory: Bool {
            switch self {
            case .movementBalance, .movementImpossible, .movementOrder, .transfers: true
            case .level, .levelMissing, .levelVersion, .reservations, .itemMissing, .itemVersion, .itemTotal,
                .itemInStock, .lot, .lotMissing, .lotUnknown, .lotReservations, .lotsBeyondLevel, .lotsUnread,
                .itemHasLots:
                false
            }
        }
    }

    /// A movement's place among those of its SKU.
    public struct Place: Hashable, Sendable {
        /// The SKU's version after the command.
        public let version: Int64
        /// Which of the command's movements, from 0 on.
        public let part: Int64
    }

    /// What disagrees.
    public let kind: Kind
    /// Where; nil: it is about the SKU.
    public let location: LocationID?
    /// Of which lot; nil: it is about the level.
    public internal(set) var lot: LotID?
    /// Which movement it is about, if it is about one.
    public let movement: Place?
    /// Which number, for people: "available".
    public let number: String
    /// What the row says.
    public let stored: Int64
    /// What it should say by the movements, reservations or levels.
    public let expected: Int64
}
