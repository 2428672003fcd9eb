/// What another session sent with NOTIFY.
public struct PostgresNotification: Hashable, Sendable {
    public let channel: String
    public let payload: String
}
