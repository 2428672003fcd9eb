internal import ChannelAdapter
internal import ChannelDomain

/// The limits of one connection's platform while this process has its lease: all its calls take their tokens here.
actor QuotaLedger {
    private var planner: QuotaPlanner
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - operations: The platform's, with the limits that the connection's settings say.
    ///   - known: What the owner before had left.
    ///   - paces: Of bulks, by operation: as the last one went.
    ///   - now: In microseconds since 1970.
    init(
        _ operations: [PlatformDescription.Operation], known: [QuotaBucket] = [], paces: [String: BulkPace] = [:],
        now: @escaping @Sendable () -> Int64 = { MicrosecondClock.now }
    ) {
        self.planner = QuotaPlanner(
            operations.map(QuotaOperation.init), known: known, paces: paces, at: now())
        self.now = now
    }

    /// Takes the tokens of a call, if it may go out now; else says when to ask again, in microseconds since 1970.
    func take(_ operation: String, lane: SyncLane, isBulk: Bool = false) -> QuotaPlanner.Decision {
        self.planner.take(operation, lane: lane, isBulk: isBulk, at: self.now())
    }

    /// A call was answered, or not. Each permit must come back once.
    ///
    /// - Parameters:
    ///   - observations: What the answer said.
    ///   - fault: The call's as a whole.
    func settle(
        _ permit: QuotaPlanner.Permit, observations: [QuotaObservation], fault: PlatformFault?
    ) {
        let now = self.now()
        let cost = observations.first { $0.bucket == permit.bucket }?.cost
        self.planner.settle(permit, cost: cost, at: now)
        for observation in observations {
            self.planner.observe(
                observation.bucket, available: observation.available, ratePerSecond: observation.ratePerSecond,
                burst: observation.burst, at: now)
        }
        if let fault, fault.kind == .throttled {
            let asked = fault.retryAfterMilliseconds.map { $0.multipliedReportingOverflow(by: 1_000) }
            self.planner.throttled(permit.bucket, for: asked.map { $0.overflow ? .max : $0.partialValue }, at: now)
        } else if fault == nil {
            self.planner.passed(permit.bucket)
        }
    }

    /// The most rows of a call.
    func rows(of operation: String) -> Int { self.planner.operations[operation]?.rows ?? 1 }

    /// How many rows go at once in bulk; nil: none do.
    func bulkRows(of operation: String) -> ClosedRange<Int>? { self.planner.operations[operation]?.bulk?.rows }

    /// Whether a bulk has a limit of its own that lets none go now, while ordinary calls may.
    func bulkWaits(_ operation: String) -> Bool {
        guard self.planner.operations[operation]?.bulk?.limit != nil else { return false }
        return !self.planner.wouldTakeBulk(operation, lane: .content, at: self.now())
    }

    /// A bulk has ended: gives what is known now of how long they take; nil: there are none such.
    func learn(_ operation: String, rows: Int, seconds: Double) -> BulkPace? {
        self.planner.learn(operation, rows: Int64(rows), seconds: seconds)
    }

    /// What is left, by bucket.
    var state: [QuotaBucket] { self.planner.state(at: self.now()) }
}

extension QuotaOperation {
    /// What an adapter says of one of its calls.
    init(_ operation: PlatformDescription.Operation) {
        self.init(
            name: operation.name, bucket: operation.bucket, ratePerSecond: operation.ratePerSecond,
            burst: operation.burst, cost: operation.cost, rows: operation.rows,
            bulk: operation.bulk.map {
                Bulk(
                    minimumRows: $0.minimumRows, maximumRows: $0.maximumRows, cost: $0.cost,
                    limit: $0.limit.map {
                        Limit(bucket: $0.bucket, ratePerSecond: $0.ratePerSecond, burst: $0.burst)
                    }, pace: BulkPace(seconds: $0.seconds, secondsPerRow: $0.secondsPerRow))
            })
    }
}
