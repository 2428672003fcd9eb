internal import Synchronization

/// A statement of a store's, prepared once on each connection that runs it.
///
/// Make each one once, as a static constant: every value made is prepared by itself.
public struct PostgresStatement: Sendable {
    /// The statement, with `$1`, `$2`, … for parameters. One statement only.
    public let text: String
    /// Whether it changes nothing. Such a statement may be sent again after a lost connection, and may share a
    /// round trip with others.
    public let isReadOnly: Bool
    let identifier: Int

    /// - Parameters:
    ///   - text: SQL as it stands in the source; values only by parameter.
    ///   - readOnly: That the statement changes nothing; wrong here means that it may run twice.
    public init(_ text: StaticString, readOnly: Bool = false) {
        self.init(unchecked: text.description, readOnly: readOnly)
    }

    /// A statement whose text stands in several literals, one behind the other: where statements share a part.
    ///
    /// - Parameters:
    ///   - parts: SQL as it stands in the source; values only by parameter.
    ///   - readOnly: As above.
    public init(joining parts: [StaticString], readOnly: Bool = false) {
        self.init(unchecked: parts.map(\.description).joined(), readOnly: readOnly)
    }

    /// For statements that the client makes itself.
    init(unchecked text: String, readOnly: Bool = false) {
        self.text = text
        self.isReadOnly = readOnly
        self.identifier = Self.lastIdentifier.add(1, ordering: .relaxed).newValue
    }

    private static let lastIdentifier = Atomic<Int>(0)
}
