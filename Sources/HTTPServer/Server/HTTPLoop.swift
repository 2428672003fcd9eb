internal import NIOCore

/// What the connections of one event loop share.
///
/// `@unchecked`: everything that changes is touched on the event loop only.
final class HTTPLoop: @unchecked Sendable {
    let eventLoop: any EventLoop
    private(set) var connections: [ObjectIdentifier: HTTPConnection] = [:]
    private var date = DateText()
    private let timeResolution: TimeAmount
    private var isLookingAtTime = false
    private var inflater: Inflater?
    private var deflater: Deflater?

    init(_ eventLoop: any EventLoop, timeResolution: TimeAmount) {
        self.eventLoop = eventLoop
        self.timeResolution = timeResolution
    }

    /// The value of a `Date` header.
    func dateText(_ now: NIODeadline) -> String { self.date.text(now) }

    func borrowInflater() throws(HTTPRefusal) -> Inflater {
        if let inflater = self.inflater { return inflater }
        let inflater = try Inflater()
        self.inflater = inflater
        return inflater
    }

    func borrowDeflater() -> Deflater? {
        if self.deflater == nil { self.deflater = Deflater() }
        return self.deflater
    }

    func add(_ connection: HTTPConnection) {
        self.connections[ObjectIdentifier(connection)] = connection
        self.lookAtTime()
    }

    func remove(_ connection: HTTPConnection) { self.connections[ObjectIdentifier(connection)] = nil }

    /// Looks at all connections again and again, as long as there are any.
    ///
    /// A timer for each would have to be moved with each request, and NIO's way to cancel one searches all of them.
    private func lookAtTime() {
        guard !self.isLookingAtTime, !self.connections.isEmpty else { return }
        self.isLookingAtTime = true
        self.eventLoop.assumeIsolated().scheduleTask(in: self.timeResolution) {
            self.isLookingAtTime = false
            let now = NIODeadline.now()
            for connection in self.connections.values { connection.timePassed(now) }
            self.lookAtTime()
        }
    }
}
