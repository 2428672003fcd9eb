internal import ArgumentParser
internal import Foundation
internal import NIOCore
internal import NIOPosix
internal import Postgres

/// What a service of the sample does.
enum Behaviour: String, ExpressibleByArgument {
    /// Becomes ready, and ends on SIGTERM.
    case normal
    /// Never becomes ready.
    case neverReady
    /// Ends while it starts, with a last word.
    case crash
    /// Does not end on SIGTERM.
    case stubborn
}

/// A service that answers probes, and has looked at what it was given.
struct SampleService: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "service")

    @Option var behaviour = Behaviour.normal

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        guard let port = environment["DRIVELINE_ADMIN_PORT"].flatMap({ Int($0) }) else { throw ExitCode(78) }
        if self.behaviour == .stubborn { signal(SIGTERM, SIG_IGN) }
        if self.behaviour == .crash {
            FileHandle.standardError.write(Data("the very last word\n".utf8))
            throw ExitCode(7)
        }
        try await self.useDatabase(environment)
        let isReady = self.behaviour != .neverReady
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Probes(isReady: isReady))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        let line =
            #"{"@timestamp":"2026-01-31T23:59:58.000001Z","log.level":"notice","message":"serving","#
            + #""labels.token":"\#(environment["DRIVELINE_SERVICE_TOKEN_FILE"] ?? "")","#
            + #""labels.drops":"\#(environment["DRIVELINE_DROP_FOLDER"] ?? "")","#
            + #""labels.alpha":"\#(environment["DRIVELINE_ALPHA_ADDRESS"] ?? "")"}"#
        FileHandle.standardError.write(Data("\(line)\n".utf8))
        try await server.closeFuture.get()
    }

    /// Counts its starts in its database, so that tests see what survives.
    private func useDatabase(_ environment: [String: String]) async throws {
        guard let file = environment["DRIVELINE_POSTGRES_URL_FILE"] else { return }
        let url = try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        let reactor = try PostgresReactor()
        let pool = try PostgresPool(PostgresConfiguration(url: url), on: reactor)
        try await pool.runScript(
            "create table if not exists starts (at timestamptz default now()); insert into starts default values")
        await pool.shutDown()
        reactor.stop()
    }
}

private final class Probes: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let isReady: Bool

    init(isReady: Bool) { self.isReady = isReady }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let status = self.isReady ? "200 OK" : "503 Service Unavailable"
        let answer = ByteBuffer(string: "HTTP/1.1 \(status)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        context.writeAndFlush(NIOAny(answer), promise: nil)
        context.close(promise: nil)
    }
}
