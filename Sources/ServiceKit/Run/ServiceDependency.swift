internal import ServiceLifecycle

/// Something that a service needs and that has a life of its own, such as a pool of database connections.
///
/// Dependencies start in the order in which they are added, before the first call is taken, and stop in the opposite
/// order, after the last call has ended.
public protocol ServiceDependency: Sendable {
    /// What it is called in `/readyz` and in messages.
    var name: String { get }
    /// Makes it usable.
    ///
    /// - Throws: Where it cannot be; a ``StartupError`` is shown as it is.
    func start() async throws
    /// Asks whether it answers.
    ///
    /// - Throws: Where it does not.
    func checkReadiness() async throws
    /// Whether the service takes no calls without it.
    var isNeededForReadiness: Bool { get }
    /// Ends it; what it holds is lost or written by then.
    func stop() async
}

extension ServiceDependency {
    /// It is needed.
    public var isNeededForReadiness: Bool { true }
}

/// Stops a dependency when the service group gets to it.
struct DependencyLife: Service {
    let dependency: any ServiceDependency

    func run() async throws {
        // Also when the task is cancelled: it is stopped whatever the reason is.
        try? await gracefulShutdown()
        await self.dependency.stop()
    }
}
