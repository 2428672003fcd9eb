import DrivelineTesting
import Events
import LocalServers
import Logging
import NIOCore
import RPC
import Synchronization

/// A service's process that stops and starts again at the same address.
final class RestartingServer: Sendable {
    /// Where it listens.
    let socketPath: String
    /// What the log's service is told of commits by.
    let news = EventNews()
    private let folder: TemporaryFolder
    private let service: @Sendable (EventNews) -> any RPCService
    private let running: Mutex<Task<Void, any Error>?> = Mutex(nil)

    init(_ service: @escaping @Sendable (EventNews) -> any RPCService) async throws {
        let folder = try TemporaryFolder()
        self.folder = folder
        self.socketPath = "\(folder.path)/rpc.sock"
        self.service = service
        try await self.start()
    }

    /// Closes everything at once, and listens again.
    func restart() async throws {
        await self.end()
        try await self.start()
    }

    func stop() async {
        await self.end()
        self.folder.remove()
    }

    private func start() async throws {
        var configuration = RPCServerConfiguration()
        configuration.helloTimeout = .seconds(300)
        configuration.unixSocketPath = self.socketPath
        let server = RPCServer(
            services: [self.service(self.news)], configuration: configuration,
            authenticator: CredentialAuthenticator(), logger: quiet)
        let task = Task { try await server.run() }
        self.running.withLock { $0 = task }
        if await server.address == nil { try await task.value }
    }

    private func end() async {
        let task = self.running.withLock { task in
            defer { task = nil }
            return task
        }
        task?.cancel()
        _ = await task?.result
    }
}
