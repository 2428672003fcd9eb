/// The fields of a message that are not as they should be.
///
/// Empty is the common case and costs nothing. Paths are built from the inside out: a message reports its own fields
/// by name, and its container puts the path to the message in front.
@frozen
public struct FieldViolations: Hashable, Sendable {
    /// At most this many are kept; a message with more is wrong enough.
    public static let maximumCount = 64

    /// One field that is not as it should be.
    public struct Violation: Hashable, Sendable {
        /// The path from the message, in JSON names, for example `lines[2].quantity`.
        public var field: String
        /// What is wrong, for example `is 70 bytes long`.
        public var reason: String
        /// What would be valid, for example `at most 64 bytes`.
        public var expected: String
    }

    /// The violations in the order of the fields.
    public var elements: [Violation] { self.storage ?? [] }
    @usableFromInline var storage: [Violation]?

    /// No violations.
    @inlinable
    public init() { self.storage = nil }

    /// Whether every field is as it should be.
    @inlinable
    public var isEmpty: Bool { self.storage == nil }

    /// The number of violations kept.
    @inlinable
    public var count: Int { self.elements.count }

    /// Adds a violation, unless there are ``maximumCount`` already.
    @inline(never)
    public mutating func append(field: String, reason: String, expected: String) {
        guard self.count < Self.maximumCount else { return }
        self.storage = self.elements + [Violation(field: field, reason: reason, expected: expected)]
    }

    /// Puts a container's path in front of the violations from an index on.
    ///
    /// - Parameters:
    ///   - container: The path to the message that reported them, for example `lines[2]`.
    ///   - index: The count before it was asked.
    @inline(never)
    public mutating func prefix(_ container: String, from index: Int) {
        var elements = self.elements
        for position in index..<elements.count {
            let field = elements[position].field
            // An empty path is the container itself: the element of a list, for example.
            elements[position].field = field.isEmpty ? container : "\(container).\(field)"
        }
        self.storage = elements
    }
}
