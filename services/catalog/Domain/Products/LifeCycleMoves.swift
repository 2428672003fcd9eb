public import CatalogMessages

/// The moves from one status to another that are normal in the trade.
///
/// They are those of the trade's code list; beside them a product that is available may become temporarily unavailable or
/// be renumbered, to which no status would lead otherwise.
public enum LifeCycleMoves {
    /// Where a product may go from a status; none for an unknown status.
    public static func next(after status: LifeCycle) -> [LifeCycle] {
        switch status {
        case .proposed: [.released, .available, .electronicallyAnnounced]
        case .released: [.available, .electronicallyAnnounced]
        case .available:
            [.temporarilyUnavailable, .renumbered, .superseded, .discontinued, .whileSuppliesLast]
        case .electronicallyAnnounced: [.available, .superseded]
        case .announced: [.available, .electronicallyAnnounced]
        case .temporarilyUnavailable: [.available]
        case .renumbered: [.superseded, .discontinued]
        case .superseded: [.discontinued, .obsolete]
        case .discontinued: [.obsolete]
        case .whileSuppliesLast: [.available, .superseded, .discontinued, .obsolete]
        case .notYetAvailable: [.proposed, .available]
        case .obsolete, .unspecified, .unrecognized: []
        }
    }

    /// Refuses a move that is not normal; to stay is no move.
    ///
    /// - Throws: ``CatalogRefusal`` with `lifeCycle`, which names where the product may go.
    public static func check(from previous: LifeCycle, to status: LifeCycle) throws(CatalogRefusal) {
        let next = Self.next(after: previous)
        guard previous != status, !next.contains(status) else { return }
        throw CatalogRefusal(
            .lifeCycle, field: "status", "is \(status.name), which a product that is \(previous.name) does not become",
            expected: next.isEmpty
                ? "\(previous.name), which is the end"
                : (CollectionOfOne(previous) + next).map(\.name).joined(separator: ", "))
    }
}

extension LifeCycle {
    /// The name in JSON.
    public var name: String {
        switch self {
        case .unspecified: "unspecified"
        case .proposed: "proposed"
        case .released: "released"
        case .available: "available"
        case .electronicallyAnnounced: "electronically_announced"
        case .announced: "announced"
        case .temporarilyUnavailable: "temporarily_unavailable"
        case .renumbered: "renumbered"
        case .superseded: "superseded"
        case .discontinued: "discontinued"
        case .obsolete: "obsolete"
        case .whileSuppliesLast: "while_supplies_last"
        case .notYetAvailable: "not_yet_available"
        case .unrecognized(let number): "the number \(number)"
        }
    }
}
