internal import Events
internal import ServiceLifecycle

/// Follows catalog's events while the service runs.
struct KitIntake: Service {
    private let consumer: EventConsumer

    init(_ consumer: EventConsumer) { self.consumer = consumer }

    /// Works until the task is cancelled or the service shuts down.
    func run() async throws { await cancelWhenGracefulShutdown { await self.consumer.run() } }
}
