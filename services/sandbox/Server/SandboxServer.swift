internal import HTTPServer
public import Logging
public import NIOCore
public import NIOPosix
internal import SandboxAmazon
internal import SandboxEbay
internal import SandboxShop
internal import SandboxShopify
public import ServiceLifecycle

/// Stand-ins for marketplaces, on one port: see `docs/sandbox.md`.
public final class SandboxServer: Service {
    private let server: HTTPServer
    private let parts: SandboxParts
    private let sender: WebhookSender
    private let runner: BulkRunner
    private let amazonRunner: AmazonRunner
    private let dropFolder: DropFolder?

    /// A sandbox with what its folder holds.
    ///
    /// - Throws: An error that says what is wrong with the folder.
    public init(
        _ configuration: SandboxConfiguration, logger: Logger = Logger(label: "sandbox"),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) throws {
        let shops = try Shops(
            folder: configuration.folder.map { "\($0)/shops" }, notifier: Notifiers(), logger: logger)
        self.sender = WebhookSender(
            shops, backoffMilliseconds: configuration.notificationBackoffMilliseconds, logger: logger, group: group)
        let files = ShopFiles(folder: configuration.folder.map { "\($0)/files" })
        let api = try AdminAPI(files: files)
        self.runner = BulkRunner(
            api: api, shops: shops, files: files, base: configuration.publicURL ?? "", logger: logger)
        let amazon = AmazonAPI(files: files)
        self.amazonRunner = AmazonRunner(shops: shops, files: files, logger: logger)
        self.dropFolder = configuration.dropFolder.map {
            DropFolder(path: $0, shops: shops, files: files, logger: logger)
        }
        self.parts = SandboxParts(
            configuration: configuration, shops: shops, files: files, api: api, amazon: amazon, ebay: EbayAPI(),
            dice: FaultDice(), flights: KeyFlights(), logger: logger)
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

    /// Answers as ``run()`` does, once. Behind it the folder is anybody's.
    ///
    /// - Parameter onListening: Told the port, once there is one.
    public func run(onListening: @Sendable (Int) -> Void) async throws {
        let result = await withDiscardingTaskGroup { group -> Result<Void, any Error> in
            group.addTask { await self.sender.run() }
            group.addTask { await self.runner.run() }
            group.addTask { await self.amazonRunner.run() }
            group.addTask { await self.dropFolder?.run() }
            let result: Result<Void, any Error>
            do {
                result = .success(try await self.server.run { address in onListening(address.port ?? 0) })
            } catch {
                result = .failure(error)
            }
            group.cancelAll()
            return result
        }
        self.parts.shops.leaveFolder()
        try result.get()
    }
}

/// Has each platform make the notifications of its shops.
private struct Notifiers: ShopNotifier {
    func notify(_ events: [ShopEvent], in state: ShopState) {
        switch state.settings.platform {
        case .shopify: WebhookNotifier().notify(events, in: state)
        case .ebay: EbayNotifier().notify(events, in: state)
        case .amazon, .feed: break
        }
    }
}
