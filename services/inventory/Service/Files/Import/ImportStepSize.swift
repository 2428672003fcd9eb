internal import Events

/// How many SKUs a step of an import takes: as many as one transaction has events for, going by the step before it.
///
/// What a step has locked and has no room for holds up the next one, which could be prepared beside it otherwise.
struct ImportStepSize: Sendable {
    /// Where each SKU gives one event. Who decides keeps room for two more, as it does not know before whether it needs it.
    static let maximumSKUs = EventLog.maximumEventsPerTransaction - 2

    /// The most SKUs of the next step.
    private(set) var skus: Int
    private let maximum: Int

    /// - Parameter maximum: The most SKUs of any step.
    init(maximum: Int = Self.maximumSKUs) {
        self.skus = maximum
        self.maximum = maximum
    }

    /// Notes what has become of a step.
    ///
    /// - Parameters:
    ///   - skus: How many it has dealt with.
    ///   - events: How many these gave; none where nothing changed.
    mutating func adapt(skus: Int, events: Int) {
        self.skus = min(self.maximum, max(1, skus * Self.maximumSKUs / max(1, events)))
    }
}
