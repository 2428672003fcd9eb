internal import Glibc
internal import NIOCore

/// The socket of a channel whose bytes go out unchanged, written to without the way through the channel's pipeline.
///
/// That way takes as long as several calls, and copies every byte once more. It is still taken for what the socket
/// does not accept at once, since the channel waits for a socket to become writable and closes a broken one.
///
/// Bound to the event loop.
struct ChannelSocket {
    private let channel: any Channel
    private let descriptor: NIOBSDSocket.Handle

    /// - Returns: `nil` where the channel is not a socket, as in tests.
    init?(_ channel: any Channel) {
        let operations = channel.pipeline.syncOperations
        guard let descriptor = try? operations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self, { $0 })
        else { return nil }
        self.channel = channel
        self.descriptor = descriptor
    }

    /// Sends what the socket takes now.
    ///
    /// - Precondition: Nothing that was handed to the channel waits to be written.
    /// - Returns: The number of bytes taken; 0 also where the connection is broken, which the channel finds out itself.
    func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        // A channel is inactive from the moment its descriptor is closed, so another connection's is never written to.
        guard self.channel.isActive else { return 0 }
        return max(0, Glibc.send(self.descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL)))
    }
}
