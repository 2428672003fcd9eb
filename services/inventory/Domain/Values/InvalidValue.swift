/// A value that is not what it must be.
public struct InvalidValue: Error, Hashable, Sendable, CustomStringConvertible {
    /// What it was meant as, for example "SKU".
    public let kind: String
    /// What is wrong with it.
    public let reason: String
    /// What would be valid.
    public let expected: String

    /// A value that is not what it must be.
    public init(_ kind: String, _ reason: String, expected: String) {
        self.kind = kind
        self.reason = reason
        self.expected = expected
    }

    /// All of it in one sentence.
    public var description: String { "\(self.kind) \(self.reason); expected \(self.expected)" }
}
