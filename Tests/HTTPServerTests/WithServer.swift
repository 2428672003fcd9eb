import HTTPServer
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A handler that is a closure.
struct ClosureHandler: HTTPHandler {
    let action: @Sendable (HTTPRequest, HTTPExchange) -> Void

    init(_ action: @escaping @Sendable (HTTPRequest, HTTPExchange) -> Void) { self.action = action }

    func receive(_ request: HTTPRequest, _ exchange: HTTPExchange) { self.action(request, exchange) }

    /// Answers with the method, the target and the body's length, after the whole body.
    static let echo = ClosureHandler { request, exchange in
        exchange.collectBody { body in
            let text = "\(request.method.rawValue) \(request.target) \(body.readableBytes)"
            exchange.respond(.ok, headers: ["Content-Type": "text/plain"], body: ByteBuffer(string: text))
        }
    }
}

/// Keeps the exchanges that a handler got.
final class ExchangeKeeper: HTTPHandler {
    private let kept = Mutex<[HTTPExchange]>([])

    func receive(_ request: HTTPRequest, _ exchange: HTTPExchange) { self.kept.withLock { $0.append(exchange) } }

    var exchanges: [HTTPExchange] { self.kept.withLock { $0 } }
}

/// Counts what a server does by itself.
final class EventRecorder: HTTPServerObserver {
    private struct State {
        var connections = 0
        var refusedConnections = 0
        var displacedConnections = 0
        var refusals: [HTTPRefusal] = []
        var cuts: [HTTPCutReason] = []
    }

    private let state = Mutex(State())

    func connectionsChanged(by change: Int) { self.state.withLock { $0.connections += change } }
    func connectionRefused() { self.state.withLock { $0.refusedConnections += 1 } }
    func connectionDisplaced() { self.state.withLock { $0.displacedConnections += 1 } }
    func refused(_ refusal: HTTPRefusal) { self.state.withLock { $0.refusals.append(refusal) } }
    func cut(_ reason: HTTPCutReason) { self.state.withLock { $0.cuts.append(reason) } }

    var connections: Int { self.state.withLock { $0.connections } }
    var refusedConnections: Int { self.state.withLock { $0.refusedConnections } }
    var displacedConnections: Int { self.state.withLock { $0.displacedConnections } }
    var refusals: [HTTPRefusal.Code] { self.state.withLock { $0.refusals.map(\.code) } }
    var cuts: [HTTPCutReason] { self.state.withLock { $0.cuts } }
}

/// Limits that are looked at so often that tests need not wait.
extension HTTPServerLimits {
    static var quick: HTTPServerLimits {
        var limits = HTTPServerLimits()
        limits.timeResolution = .milliseconds(5)
        // Only the times that a test is about should ever be over on a loaded machine.
        limits.headTime = .minutes(5)
        limits.bodyWindowTime = .minutes(5)
        limits.requestTime = .minutes(5)
        limits.stallTime = .minutes(5)
        return limits
    }
}

extension HTTPServerConfiguration {
    /// Ends at once what is left at the end of a test.
    static var quick: HTTPServerConfiguration {
        var configuration = HTTPServerConfiguration()
        configuration.drainTime = .seconds(0)
        return configuration
    }

    /// With something changed.
    static func quick(_ change: (inout HTTPServerConfiguration) -> Void) -> HTTPServerConfiguration {
        var configuration = Self.quick
        change(&configuration)
        return configuration
    }
}

/// Runs a server for the length of a closure.
func withServer(
    _ handler: any HTTPHandler = ClosureHandler.echo,
    limits: HTTPServerLimits = .quick,
    observer: EventRecorder = EventRecorder(),
    configuration: HTTPServerConfiguration = .quick,
    group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
    _ body: (HTTPServer, Int) async throws -> Void
) async throws {
    var configuration = configuration
    configuration.limits = limits
    let server = try HTTPServer(
        handler, configuration: configuration, observer: observer,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, group: group)
    try await server.start()
    guard let port = server.port else { throw ChannelError.eof }
    do {
        try await body(server, port)
    } catch {
        await server.drain()
        throw error
    }
    await server.drain()
}
