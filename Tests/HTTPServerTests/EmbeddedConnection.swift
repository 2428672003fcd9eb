import HTTPTestSupport
import Logging
import NIOCore
import NIOEmbedded

@testable import HTTPServer

/// A connection without a socket, to which bytes can be given in exactly the pieces that a test wants.
struct EmbeddedConnection {
    let channel: EmbeddedChannel
    let core: ServerCore

    init(_ handler: any HTTPHandler, limits: HTTPServerLimits = .quick) throws {
        var configuration = HTTPServerConfiguration()
        configuration.limits = limits
        self.core = ServerCore(
            handler, configuration, nil, Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        self.channel = EmbeddedChannel()
        _ = self.core.takesConnection(from: nil)
        let loop = HTTPLoop(self.channel.eventLoop, timeResolution: .hours(1))
        try HTTPConnection.add(to: self.channel, self.core, loop, from: nil, tls: nil)
        try self.channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    func receive(_ bytes: some Sequence<UInt8>) throws { try self.channel.writeInbound(ByteBuffer(bytes: bytes)) }

    /// The answers so far, without their dates.
    func answers() throws -> [Answer] {
        var bytes: [UInt8] = []
        while let buffer = try self.channel.readOutbound(as: ByteBuffer.self) { bytes += buffer.readableBytesView }
        return Answer.all(bytes, isClosed: true).map { answer in
            var answer = answer
            answer.headers["date"] = nil
            return answer
        }
    }

    /// What has been parsed ahead.
    var backlogCount: Int {
        (try? self.channel.pipeline.syncOperations.handler(type: HTTPConnection.self).backlogCount) ?? 0
    }

    func finish() { _ = try? self.channel.finish(acceptAlreadyClosed: true) }
}
