public import OrderMessages
internal import Refusals

/// What the amounts of a settlement come to, by kind and difference: together all that the file has.
public struct SettlementSums: Hashable, Sendable {
    private struct Place: Hashable {
        let kind: SettlementAmountKind
        let difference: SettlementDifference
    }

    private struct Sum: Hashable {
        var lines: Int64 = 0
        var amount: Int128 = 0
        var expected: Int128 = 0
    }

    private var sums: [Place: Sum] = [:]

    /// Nothing yet.
    public init() {}

    /// Sums as messages have them.
    public init(_ messages: [SettlementSum]) {
        for message in messages {
            self.sums[Place(kind: message.kind, difference: message.difference)] = Sum(
                lines: message.lines, amount: Int128(message.amount?.micros ?? 0),
                expected: Int128(message.expected?.micros ?? 0))
        }
    }

    /// Adds an amount that the file has.
    mutating func add(_ matched: MatchedEntry) throws(OrderRefusal) {
        let place = Place(kind: matched.entry.kind, difference: matched.difference)
        self.sums[place, default: Sum()].lines += 1
        self.sums[place, default: Sum()].amount += Int128(matched.entry.amount)
        _ = try Self.kept(self.sums[place]?.amount ?? 0)
    }

    /// Adds what an order says there should be.
    mutating func expect(
        _ amount: Int128, of kind: SettlementAmountKind, _ difference: SettlementDifference
    ) throws(OrderRefusal) {
        // A place is made only where there is something to tell.
        guard amount != 0 else { return }
        let place = Place(kind: kind, difference: difference)
        self.sums[place, default: Sum()].expected += amount
        _ = try Self.kept(self.sums[place]?.expected ?? 0)
    }

    /// The sum of all amounts, in micros.
    ///
    /// - Throws: ``OrderRefusal`` with `invalidAmount` where it is greater than can be kept.
    public var total: Int64 {
        get throws(OrderRefusal) { try Self.kept(self.sums.values.reduce(into: Int128(0)) { $0 += $1.amount }) }
    }

    /// As messages have them, by kind and difference.
    public var messages: [SettlementSum] {
        self.sums.sorted {
            ($0.key.kind.rawValue, $0.key.difference.rawValue) < ($1.key.kind.rawValue, $1.key.difference.rawValue)
        }
        .map { place, sum in
            SettlementSum(
                kind: place.kind, difference: place.difference, lines: sum.lines,
                amount: Decimal(micros: Int64(clamping: sum.amount)),
                expected: Decimal(micros: Int64(clamping: sum.expected)))
        }
    }

    /// A sum of 128 bits in 64.
    static func kept(_ sum: Int128) throws(OrderRefusal) -> Int64 {
        guard let kept = Int64(exactly: sum) else {
            throw OrderRefusal(
                .invalidAmount, field: "amount", "comes to more than can be kept",
                expected: "sums below 9223372036854")
        }
        return kept
    }
}
