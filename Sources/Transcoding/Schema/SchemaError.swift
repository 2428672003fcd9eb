/// Why descriptors cannot be used.
public struct SchemaError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file, message, field, enum or path at fault.
    public var subject: String
    /// What is wrong with it.
    public var reason: String

    /// Something that descriptors lack or have wrong.
    public init(subject: String, reason: String) {
        self.subject = subject
        self.reason = reason
    }

    /// Subject and reason.
    public var description: String { "\(self.subject): \(self.reason)" }
}
