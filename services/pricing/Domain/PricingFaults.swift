internal import PricingMessages

/// What is wrong with one document, gathered to be told at once.
struct PricingFaults {
    /// The most faults that are told.
    static let maximum = 64

    private var reason: RefusalReason?
    private(set) var faults: [PricingFault] = []

    /// Whether something is wrong.
    var isEmpty: Bool { self.faults.isEmpty }

    /// Adds a fault, unless there are as many as are told.
    mutating func add(_ reason: RefusalReason, _ field: String, _ problem: String, expected: String) {
        self.reason = self.reason ?? reason
        guard self.faults.count < Self.maximum else { return }
        self.faults.append(PricingFault(field: field, reason: problem, expected: expected))
    }

    /// The value of what may be refused; nil: it was, and the faults are added.
    mutating func collect<Value>(_ work: () throws(PricingRefusal) -> Value) -> Value? {
        do { return try work() } catch {
            self.reason = self.reason ?? error.reason
            self.faults.append(contentsOf: error.faults.prefix(Self.maximum - self.faults.count))
            return nil
        }
    }

    /// The refusal of all of it, of the class of the first.
    var refusal: PricingRefusal {
        let first = self.faults.first?.description ?? "something is wrong"
        let text = self.faults.count > 1 ? "\(first) (and \(self.faults.count - 1) more)" : first
        return PricingRefusal(self.reason ?? .invalidValue, text, faults: self.faults)
    }

    /// - Throws: The refusal, where something is wrong.
    func refuse() throws(PricingRefusal) {
        guard self.isEmpty else { throw self.refusal }
    }
}
