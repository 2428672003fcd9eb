internal import ArgumentParser
internal import Glibc
internal import HTTPServer
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Answers every request alike, for wrk to measure the HTTP server itself.
@main
struct HTTPBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "http-bench", abstract: "Answers every request with a constant.")

    @Option(help: "The port to listen on; 0 takes a free one.")
    var port = 0
    @Option(help: "The event loops.")
    var loops = 1
    @Option(help: "The bytes of the answer's body.")
    var bytes = 96
    @Flag(help: "Answer in a later turn of the event loop, as a handler does that waits for something.")
    var later = false

    func run() async throws {
        var configuration = HTTPServerConfiguration(port: self.port)
        configuration.commonHeaders = ["Server": "driveline"]
        let text = "{\"text\":\"" + String(repeating: "x", count: max(0, self.bytes - 11)) + "\"}"
        let server = try HTTPServer(
            Constant(body: ByteBuffer(string: text), isLater: self.later), configuration: configuration,
            group: MultiThreadedEventLoopGroup(numberOfThreads: self.loops))
        try await server.start()
        print("listening on \(server.port ?? 0)")
        fflush(nil)
        while !Task.isCancelled { try await Task.sleep(for: .seconds(3_600)) }
    }
}

/// Answers with a constant.
private struct Constant: HTTPHandler {
    static let headers: HTTPHeaders = ["Content-Type": "application/json"]

    let body: ByteBuffer
    let isLater: Bool

    func receive(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        if self.isLater {
            exchange.eventLoop.execute { exchange.respond(.ok, headers: Self.headers, body: self.body) }
        } else {
            exchange.respond(.ok, headers: Self.headers, body: self.body)
        }
    }
}
