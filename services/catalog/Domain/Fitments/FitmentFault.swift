/// Why a fitment is refused.
public struct FitmentFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The field at fault, from the fitment on, as JSON names it: `vehicle.yearFrom`.
    public var field: String
    /// What is wrong, such as `is 9999`.
    public let reason: String
    /// What would be valid.
    public let expected: String

    /// A fault by its parts.
    public init(field: String, _ reason: String, expected: String) {
        self.field = field
        self.reason = reason
        self.expected = expected
    }

    /// One line for people.
    public var description: String { "\(self.field) \(self.reason); expected \(self.expected)" }
}
