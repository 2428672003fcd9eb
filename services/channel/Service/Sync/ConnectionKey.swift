internal import Postgres

/// Names a connection among those of all brands.
struct ConnectionKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Whose it is.
    let brand: PostgresUUID
    /// The brand's name for it.
    let id: String

    /// As leases and logs name it.
    var description: String { "\(self.brand)/\(self.id)" }

    /// By brand and id: the order in which rows are locked.
    static func < (left: Self, right: Self) -> Bool {
        left.brand == right.brand ? left.id.utf8.lexicographicallyPrecedes(right.id.utf8) : left.brand < right.brand
    }
}
