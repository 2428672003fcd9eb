internal import ArgumentParser
internal import Glibc
internal import Hummingbird
internal import Logging
internal import NIOPosix

/// Answers every request of one route alike, for wrk to measure Hummingbird as `http-bench` measures ours.
@main
struct HummingbirdBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hummingbird-bench", abstract: "Answers every request with a constant, by Hummingbird.")

    @Option(help: "The port to listen on; 0 takes a free one.")
    var port = 0
    @Option(help: "The event loops.")
    var loops = 1
    @Option(help: "The bytes of the answer's body.")
    var bytes = 96

    func run() async throws {
        let text = "{\"text\":\"" + String(repeating: "x", count: max(0, self.bytes - 11)) + "\"}"
        let body = ByteBuffer(string: text)
        let router = Router()
        router.get("/") { _, _ in
            Response(status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: body))
        }
        var logger = Logger(label: "hummingbird-bench")
        logger.logLevel = .error
        let application = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: self.port)),
            onServerRunning: { channel in
                print("listening on \(channel.localAddress?.port ?? 0)")
                fflush(nil)
            },
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup(numberOfThreads: self.loops)), logger: logger)
        try await application.runService()
    }
}
