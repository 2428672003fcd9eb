internal import ServiceKit

/// The smallest service, which tests run as a process of its own: health and reflection, one setting, one dependency.
@main
struct ServiceKitSample {
    static let delay = Setting.integer(
        "stop-delay-ms", default: 0, in: 0...60_000, unit: "ms", "How long the dependency takes to stop.")

    static func main() async {
        await DrivelineService.run(
            name: "sample", version: "9.8.7", settings: [self.delay], clients: ["inventory"]
        ) { context in
            await context.use(Store(stopDelay: .milliseconds(context.configuration[self.delay])))
            if context.configuration[StandardSettings.address(of: "inventory")] != nil {
                _ = try context.client(for: "inventory")
            }
        }
    }
}

/// A dependency that only takes time.
private struct Store: ServiceDependency {
    let stopDelay: Duration
    var name: String { "store" }

    func start() async throws {}
    func checkReadiness() async throws {}
    func stop() async { try? await Task.sleep(for: self.stopDelay) }
}
