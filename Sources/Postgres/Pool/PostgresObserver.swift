/// Is told how requests to a database went, for metrics. Called on the caller's thread or the reactor's; must be quick.
public protocol PostgresObserver: Sendable {
    /// A request has its answer or has failed.
    ///
    /// - Parameter nanoseconds: From when it was made, its wait for a connection included.
    func requestEnded(nanoseconds: UInt64, error: PostgresError?)

    /// A transaction has got its connection, or gave up.
    ///
    /// - Parameter nanoseconds: How long it waited.
    func connectionAwaited(nanoseconds: UInt64, error: PostgresError?)
}
