/// What another session sent with NOTIFY.
public struct PostgresNotification: Hashable, Sendable {
    /// What was named after NOTIFY.
    public let channel: String
    /// What was sent with it; empty if nothing was.
    public let payload: String
}
