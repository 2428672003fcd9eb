internal import Postgres

/// Which items of a brand a list is about.
struct StockFilter: Sendable {
    /// The first SKU that may match, and the last; see ``all``, ``one(_:)`` and ``prefixed(_:)``.
    struct Range: Hashable, Sendable {
        /// Above every SKU: 64 bytes, the longest there can be, of the highest character.
        private static let highest = String(repeating: "\u{10FFFF}", count: 16)

        var first: String
        var last: String

        static let all = Range(first: "", last: Self.highest)
        static func one(_ sku: String) -> Range { Range(first: sku, last: sku) }
        static func prefixed(_ prefix: String) -> Range { Range(first: prefix, last: prefix + self.highest) }

        /// What is in both.
        func intersection(_ other: Range) -> Range {
            Range(
                first: self.first.utf8.lexicographicallyPrecedes(other.first.utf8) ? other.first : self.first,
                last: self.last.utf8.lexicographicallyPrecedes(other.last.utf8) ? self.last : other.last)
        }
    }

    var range = Range.all
    /// Only items that have a level at one of these; nil: wherever they are.
    var locations: [String]?
    /// With free units, at one of the locations where some are given; or without.
    var isInStock: Bool?
    var isBelowThreshold = false
    var changedSince: PostgresTimestamp?
}
