internal import ChannelMessages
internal import Postgres

/// What knows the connections that messages come for.
protocol IntakeConnections: SyncConnections {
    /// The connection that a notification's path stands for, whatever its status; nil: there is none.
    func key(ofNotifications key: String) async throws -> ConnectionKey?
}

/// A notification that something of what a platform shows has changed.
struct ShelfHint: Sendable {
    /// On which connection.
    var key: ConnectionKey
    /// Stock or product.
    var kind: InboundKind
    /// The platform's name for what happened.
    var topic: String
    /// The platform's id of what changed.
    var subject: String
    /// As it came.
    var body: [UInt8]
}

/// What reads back what platforms show.
protocol ShelfHints: Sendable {
    /// Has what a notification names read back soon, in the transaction that says that it is dealt with.
    func readBack(_ hint: ShelfHint, in transaction: PostgresTransaction) async throws
}
