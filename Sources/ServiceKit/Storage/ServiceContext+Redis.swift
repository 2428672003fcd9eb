internal import Logging
public import Redis

extension ServiceContext {
    /// The client of the cache, on the service's event loops; nil where none is configured, and the service is slower
    /// then. The service must have been run with `usesRedis`. Call it once.
    ///
    /// Connects in the background: a cache that cannot be reached keeps nobody from starting or being ready.
    ///
    /// - Throws: ``StartupError`` where the URL cannot be read.
    public func redis() async throws -> RedisClient? {
        let setting = StandardSettings.redisURL
        guard let url = self.configuration[setting] else {
            self.logger.notice("no \(setting.declaration.name) is given: the service works without a cache")
            return nil
        }
        let client: RedisClient
        do throws(RedisError) {
            client = try RedisClient(
                try RedisConfiguration(url: url), logger: self.logger, group: self.eventLoopGroup)
        } catch {
            throw StartupError(
                "\(setting.declaration.flag): \(error.message)", exitCode: StartupError.configurationExitCode)
        }
        await self.use(RedisDependency(client: client))
        return client
    }
}
