internal import GatewayDomain
internal import NIOCore
internal import ProtobufC
internal import RPC

/// What the requests of one event loop share.
///
/// `@unchecked`: everything is touched on the event loop only.
final class GatewayLoop: @unchecked Sendable {
    let eventLoop: any EventLoop
    let limiter: RateLimiter
    /// Where a request's wire bytes are written, and a response's JSON: one request at a time, between two of its steps.
    let output = OutputBytes()
    private var streams: [ObjectIdentifier: EncodedResponseStream] = [:]
    private var generator = SystemRandomNumberGenerator()
    private(set) var isDraining = false
    /// The files that are sent and fetched now.
    private(set) var transferCount = 0

    init(_ eventLoop: any EventLoop, _ limiter: RateLimiter) {
        self.eventLoop = eventLoop
        self.limiter = limiter
    }

    /// The trace of a request: its own, carried on, or a new one.
    func trace(_ header: String?) -> TraceParent {
        TraceParent(header)?.child(using: &self.generator) ?? TraceParent(using: &self.generator)
    }

    var streamCount: Int { self.streams.count }

    /// Keeps a stream, so that a drain can end it; ``ended(_:)`` must follow.
    func began(_ stream: EncodedResponseStream, of request: GatewayRequest) {
        self.streams[ObjectIdentifier(request)] = stream
        if self.isDraining { stream.cancel() }
    }

    func ended(_ request: GatewayRequest) { self.streams[ObjectIdentifier(request)] = nil }

    /// Counts a file that is sent or fetched; ``transferEnded()`` must follow where there was room for it.
    func transferBegan(maximum: Int) -> Bool {
        guard self.transferCount < maximum else { return false }
        self.transferCount += 1
        return true
    }

    func transferEnded() { self.transferCount -= 1 }

    /// Ends the streams: their clients go on elsewhere, from where they stood.
    func drain() {
        self.isDraining = true
        for stream in self.streams.values { stream.cancel() }
    }
}
