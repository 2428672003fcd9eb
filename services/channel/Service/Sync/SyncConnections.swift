internal import ChannelAdapter
internal import ChannelMessages
internal import Leasing
internal import Postgres

/// A connection as those work with it who call its platform.
struct SyncConnection: Sendable {
    /// Which one.
    let key: ConnectionKey
    /// What the brand asked for: policies, status, version. Without credentials.
    let connection: Connection
    /// As its adapter needs it, with credentials in the clear.
    let account: PlatformAccount
    /// Its platform's.
    let adapter: any ChannelAdapter
}

/// Where connections come from.
protocol SyncConnections: Sendable {
    /// A connection as it stands; nil: there is none such. May be some milliseconds old.
    func connection(_ key: ConnectionKey) async throws -> SyncConnection?

    /// The same, read anew with its credentials: the platform refused those that were known.
    func renewed(_ key: ConnectionKey) async throws -> SyncConnection?

    /// The connections that are to be worked for: those that are active.
    func active() async throws -> [ConnectionKey]

    /// Stops a connection whose platform refuses it, until somebody resumes it.
    func stop(_ key: ConnectionKey, reason: String) async throws
}

/// What makes of products what listings are to say.
protocol ListingContent: Sendable {
    /// What a listing is to say, by its connection's mapping; nil: there is no such product, or it is not to be listed.
    ///
    /// - Parameter listing: With the platform's ids, for the row.
    /// - Throws: `ChannelRefusal` where the mapping gives nothing that the platform would take: it is refused.
    func content(
        _ listing: ListingReference, overrides: [String: String], of connection: SyncConnection
    ) async throws -> ContentRow?
}

/// What platforms are told of orders, which the worker of their connection carries out.
protocol OrderTaskWork: Sendable {
    /// When the next task of a connection is due; nil: none is.
    func nextDue(_ key: ConnectionKey) async throws -> PostgresTimestamp?

    /// Carries out one task that is due, if there is one and the platform's limits allow it now.
    ///
    /// - Parameters:
    ///   - session: Of the connection's account.
    ///   - quota: Of which calls take their tokens: operation "order-task".
    ///   - lease: Checked in each transaction of an effect.
    /// - Returns: Whether one was carried out, or tried.
    func carryOutOne(
        of connection: SyncConnection, session: any PlatformSession, quota: QuotaLedger, lease: Lease
    ) async throws -> Bool
}

/// Who asks platforms for orders.
protocol OrderIntakeHint: Sendable {
    /// A shelf shows less than thought: orders may explain it, and are to be asked for at once.
    func pollNow(_ key: ConnectionKey) async
}
