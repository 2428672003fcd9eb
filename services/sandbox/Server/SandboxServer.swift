internal import HTTPServer
public import Logging
public import NIOCore
public import NIOPosix
internal import SandboxShop
internal import SandboxShopify
public import ServiceLifecycle

/// Stand-ins for marketplaces, on one port: see `docs/sandbox.md`.
public final class SandboxServer: Service {
    private let server: HTTPServer
    private let parts: SandboxParts
    private let sender: WebhookSender
    private let runner: BulkRunner
    private let dropFolder: DropFolder?

    /// A sandbox with what its folder holds.
    ///
    /// - Throws: An error that says what is wrong with the folder.
    public init(
        _ configuration: SandboxConfiguration, logger: Logger = Logger(label: "sandbox"),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) throws {
        let shops = try Shops(
            folder: configuration.folder.map { "\($0)/shops" }, notifier: WebhookNotifier(), logger: logger)
        self.sender = WebhookSender(
            shops, backoffMilliseconds: configuration.notificationBackoffMilliseconds, logger: logger, group: group)
        let files = ShopFiles(folder: configuration.folder.map { "\($0)/files" })
        let api = try AdminAPI(files: files)
        self.runner = BulkRunner(
            api: api, shops: shops, files: files, base: configuration.publicURL ?? "", logger: logger)
        self.dropFolder = configuration.dropFolder.map {
            DropFolder(path: $0, shops: shops, files: files, logger: logger)
        }
        self.parts = SandboxParts(
            configuration: configuration, shops: shops, files: files, api: api, dice: FaultDice(),
            flights: KeyFlights(),
            logger: logger)
        var http = HTTPServerConfiguration(host: configuration.host, port: configuration.port)
        http.limits.maximumBodyBytes = SandboxHandler.maximumBodyBytes
        http.limits.maximumHeldBodyBytes = 8 * SandboxHandler.maximumBodyBytes
        http.drainTime = .seconds(5)
        self.server = try HTTPServer(
            SandboxHandler(sandbox: self.parts), configuration: http, logger: logger, group: group)
    }

    /// The port that it listens on, once it does.
    public var port: Int? { self.server.port }

    /// Answers until a graceful shutdown, or until the task is cancelled.
    public func run() async throws { try await self.run { _ in } }

    /// Answers as ``run()`` does.
    ///
    /// - Parameter onListening: Told the port, once there is one.
    public func run(onListening: @Sendable (Int) -> Void) async throws {
        let delivery = Task { [sender] in await sender.run() }
        let work = Task { [runner] in await runner.run() }
        let drops = Task { [dropFolder] in await dropFolder?.run() }
        defer {
            drops.cancel()
            delivery.cancel()
            work.cancel()
        }
        try await self.server.run { address in onListening(address.port ?? 0) }
    }
}
