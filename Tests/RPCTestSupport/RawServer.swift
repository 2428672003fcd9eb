internal import EchoMessages
internal import NIOCore
internal import NIOPosix
internal import ProtobufC
package import RPC
package import Wire

/// A listener that answers its peers with whatever a test likes.
package final class RawServer: Sendable {
    private let channel: any Channel
    private let peers: AsyncStream<RawPeer>
    package let port: Int

    private init(_ channel: any Channel, _ peers: AsyncStream<RawPeer>) throws {
        guard let port = channel.localAddress?.port else { throw ChannelError.eof }
        self.channel = channel
        self.peers = peers
        self.port = port
    }

    package var address: RPCTarget.Address { RPCTarget.Address(host: "127.0.0.1", port: self.port) }

    /// Listens while `body` runs.
    package static func with<Result>(
        port: Int = 0, _ body: (RawServer) async throws -> Result
    ) async throws -> Result {
        let (peers, continuation) = AsyncStream.makeStream(of: RawPeer.self)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (chunks, received) = AsyncStream.makeStream(of: [UInt8].self)
                    try channel.pipeline.syncOperations.addHandler(Receiver(received))
                    continuation.yield(RawPeer(channel, chunks))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        do {
            let result = try await body(RawServer(channel, peers))
            try? await channel.close().get()
            return result
        } catch {
            try? await channel.close().get()
            throw error
        }
    }

    /// The next peer that connects; HELLO has been exchanged with it.
    package func accept() async throws -> RawPeer {
        var iterator = self.peers.makeAsyncIterator()
        guard let peer = await iterator.next() else { throw ChannelError.eof }
        try await peer.write(.hello(""))
        guard try await peer.next()?.type == .hello else { throw ChannelError.eof }
        return peer
    }

    /// Listens no more; what is connected stays.
    package func stopListening() async { try? await self.channel.close().get() }
}

extension RawFrame {
    /// A RESPONSE with a message.
    package static func response(_ stream: UInt32, _ text: String) throws -> RawFrame {
        RawFrame(FrameHeader(.response, stream: stream), body: try Text(text: text).encodedBytes())
    }

    /// A RESPONSE that says how the call failed.
    package static func failure(_ stream: UInt32, _ status: StatusCode) -> RawFrame {
        RawFrame(FrameHeader(.response, flags: .noMessage, stream: stream, word: status.rawValue))
    }

    /// A GOAWAY.
    package static func goAway(_ lastStream: UInt32, _ status: StatusCode = .ok) -> RawFrame {
        RawFrame(FrameHeader(.goAway, stream: lastStream, word: status.rawValue))
    }
}
