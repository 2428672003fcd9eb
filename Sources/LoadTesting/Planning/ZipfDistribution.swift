internal import Glibc

/// Picks numbers from 0 on, the first most often: number k with a probability in proportion to 1 / (k + 1)^exponent.
///
/// By Vose's alias method: a table is made once, in proportion to the count, and each pick looks at two of its entries.
public struct ZipfDistribution: Sendable {
    /// What is kept for each number: with this probability itself, else another one.
    private struct Entry {
        var probability: Double
        var alias: UInt32
    }

    private let entries: [Entry]

    /// - Parameters:
    ///   - count: How many numbers there are; at least 1.
    ///   - exponent: 0 picks all alike; the web's and shops' favourites have about 1.
    public init(count: Int, exponent: Double) {
        let weights = Self.weights(count: max(1, count), exponent: exponent)
        let total = weights.reduce(0, +)
        var entries = weights.map { Entry(probability: $0 / total * Double(weights.count), alias: 0) }
        var small = entries.indices.filter { entries[$0].probability < 1 }
        var large = entries.indices.filter { entries[$0].probability >= 1 }
        while let poor = small.last, let rich = large.last {
            small.removeLast()
            entries[poor].alias = UInt32(rich)
            entries[rich].probability -= 1 - entries[poor].probability
            if entries[rich].probability < 1 {
                large.removeLast()
                small.append(rich)
            }
        }
        // What is left has missed 1 by rounding only.
        for rest in small + large { entries[rest].probability = 1 }
        self.entries = entries
    }

    /// Picks a number.
    public func pick(using generator: inout some RandomNumberGenerator) -> Int {
        let (number, rest) = generator.next().multipliedFullWidth(by: UInt64(self.entries.count))
        let entry = self.entries[Int(number)]
        return Double(rest) * 0x1p-64 < entry.probability ? Int(number) : Int(entry.alias)
    }

    /// With which probability each number is picked, summed up from the table.
    var probabilities: [Double] {
        var sums = [Double](repeating: 0, count: self.entries.count)
        for (number, entry) in self.entries.enumerated() {
            sums[number] += entry.probability
            sums[Int(entry.alias)] += 1 - entry.probability
        }
        return sums.map { $0 / Double(self.entries.count) }
    }

    static func weights(count: Int, exponent: Double) -> [Double] {
        (1...count).map { exp2(-exponent * log2(Double($0))) }
    }
}
