/// Finds names that are near one that is unknown.
enum NearestNames {
    /// A name to choose from.
    struct Candidate {
        let name: String
        let key: String
        /// Whether it comes before equally near ones.
        let isPreferred: Bool
    }

    /// The most letters and digits of a key that are compared.
    static let maximumLength = 40

    /// The nearest of some names, the nearest first; those that are too far are left out.
    ///
    /// First those within ``maximumDistance(length:)``; then those that the key begins with, as "Silverado 1500" does with
    /// "Silverado", or that begin with the key, the longest in common first. Equally near ones are in the order of: the
    /// preferred ones, those with the same first letter, the alphabet.
    static func nearest(to key: String, of candidates: [Candidate], limit: Int) -> [String] {
        let asked = Array(key.utf8.prefix(Self.maximumLength))
        guard !asked.isEmpty else { return [] }
        let maximum = Self.maximumDistance(length: asked.count)
        var ranked: [(rank: Rank, name: String)] = []
        for candidate in candidates {
            let other = Array(candidate.key.utf8.prefix(Self.maximumLength))
            guard let distance = Self.distance(asked, other, maximum: maximum) ?? Self.beginning(asked, other) else {
                continue
            }
            let rank = Rank(
                distance: distance, isOther: candidate.isPreferred ? 0 : 1,
                hasOtherFirst: asked.first == other.first ? 0 : 1)
            ranked.append((rank, candidate.name))
        }
        ranked.sort { ($0.rank, $0.name) < ($1.rank, $1.name) }
        return ranked.prefix(limit).map(\.name)
    }

    private struct Rank: Comparable {
        let distance: Int
        let isOther: Int
        let hasOtherFirst: Int

        static func < (left: Self, right: Self) -> Bool {
            (left.distance, left.isOther, left.hasOtherFirst) < (right.distance, right.isOther, right.hasOtherFirst)
        }
    }

    /// How many slips a name of so many letters may have: of short ones every second letter would fit something else.
    static func maximumDistance(length: Int) -> Int {
        switch length {
        case ...3: 1
        case ...7: 2
        default: 3
        }
    }

    /// A rank behind all distances, where one begins with the other.
    private static func beginning(_ asked: [UInt8], _ other: [UInt8]) -> Int? {
        let shorter = min(asked.count, other.count)
        guard shorter >= Self.minimumBeginning, asked.prefix(shorter) == other.prefix(shorter) else { return nil }
        return 2 * Self.maximumLength + max(asked.count, other.count) - shorter
    }

    /// The fewest letters and digits that a beginning has.
    private static let minimumBeginning = 3

    /// How many letters are to be put in, left out, changed or swapped with their neighbour to make one of the other
    /// (optimal string alignment); nil: more than the maximum.
    static func distance(_ left: [UInt8], _ right: [UInt8], maximum: Int) -> Int? {
        guard abs(left.count - right.count) <= maximum else { return nil }
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            current.reserveCapacity(right.count + 1)
            for column in right.indices {
                var least = min(last[column + 1], current[column]) + 1
                least = min(least, last[column] + (left[row] == right[column] ? 0 : 1))
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    least = min(least, beforeLast[column - 1] + 1)
                }
                current.append(least)
            }
            if current.allSatisfy({ $0 > maximum }) { return nil }
            (beforeLast, last) = (last, current)
        }
        return last[right.count] <= maximum ? last[right.count] : nil
    }
}
