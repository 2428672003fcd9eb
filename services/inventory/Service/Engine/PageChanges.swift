internal import Postgres

/// How often rows of a table's pages were changed since a page was visited.
///
/// In a fixed room: pages that share a place are visited more often than they need.
struct PageChanges {
    /// What a page needs.
    enum Need { case none, visit, now }

    private static let places = 1 << 17

    private var counts = [UInt8](repeating: 0, count: PageChanges.places)
    /// Those of which it was said that they need a visit.
    private var due: [Int] = []
    /// Whether a page is among ``due``: the highest bit of its count.
    private static let isDue: UInt8 = 0x80
    private let limit: UInt8

    /// - Parameter limit: After how many changes a page is to be visited; after ``EngineLimits/changesUntilVisit`` more of
    ///   them at once.
    init(limit: UInt8) { self.limit = limit }

    /// A row was written here.
    mutating func changed(_ place: PostgresTupleID) {
        let index = Self.index(of: place)
        if self.counts[index] & ~Self.isDue < ~Self.isDue { self.counts[index] += 1 }
    }

    /// What this row's page needs. That it needs a visit is said once.
    mutating func ask(_ place: PostgresTupleID) -> Need {
        let index = Self.index(of: place)
        let count = self.counts[index]
        if count < self.limit { return .none }
        if count & Self.isDue != 0 {
            return count & ~Self.isDue < self.limit + EngineLimits.changesUntilVisit ? .none : .now
        }
        self.counts[index] |= Self.isDue
        self.due.append(index)
        return .visit
    }

    /// All pages are visited that need it.
    mutating func visited() {
        for index in self.due { self.counts[index] = 0 }
        self.due.removeAll(keepingCapacity: true)
    }

    private static func index(of place: PostgresTupleID) -> Int { Int(place.block) & (Self.places - 1) }
}
