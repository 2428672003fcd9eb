/// A load test's outcome as programs read it.
public struct LoadReport: Encodable, Sendable {
    /// What was done.
    public struct Setup: Encodable, Sendable {
        var mix: String
        var pacing: String
        var callsPerSecond: Double?
        var connections: Int
        var outstanding: Int
        var threads: Int
        var warmUpSeconds: Double
        var durationSeconds: Double
        var seed: UInt64
        var skus: Int
        var locations: Int
        var units: Int64
        var skew: Double
    }

    /// A percentile of latency.
    public struct Latency: Encodable, Sendable {
        var percentile: Double
        var milliseconds: Double
    }

    /// The calls of one kind, or of all.
    public struct Calls: Encodable, Sendable {
        var kind: String
        var calls: UInt64
        var callsPerSecond: Double
        var answered: UInt64
        var refused: [String: UInt64]
        var overloaded: [String: UInt64]
        var failed: [String: UInt64]
        var latency: [Latency]
        var meanMilliseconds: Double
        var maximumMilliseconds: Double
    }

    /// One check.
    public struct CheckResult: Encodable, Sendable {
        var check: Check
        var holds: Bool
        var findings: UInt64
        var examples: [String]
    }

    /// The percentiles that are told.
    public static let percentiles = [50, 75, 90, 95, 99, 99.9, 99.99]

    /// What was done.
    public var setup: Setup
    /// All calls, then those of each kind.
    public var calls: [Calls]
    /// Calls that ended in a second, in each of 60 parts of the measured time.
    public var callsPerSecondOverTime: [Double]
    /// Those of them that failed or found no room.
    public var failuresPerSecondOverTime: [Double]
    /// Calls that were due and had not begun by the end of the measured time.
    public var unbegun: UInt64
    /// Commands of which it could not be found out whether they were carried out.
    public var unresolved: Int
    /// All checks.
    public var checks: [CheckResult]

    /// Whether all checks hold.
    ///
    /// - Parameter toleratingFailures: Whether calls may fail.
    public func isSound(toleratingFailures: Bool = false) -> Bool {
        self.checks.allSatisfy { $0.holds || (toleratingFailures && $0.check == .failedCall) }
    }

    /// The report of an outcome.
    public init(_ outcome: LoadTest.Outcome) {
        let seconds = outcome.plan.durationSeconds
        self.setup = Setup(outcome.plan)
        self.calls =
            [Calls("all", outcome.record.all, seconds: seconds)]
            + CallKind.allCases.compactMap { kind in
                outcome.record.kinds[kind].map { Calls(kind.rawValue, $0, seconds: seconds) }
            }
        let perSecond = Double(CallRecord.intervals) / seconds
        self.callsPerSecondOverTime = outcome.record.ended.map { Double($0) * perSecond }
        self.failuresPerSecondOverTime = outcome.record.failed.map { Double($0) * perSecond }
        self.unbegun = outcome.record.unbegun
        self.unresolved = outcome.unresolved
        self.checks = Check.allCases.map { check in
            let found = outcome.findings[check]
            return CheckResult(check: check, holds: found.count == 0, findings: found.count, examples: found.examples)
        }
    }
}

extension LoadReport.Setup {
    init(_ plan: LoadPlan) {
        self.mix = "\(plan.mix)"
        switch plan.pacing {
        case .closed: self.pacing = "closed"
        case .open(let rate):
            self.pacing = "open"
            self.callsPerSecond = rate
        }
        self.connections = plan.connections
        self.outstanding = plan.outstanding
        self.threads = plan.threads
        self.warmUpSeconds = plan.warmUpSeconds
        self.durationSeconds = plan.durationSeconds
        self.seed = plan.seed
        self.skus = plan.skus
        self.locations = plan.locations
        self.units = plan.units
        self.skew = plan.skew
    }
}

extension LoadReport.Calls {
    init(_ kind: String, _ calls: CallRecord.Calls, seconds: Double) {
        self.kind = kind
        self.calls = calls.count
        self.callsPerSecond = Double(calls.count) / seconds
        self.answered = calls.answered
        self.refused = calls.refused
        self.overloaded = calls.overloaded
        self.failed = calls.failed
        self.latency = LoadReport.percentiles.map {
            LoadReport.Latency(
                percentile: $0, milliseconds: Double(calls.latencies.value(atPercentile: $0)) / 1e6)
        }
        self.meanMilliseconds = calls.latencies.mean / 1e6
        self.maximumMilliseconds = Double(calls.latencies.maximum) / 1e6
    }
}
