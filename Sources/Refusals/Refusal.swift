/// The classes of what a service refuses: the values of the `RefusalReason` of its proto package.
public protocol RefusalReasons: Hashable, Sendable {
    /// What a value is that is not what it may be, where nothing more is known.
    static var invalidValue: Self { get }
    /// The object has another version than expected.
    static var versionConflict: Self { get }
}

/// Why a domain refuses a change or a question: its class, a sentence for people, and the values at fault.
public struct Refusal<Reason: RefusalReasons>: Error, Hashable, Sendable, CustomStringConvertible {
    /// Its class.
    public var reason: Reason
    /// What happened, for people.
    public var description: String
    /// The values at fault; may be empty.
    public var faults: [FieldFault]
    /// Of a version conflict: the version that there is, 0 for none.
    public var currentVersion: UInt64?

    /// A refusal with all that it consists of.
    public init(
        _ reason: Reason, _ description: String, faults: [FieldFault] = [], currentVersion: UInt64? = nil
    ) {
        self.reason = reason
        self.description = description
        self.faults = faults
        self.currentVersion = currentVersion
    }

    /// A refusal for one field.
    public init(_ reason: Reason, field: String, _ problem: String, expected: String) {
        let fault = FieldFault(field: field, reason: problem, expected: expected)
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
