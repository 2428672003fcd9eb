/// One value of a request or record that is not what it may be.
public struct FieldFault: Hashable, Sendable, CustomStringConvertible {
    /// Where it is, in JSON names: `items[2].quantity`.
    public var field: String
    /// What is wrong with it, after its name: "is below zero".
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
