internal import Logging
public import SandboxServer
internal import Synchronization

/// Runs a sandbox within the test's process, on a free port, while `body` does.
///
/// ```swift
/// try await withSandbox { sandbox in
///     let shop = try await sandbox.createShop("brakes", products: [SandboxProduct(sku: "A-1", quantity: 5)])
/// }
/// ```
///
/// - Parameters:
///   - folder: Where it keeps shops; without one it forgets them.
///   - configure: Changes the configuration.
public func withSandbox<Value>(
    folder: String? = nil, _ configure: (inout SandboxConfiguration) -> Void = { _ in },
    _ body: (SandboxControl) async throws -> Value
) async throws -> Value {
    var configuration = SandboxConfiguration(controlToken: SandboxControl.token)
    configuration.folder = folder
    configuration.notificationBackoffMilliseconds = 20
    configure(&configuration)
    let logger = Logger(label: "sandbox") { _ in SwiftLogNoOpLogHandler() }
    let server = try SandboxServer(configuration, logger: logger)
    let (ports, port) = AsyncStream<Int>.makeStream()
    let running = Task {
        defer { port.finish() }
        try await server.run { port.yield($0) }
    }
    var iterator = ports.makeAsyncIterator()
    guard let number = await iterator.next() else {
        try await running.value
        throw SandboxFailure(description: "the sandbox ended before it listened")
    }
    let result: Result<Value, any Error>
    do {
        result = .success(try await body(SandboxControl(url: "http://127.0.0.1:\(number)")))
    } catch {
        result = .failure(error)
    }
    running.cancel()
    _ = await running.result
    return try result.get()
}
