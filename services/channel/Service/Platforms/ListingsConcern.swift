internal import ChannelMessages
internal import Postgres

/// Whoever has to know when connections change, as their listings depend on them.
protocol ListingsConcern: Sendable {
    /// What is wanted of all listings of a connection may be something else from now on: its policies or its mapping were
    /// changed, or it goes on after a pause. Part of the change's transaction, so that it is not lost.
    func policyChanged(
        _ kinds: Set<SyncKind>, of connection: ConnectionKey, in transaction: PostgresTransaction
    ) async throws

    /// A connection is forgotten: what is kept of its listings goes, too. Part of the change's transaction, before the
    /// connection's own row goes.
    func forgotten(_ connection: ConnectionKey, in transaction: PostgresTransaction) async throws

    /// A change of a connection was committed, whatever it was. A hint for this process alone: others find out by looking.
    func changed(_ connection: ConnectionKey)
}

/// Says what waits on a connection, and how long it will take.
protocol SyncReporting: Sendable {
    /// The state of a connection that there is.
    func sync(of connection: ConnectionKey) async throws -> ConnectionSync
}
