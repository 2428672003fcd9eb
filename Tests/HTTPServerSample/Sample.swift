internal import Glibc
internal import HTTPServer
internal import NIOCore
internal import NIOHTTP1

/// A server in a process of its own, so that tests can look at its memory: one that says its port and answers, after
/// the whole body, with 2,000 bytes or none.
@main
struct Sample {
    static func main() async throws {
        let server = try HTTPServer(Handler())
        try await server.start()
        print("listening on \(server.port ?? 0)")
        fflush(nil)
        while !Task.isCancelled { try await Task.sleep(for: .seconds(3_600)) }
    }

    private struct Handler: HTTPHandler {
        let large = ByteBuffer(repeating: 0x61, count: 2_000)

        func receive(_ request: HTTPRequest, _ exchange: HTTPExchange) {
            exchange.collectBody { _ in
                exchange.respond(.ok, body: request.target == "/large" ? self.large : ByteBuffer())
            }
        }
    }
}
