internal import Logging
internal import ServiceKit

/// The smallest service, which tests run as a process of its own: health and reflection, one setting, one dependency.
@main
struct ServiceKitSample {
    static let stopDelay = Setting.integer(
        "stop-delay-ms", default: 0, in: 0...60_000, unit: "ms", "How long the dependency takes to stop.")

    static let startDelay = Setting.integer(
        "start-delay-ms", default: 0, in: 0...60_000, unit: "ms", "How long the dependency takes to start.")

    static func main() async {
        await DrivelineService.run(
            name: "sample", version: "9.8.7", settings: [self.stopDelay, self.startDelay], clients: ["inventory"]
        ) { context in
            let store = Store(
                logger: context.logger, startDelay: .milliseconds(context.configuration[self.startDelay]),
                stopDelay: .milliseconds(context.configuration[self.stopDelay]))
            await context.use(store)
            if context.configuration[StandardSettings.address(of: "inventory")] != nil {
                _ = try context.client(for: "inventory")
            }
        }
    }
}

/// A dependency that only takes time.
private struct Store: ServiceDependency {
    let logger: Logger
    let startDelay: Duration
    let stopDelay: Duration
    var name: String { "store" }

    func start() async throws {
        self.logger.info("store starts")
        try await Task.sleep(for: self.startDelay)
    }

    func checkReadiness() async throws {}

    func stop() async {
        try? await Task.sleep(for: self.stopDelay)
        self.logger.info("store stopped")
    }
}
