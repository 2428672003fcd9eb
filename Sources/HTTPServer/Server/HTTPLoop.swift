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
    /// Connections that were idle at ``idleLookTime``, and since when; the one that is to go first stands last.
    private var idle: [(id: ObjectIdentifier, since: NIODeadline)] = []
    private var idleLookTime: NIODeadline?

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

    /// Closes the connection that has been idle for longest, those first that have never asked for anything.
    ///
    /// All connections are looked at no more often than time is, so that a flood of new ones costs little.
    ///
    /// - Returns: Whether there was one, and so a place is free.
    func displaceIdle(_ now: NIODeadline) -> Bool {
        if let connection = self.nextIdle() {
            connection.displace()
            return true
        }
        guard self.idleLookTime.map({ $0 + self.timeResolution <= now }) ?? true else { return false }
        self.idleLookTime = now
        self.idle = self.connections.values.filter(\.isIdle)
            .sorted { left, right in
                left.state.hasAsked == right.state.hasAsked
                    ? left.state.idleSince > right.state.idleSince : left.state.hasAsked
            }
            .map { (ObjectIdentifier($0), $0.state.idleSince) }
        guard let connection = self.nextIdle() else { return false }
        connection.displace()
        return true
    }

    /// The next one that has been idle all the time since it was looked at.
    private func nextIdle() -> HTTPConnection? {
        while let (id, since) = self.idle.popLast() {
            guard let connection = self.connections[id] else { continue }
            if connection.isIdle, connection.state.idleSince == since { return connection }
        }
        return nil
    }

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
