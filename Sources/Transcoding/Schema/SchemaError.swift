/// Why descriptors cannot be used.
public struct SchemaError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file, message, field, enum or path at fault.
    public var subject: String
    /// What is wrong with it.
    public var reason: String

    /// Subject and reason.
    public var description: String { "\(self.subject): \(self.reason)" }
}
