/// The numbers of the applications that a file has had, so that one that comes twice is found.
///
/// Files number their applications in order: those are runs. Numbers that come out of order are kept one by one.
struct ApplicationNumbers {
    /// What became of a number.
    enum Outcome: Equatable {
        case new
        case taken
        /// Too much would have to be kept.
        case full
    }

    /// How many runs and single numbers are kept at most: some 50 MB of them.
    static let maximumKept = 4_000_000

    private struct Run {
        var first: UInt32
        var last: UInt32
    }

    let maximum: Int
    /// In ascending order, and apart from one another.
    private var runs: [Run] = []
    private var strays: Set<UInt32> = []

    init(maximum: Int = Self.maximumKept) {
        self.maximum = maximum
    }

    /// Adds a number, in constant time where it is the greatest so far.
    mutating func insert(_ number: UInt32) -> Outcome {
        if let last = self.runs.last?.last {
            if number <= last { return self.insertStray(number) }
            if number - last == 1 {
                self.runs[self.runs.count - 1].last = number
                return .new
            }
        }
        guard self.hasPlace else { return .full }
        self.runs.append(Run(first: number, last: number))
        return .new
    }

    private var hasPlace: Bool { self.runs.count + self.strays.count < self.maximum }

    private mutating func insertStray(_ number: UInt32) -> Outcome {
        if self.isInRun(number) || self.strays.contains(number) { return .taken }
        guard self.hasPlace else { return .full }
        self.strays.insert(number)
        return .new
    }

    private func isInRun(_ number: UInt32) -> Bool {
        var (lower, upper) = (0, self.runs.count)
        while lower < upper {
            let middle = lower + (upper - lower) / 2
            if self.runs[middle].last < number { lower = middle + 1 } else { upper = middle }
        }
        return lower < self.runs.count && self.runs[lower].first <= number
    }
}
