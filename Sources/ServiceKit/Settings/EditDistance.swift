/// How many single changes turn one name into another: for saying what a misspelt name was meant to be.
public enum EditDistance {
    /// The distance beyond which a name is not taken for a misspelling.
    public static let maximumDistance = 3

    /// The least number of insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
    ///
    /// Takes time and memory in proportion to the product of the lengths, so names must be bounded.
    public static func between(_ first: String, _ second: String) -> Int {
        let first = Array(first.utf8)
        let second = Array(second.utf8)
        var beforeLast: [Int] = []
        var last = Array(0...second.count)
        for row in 0..<first.count {
            var current = [row + 1]
            for column in 0..<second.count {
                let isSame = first[row] == second[column]
                var best = min(last[column + 1] + 1, current[column] + 1, last[column] + (isSame ? 0 : 1))
                if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            beforeLast = last
            last = current
        }
        return last[second.count]
    }

    /// The candidate that a name is most likely a misspelling of; of equally near ones the first in order; `nil` where
    /// none is near.
    public static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
        // A name that is longer than any candidate by more than the limit cannot be near; this bounds the work.
        let near = candidates.filter { abs($0.utf8.count - name.utf8.count) <= self.maximumDistance }
        let ranked = near.map { (distance: self.between(name, $0), name: $0) }.min { $0 < $1 }
        // Half of a short name changed is another name.
        guard let ranked, ranked.distance <= min(self.maximumDistance, max(1, name.utf8.count / 2)) else { return nil }
        return ranked.name
    }
}
