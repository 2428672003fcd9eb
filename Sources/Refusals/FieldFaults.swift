/// What is wrong with one document, gathered to be told at once.
public struct FieldFaults<Reason: RefusalReasons>: Sendable {
    /// The most faults that are told.
    public static var maximum: Int { 64 }

    private var reason: Reason?
    /// What was found, in its order; at most ``maximum``.
    public private(set) var faults: [FieldFault] = []

    /// Nothing is wrong.
    public init() {}

    /// Whether nothing is wrong.
    public var isEmpty: Bool { self.faults.isEmpty }

    /// Adds a fault, unless there are as many as are told.
    public mutating func add(_ reason: Reason, _ field: String, _ problem: String, expected: String) {
        self.reason = self.reason ?? reason
        guard self.faults.count < Self.maximum else { return }
        self.faults.append(FieldFault(field: field, reason: problem, expected: expected))
    }

    /// The value of what may be refused; nil: it was, and the faults are added.
    public mutating func collect<Value>(_ work: () throws(Refusal<Reason>) -> Value) -> Value? {
        do { return try work() } catch {
            self.reason = self.reason ?? error.reason
            self.faults.append(contentsOf: error.faults.prefix(Self.maximum - self.faults.count))
            return nil
        }
    }

    /// The refusal of all of it, of the class of the first.
    public var refusal: Refusal<Reason> {
        let first = self.faults.first?.description ?? "something is wrong"
        let text = self.faults.count > 1 ? "\(first) (and \(self.faults.count - 1) more)" : first
        return Refusal(self.reason ?? .invalidValue, text, faults: self.faults)
    }

    /// - Throws: The refusal, where something is wrong.
    public func refuse() throws(Refusal<Reason>) {
        guard self.isEmpty else { throw self.refusal }
    }
}
