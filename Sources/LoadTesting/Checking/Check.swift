/// What is checked while the load runs, and of the stock when it has ended.
public enum Check: String, Sendable, Hashable, CaseIterable, Encodable {
    /// No number of any answer is negative.
    case negativeStock = "no negative stock"
    /// At no time is more sold and promised than was ever put there.
    case oversold = "never more sold than there was"
    /// No read is older than what was acknowledged or read before, by more than the bound.
    case staleVersion = "no version goes back"
    /// Each answer to a read agrees with itself, and with others of the same version.
    case inconsistentRead = "reads are consistent"
    /// Each receipt is about its command, with a version that is new.
    case inconsistentReceipt = "receipts are consistent"
    /// Nobody is told that stock is short while it certainly is not.
    case wrongRefusal = "refusals are right"
    /// No call fails but for refusals that are right and for overload.
    case failedCall = "no call fails"
    /// When all calls have ended, the stock is what they add up to.
    case finalStock = "the stock adds up at the end"
}

/// A check that did not hold.
struct Finding: Sendable, Hashable {
    var check: Check
    /// What was found, for people.
    var what: String

    init(_ check: Check, _ what: String) {
        self.check = check
        self.what = what
    }
}

/// What the checks have found.
public struct Findings: Sendable, Hashable {
    /// The findings of one check.
    public struct Found: Sendable, Hashable {
        /// How many there were.
        public internal(set) var count: UInt64 = 0
        /// The first of them, ``Findings/maximumExamples`` at most.
        public internal(set) var examples: [String] = []
    }

    /// How many findings of one check are told.
    public static let maximumExamples = 5

    private var found: [Check: Found] = [:]

    init() {}

    /// The findings of a check.
    public subscript(_ check: Check) -> Found { self.found[check] ?? Found() }

    /// The checks that did not hold, in their order.
    public var failed: [Check] { Check.allCases.filter { self[$0].count > 0 } }

    mutating func add(_ finding: Finding) {
        self.found[finding.check, default: Found()].count += 1
        guard self[finding.check].examples.count < Self.maximumExamples else { return }
        self.found[finding.check]?.examples.append(finding.what)
    }

    mutating func merge(_ other: Findings) {
        for (check, found) in other.found {
            self.found[check, default: Found()].count += found.count
            let room = Self.maximumExamples - self[check].examples.count
            self.found[check]?.examples += found.examples.prefix(room)
        }
    }
}
