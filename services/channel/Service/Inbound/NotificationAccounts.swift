internal import ChannelAdapter
internal import ChannelMessages
internal import Postgres

/// A connection as messages and orders need it.
struct ConnectedAccount: Sendable {
    /// Whose it is.
    let brand: PostgresUUID
    /// Which adapter reads what it sends.
    let platform: String
    /// With its secrets, in the clear.
    let account: PlatformAccount
    /// Whether it works.
    let status: ConnectionStatus
    /// Since when it has this status.
    let statusSince: PostgresTimestamp
    /// How its orders come in.
    let orders: OrderPolicy
    /// When it was made.
    let createdAt: PostgresTimestamp

    /// The brand's name for it.
    var connection: String { self.account.connection }
}

/// What knows the connections.
protocol NotificationAccounts: Sendable {
    /// The connection that a notification's path stands for; nil: there is none.
    func account(notificationKey: String) async throws -> ConnectedAccount?

    /// A connection of a brand; nil: there is none.
    ///
    /// - Parameter fresh: Whether it must be what the database has now, and not what was read a while ago.
    func account(_ connection: String, of brand: PostgresUUID, fresh: Bool) async throws -> ConnectedAccount?

    /// Stops a connection, and says why; one that is stopped stays as it is.
    func stop(_ connection: String, of brand: PostgresUUID, reason: String) async throws
}
