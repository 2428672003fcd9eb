public import PricingMessages

/// One value that is not what it may be.
public struct PricingFault: Hashable, Sendable, CustomStringConvertible {
    /// Where it is, in JSON names: `prices[2].amount`.
    public var field: String
    /// What is wrong with it, after its name: "is below zero or has a sign".
    public var reason: String
    /// What would be valid.
    public var expected: String

    /// A fault with all that it consists of.
    public init(field: String, reason: String, expected: String) {
        self.field = field
        self.reason = reason
        self.expected = expected
    }

    /// All of it in one sentence.
    public var description: String { "\(self.field) \(self.reason); expected \(self.expected)" }
}

/// Why a change of prices, or a quote, is refused.
public struct PricingRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// Its class.
    public var reason: RefusalReason
    /// What happened, for people.
    public var description: String
    /// The values at fault; may be empty.
    public var faults: [PricingFault]
    /// Of a version conflict: the version that there is, 0 for none.
    public var currentVersion: UInt64?

    /// A refusal with all that it consists of.
    public init(
        _ reason: RefusalReason, _ description: String, faults: [PricingFault] = [], currentVersion: UInt64? = nil
    ) {
        self.reason = reason
        self.description = description
        self.faults = faults
        self.currentVersion = currentVersion
    }

    /// A refusal for one field.
    public init(_ reason: RefusalReason, field: String, _ problem: String, expected: String) {
        let fault = PricingFault(field: field, reason: problem, expected: expected)
        self.init(reason, fault.description, faults: [fault])
    }

    /// The object has another version than expected.
    ///
    /// - Parameters:
    ///   - object: What it is called, such as "the list".
    ///   - current: The version that there is; 0: there is none.
    public static func versionConflict(of object: String, expected: UInt64, current: UInt64) -> Self {
        let found = current == 0 ? "\(object) does not exist" : "\(object) has version \(current)"
        let wanted = expected == 0 ? "a new one was expected" : "version \(expected) was expected"
        return Self(.versionConflict, "\(found), but \(wanted)", currentVersion: current)
    }
}
