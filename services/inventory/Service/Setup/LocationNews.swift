internal import Events
internal import Postgres

/// What a transaction has to tell of locations.
struct LocationNews: Sendable {
    var events: [Event] = []
    /// The brands of which other units are sold than before, singly and in kits.
    var brandsSellingOtherwise: Set<PostgresUUID> = []

    /// Adds what else the transaction has to tell.
    mutating func add(_ other: LocationNews) {
        self.events += other.events
        self.brandsSellingOtherwise.formUnion(other.brandsSellingOtherwise)
    }

    /// The commands that tell of it, for the end of the transaction: behind the locks of all of its locations, or who tells
    /// of others and of the same kits would wait for it in turn.
    func commands() throws -> [PostgresCommand] {
        let kits = KitAnnouncements.addingAll(of: Array(self.brandsSellingOtherwise))
        return (self.brandsSellingOtherwise.isEmpty ? [] : [kits]) + (try EventLog.appendAll(self.events))
    }
}
