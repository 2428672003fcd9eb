import Foundation
import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// The sample service as a process of its own.
final class SampleProcess: Sendable {
    /// A line of its log.
    struct NoLine: Error {
        let log: String
    }

    private let process: Process
    private let folder: URL
    private let exit = AsyncStream.makeStream(of: Int32.self)

    /// Starts it with some flags, without drain delay unless one is given.
    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        self.folder = FileManager.default.temporaryDirectory.appending(path: "driveline-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        let output = self.folder.appending(path: "output")
        try Data().write(to: output)
        let process = Process()
        // Executables lie beside the tests' own.
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "service-kit-sample")
        process.arguments = arguments + ["--event-loops", "1", "--log-format", "json"]
        process.environment = environment
        // Files, because a pipe would have to be read along.
        let handle = try FileHandle(forWritingTo: output)
        process.standardError = handle
        process.standardOutput = handle
        let exit = self.exit.continuation
        process.terminationHandler = { process in
            exit.yield(process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus)
            exit.finish()
        }
        self.process = process
        try process.run()
    }

    deinit {
        if self.process.isRunning { kill(self.process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: self.folder)
    }

    func signal(_ signal: Int32) { kill(self.process.processIdentifier, signal) }

    /// All that it has written.
    var output: String {
        (try? String(contentsOf: self.folder.appending(path: "output"), encoding: .utf8)) ?? ""
    }

    /// The exit code, or the negative number of the signal that ended it.
    var exitCode: Int32? {
        get async {
            for await code in self.exit.stream { return code }
            return nil
        }
    }

    /// The log line with a message, once it is there.
    func line(_ message: String) async throws -> [String: String] {
        while true {
            for line in self.output.split(separator: "\n") {
                let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
                if let object, object["message"]?.contains(message) == true { return object }
            }
            guard self.process.isRunning else { throw NoLine(log: self.output) }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// The ports of calls and of the admin server, once it serves.
    func ports() async throws -> (rpc: Int, admin: Int) {
        let line = try await self.line("serving")
        guard let rpc = line["labels.port"].flatMap({ Int($0) }),
            let admin = line["labels.admin_port"].flatMap({ Int($0) })
        else { throw NoLine(log: self.output) }
        return (rpc, admin)
    }
}

/// A peer that sends bytes and takes down what comes back until the connection closes.
enum RawHTTP {
    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let received: Received

        init(_ received: Received) { self.received = received }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: self.unwrapInboundIn(data))
            self.received.text.withLock { $0 += text }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    final class Received: Sendable {
        let text = Mutex("")
    }

    static func exchange(_ port: Int, _ text: String) async throws -> String {
        let received = Received()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(received))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
        try? await channel.closeFuture.get()
        return received.text.withLock { $0 }
    }

    /// The status and body of a request.
    static func get(_ port: Int, _ path: String, method: String = "GET") async throws -> (status: Int, body: String) {
        let answer = try await self.exchange(port, "\(method) \(path) HTTP/1.1\r\nHost: h\r\n\r\n")
        let status = answer.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return (status, answer.range(of: "\r\n\r\n").map { String(answer[$0.upperBound...]) } ?? "")
    }
}
