internal import ChannelAdapter
internal import ChannelDomain

/// The limits of one connection's platform while this process has its lease: all its calls take their tokens here.
actor QuotaLedger {
    private var planner: QuotaPlanner
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - operations: The platform's, with the limits that the connection's settings say.
    ///   - known: What the owner before had left.
    ///   - now: In microseconds since 1970.
    init(
        _ operations: [PlatformDescription.Operation], known: [QuotaBucket] = [],
        now: @escaping @Sendable () -> Int64 = { MicrosecondClock.now }
    ) {
        self.planner = QuotaPlanner(operations.map(QuotaOperation.init), known: known, at: now())
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
        _ permit: QuotaPlanner.Permit, _ operation: String, observations: [QuotaObservation], fault: PlatformFault?
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
            self.planner.throttled(operation, for: asked.map { $0.overflow ? .max : $0.partialValue }, at: now)
        } else if fault == nil {
            self.planner.passed(operation)
        }
    }

    /// The most rows of a call.
    func rows(of operation: String) -> Int { self.planner.operations[operation]?.rows ?? 1 }

    /// How many rows go at once in bulk; nil: none do.
    func bulkRows(of operation: String) -> ClosedRange<Int>? { self.planner.operations[operation]?.bulk?.rows }

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
                Bulk(minimumRows: $0.minimumRows, maximumRows: $0.maximumRows, cost: $0.cost)
            })
    }
}
