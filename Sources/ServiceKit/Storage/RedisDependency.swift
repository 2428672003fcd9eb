internal import Redis

/// The cache's client within a service's life. The service works without the cache, so it is not needed for readiness.
struct RedisDependency: ServiceDependency {
    let client: RedisClient
    var name: String { "redis" }
    var isNeededForReadiness: Bool { false }

    func start() async throws {}
    func checkReadiness() async throws { try await self.client.check() }
    func stop() async { self.client.shutDown() }
}
