/// Of what a load consists: the shares of reads, cold reads, updates and reservations.
public struct LoadMix: Sendable, Hashable {
    /// What has a share.
    public enum Part: String, Sendable, Hashable, CaseIterable {
        /// Reads of one SKU, hot ones most.
        case reads
        /// Reads of one SKU, each in its turn.
        case coldReads = "cold-reads"
        /// Stock is set, or changed by a difference, half of each.
        case updates
        /// Units are reserved; what is held is shipped or given back, half of each.
        case reservations
    }

    /// What a share may be.
    public static let shares = 0...1_000_000

    /// A bit of everything, most of it reads.
    public static let all = LoadMix(reads: 70, coldReads: 10, updates: 10, reservations: 10)

    private let shares: [Int]
    private let total: Int

    private init(reads: Int = 0, coldReads: Int = 0, updates: Int = 0, reservations: Int = 0) {
        self.init([reads, coldReads, updates, reservations])
    }

    private init(_ shares: [Int]) {
        self.shares = shares
        self.total = shares.reduce(0, +)
    }

    /// Reads `all`, the name of a part for nothing but it, or shares such as `reads=80,updates=15,reservations=5`.
    ///
    /// - Returns: `nil` for anything else, for a part that stands twice, and where all shares are 0.
    public init?(_ text: String) {
        if text == "all" {
            self = .all
            return
        }
        var shares: [Part: Int] = [:]
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let part = pair.first.flatMap({ Part(rawValue: String($0)) }), shares[part] == nil else { return nil }
            guard pair.count == 2 || !text.contains(",") else { return nil }
            guard let share = pair.count == 2 ? Int(pair[1]) : 1, Self.shares.contains(share) else { return nil }
            shares[part] = share
        }
        guard shares.values.contains(where: { $0 > 0 }) else { return nil }
        self.init(Part.allCases.map { shares[$0] ?? 0 })
    }

    /// The share of a part, from 0 to 1.
    public func share(of part: Part) -> Double {
        zip(Part.allCases, self.shares).first { $0.0 == part }.map { Double($0.1) / Double(self.total) } ?? 0
    }

    /// Picks a part by the shares.
    func pick(using generator: inout some RandomNumberGenerator) -> Part {
        var number = Int.random(in: 0..<self.total, using: &generator)
        for (part, share) in zip(Part.allCases, self.shares) {
            if number < share { return part }
            number -= share
        }
        return .reads
    }
}

extension LoadMix: CustomStringConvertible {
    /// As ``init(_:)`` reads it.
    public var description: String {
        zip(Part.allCases, self.shares).filter { $0.1 > 0 }.map { "\($0.0.rawValue)=\($0.1)" }.joined(separator: ",")
    }
}
