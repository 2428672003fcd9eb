/// Which of the words that there are somebody meant who wrote one that there is not.
public enum Misspelling {
    /// Shorter words are too like one another to be corrected.
    public static let minimumLength = 4

    /// How many slips a word of a length may have: one, and two from eight letters on.
    public static func allowedSlips(length: Int) -> Int { length >= 8 ? 2 : 1 }

    /// The nearest of some words; of equally near ones that with the same first letter, and then the first by the alphabet.
    ///
    /// - Returns: Nil where none is near enough.
    public static func correction(of word: String, among candidates: [String]) -> String? {
        let length = word.count
        guard length >= Self.minimumLength else { return nil }
        let limit = Self.allowedSlips(length: length)
        let letters = Array(word.unicodeScalars)
        return
            candidates.compactMap { candidate -> (slips: Int, other: Int, word: String)? in
                let others = Array(candidate.unicodeScalars)
                guard let slips = Self.slips(letters, others, limit: limit) else { return nil }
                return (slips, letters.first == others.first ? 0 : 1, candidate)
            }
            .min { ($0.slips, $0.other, $0.word) < ($1.slips, $1.other, $1.word) }?.word
    }

    /// Letters added, left out, replaced, or exchanged with their neighbour, that lead from one word to the other: the
    /// optimal string alignment distance. Nil above the limit.
    static func slips(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar], limit: Int) -> Int? {
        guard abs(left.count - right.count) <= limit else { return nil }
        var (before, previous) = ([Int](), Array(0...right.count))
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let isSame = left[row] == right[column]
                var slips = min(previous[column + 1] + 1, current[column] + 1, previous[column] + (isSame ? 0 : 1))
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    slips = min(slips, before[column - 1] + 1)
                }
                current.append(slips)
            }
            guard current.contains(where: { $0 <= limit }) else { return nil }
            (before, previous) = (previous, current)
        }
        return previous[right.count] <= limit ? previous[right.count] : nil
    }
}
