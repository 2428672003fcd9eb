import ArgumentParser
import EventServing
import Events
import Logging
import NIOPosix
import Postgres
import RPC

/// Serves a log until it is ended.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serves a log on a Unix socket.")

    @Argument(help: "Where the database is.") var url: String
    @Argument(help: "Where to listen.") var socket: String

    func run() async throws {
        let socket = self.socket
        try await EventBench.withPool(self.url, connections: ServedEvents.connections) { pool in
            var configuration = RPCServerConfiguration()
            configuration.unixSocketPath = socket
            let logger = Logger(label: "event-bench")
            let server = RPCServer(
                services: [ServedEvents(pool, news: EventNews(), logger: logger)], configuration: configuration,
                authenticator: TrustingAuthenticator(
                    CallerIdentity(brand: "", principal: "bench", mayActForOthers: true)),
                logger: logger, group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
            try await server.run()
        }
    }
}
