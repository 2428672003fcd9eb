/// What a load test does.
public struct LoadPlan: Sendable {
    /// When calls begin.
    public enum Pacing: Sendable, Hashable {
        /// Each caller calls again as soon as it has its answer: the service sets the pace.
        case closed
        /// So many calls a second are due, whatever becomes of those before them. A call's latency counts from when it
        /// was due, so that a service that stalls is charged with all that should have happened meanwhile.
        case open(callsPerSecond: Double)
    }

    /// How many SKUs there may be.
    public static let skuCounts = 4...2_000_000
    /// How many locations there may be.
    public static let locationCounts = 1...100
    /// How many units may be put at each location.
    public static let unitCounts: ClosedRange<Int64> = 1...1_000_000_000
    /// How many connections there may be.
    public static let connectionCounts = 1...1_000
    /// How many calls may be under way on a connection.
    public static let outstandingCounts = 1...1_000
    /// How many event loops there may be.
    public static let threadCounts = 1...64
    /// Calls per second over all connections.
    public static let rates = 1.0...10_000_000.0
    /// How steep the favourites may be.
    public static let skews = 0.0...5.0
    /// How long the measured time may take, in seconds.
    public static let durations = 0.1...86_400.0
    /// How long the time before it may take, in seconds.
    public static let warmUps = 0.0...86_400.0
    /// How long a call may take, in seconds.
    public static let timeouts = 0.001...3_600.0

    /// Of what the load consists.
    public var mix = LoadMix.all
    /// When calls begin.
    public var pacing = Pacing.closed
    /// Connections, each of which belongs to one thread.
    public var connections = 8
    /// Calls under way on each connection at most.
    public var outstanding = 16
    /// Event loops.
    public var threads = 2
    /// Seconds before the measured time; calls are made and checked as in it.
    public var warmUpSeconds = 2.0
    /// The measured time in seconds.
    public var durationSeconds = 10.0
    /// What all that is random begins with.
    public var seed: UInt64 = 1
    /// How long a call may take.
    public var timeout = Duration.seconds(5)
    /// SKUs that are called for.
    public var skus = 1_000
    /// Locations that each of them has stock at.
    public var locations = 3
    /// Units at each location when the test begins.
    public var units: Int64 = 1_000
    /// The exponent of the SKUs' favour, see ``ZipfDistribution``.
    public var skew = 0.99
    /// What the names of SKUs and locations begin with.
    public var prefix = "LOAD-"
    /// How far a read may lie behind what was acknowledged.
    public var staleness = Duration.seconds(5)

    /// The defaults.
    public init() {}

    /// The SKU of a number.
    func sku(_ number: Int) -> String { Self.padded(number, self.prefix) }

    /// The location of a number.
    func location(_ number: Int) -> String { "\(self.prefix)W\(number + 1)" }

    /// Every fourth SKU is only ever set, so that a read can be compared with the number that its version was given;
    /// the others are only ever changed by differences, so that what was sold can be compared with what was put there.
    func isSet(_ sku: Int) -> Bool { sku % 4 == 3 }

    /// A SKU whose stock is set, near to a number.
    func setSKU(near number: Int) -> Int { min(number / 4 * 4 + 3, (self.skus / 4) * 4 - 1) }

    /// A SKU whose stock is changed by differences, near to a number.
    func countedSKU(near number: Int) -> Int { self.isSet(number) ? number - 1 : number }

    /// As wide for all numbers, so that they sort.
    private static func padded(_ number: Int, _ prefix: String) -> String {
        let digits = String(number)
        return prefix + String(repeating: "0", count: max(0, 7 - digits.count)) + digits
    }
}
