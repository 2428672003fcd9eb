internal import NIOCore
internal import NIOPosix

/// Asks a service's admin port whether calls should come to it.
public enum HealthProbe {
    /// How long an answer may take.
    static let limit: TimeAmount = .seconds(2)
    /// The bytes of an answer that are looked at.
    private static let statusBytes = 12

    /// Whether `/readyz` answers with status 200.
    public static func isReady(adminPort: Int) async -> Bool {
        let answer = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Bool.self)
        do {
            let channel = try await ClientBootstrap(group: answer.futureResult.eventLoop)
                .connectTimeout(self.limit)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(StatusReader(answer))
                    }
                }
                .connect(host: "127.0.0.1", port: adminPort).get()
            let timeout = channel.eventLoop.scheduleTask(in: self.limit) { channel.close(promise: nil) }
            let request = "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
            channel.writeAndFlush(ByteBuffer(string: request), promise: nil)
            let isReady = (try? await answer.futureResult.get()) ?? false
            timeout.cancel()
            channel.close(promise: nil)
            return isReady
        } catch {
            answer.succeed(false)
            return false
        }
    }

    /// Reads as far as the status, and answers when the connection closes before.
    private final class StatusReader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let answer: EventLoopPromise<Bool>
        private var text = ""

        init(_ answer: EventLoopPromise<Bool>) { self.answer = answer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.text += String(buffer: self.unwrapInboundIn(data)).prefix(HealthProbe.statusBytes)
            guard self.text.utf8.count >= HealthProbe.statusBytes else { return }
            self.answer.succeed(self.text.hasPrefix("HTTP/1.1 200") || self.text.hasPrefix("HTTP/1.0 200"))
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        func channelInactive(context: ChannelHandlerContext) {
            self.answer.succeed(false)
            context.fireChannelInactive()
        }
    }
}
