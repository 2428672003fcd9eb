internal import FuzzInput
internal import Wire

/// A server's connection that is fed frames and does at random what handlers do.
private struct Server {
    var state = ServerConnectionState<UInt32>(limits: smallLimits)
    /// The streams that have ended on this side.
    var ended: Set<UInt32> = []
    /// What applications have not taken: stream and cost.
    var waiting: [(stream: UInt32, cost: Int)] = []
    var nanoseconds: UInt64 = 1_000_000_000
    var isClosed = false

    func receiveCredit(_ stream: UInt32) -> Int? { self.state.streams[stream]?.flow.receiveCredit }

    mutating func close() { self.isClosed = true }

    mutating func end(_ stream: UInt32) {
        if self.state.streams[stream] != nil { self.ended.insert(stream) }
        self.state.ended(stream)
        self.waiting.removeAll { $0.stream == stream }
    }

    mutating func check() {
        require(self.state.streams.count <= Int(smallLimits.maximumStreams), "more streams than the limit")
        require(self.state.streams.isEmpty == (self.state.streams.count == 0))
        var count = 0
        self.state.streams.visit { stream, value in
            count += 1
            require(stream == value.payload && stream & 1 == 1 && stream <= self.state.lastStream)
            require(!self.ended.contains(stream), "stream \(stream) is back")
            expectValid(value.flow, smallLimits)
        }
        require(count == self.state.streams.count)
        require(!self.state.isDrained || self.state.streams.isEmpty)
    }
}

extension Server {
    mutating func received(_ header: FrameHeader, _ input: inout FuzzInput) {
        if header.type == .request { return self.receivedRequest(header, &input) }
        guard self.state.check(header) == nil else { return self.close() }
        switch header.type {
        case .hello:
            guard self.state.receivedHello(header) == nil else { return self.close() }
            self.state.learned(PeerLimits(initialCreditBytes: UInt32(input.byte()) << 15))
        case .data: self.receivedData(header)
        case .credit: if case .violation = self.state.receivedCredit(header) { self.close() }
        case .cancel: self.receivedCancel(header)
        case .ping: if !self.state.receivedPing(at: self.nanoseconds) { self.close() }
        case .pong: if let last = self.state.receivedPong() { require(last == self.state.lastStream) }
        case .caller: require((1...WireLimits.maximumCallers).contains(header.caller))
        default: require(header.type.rawValue == 0 || header.type.rawValue > 9, "\(header.type) was let through")
        }
    }

    private mutating func receivedRequest(_ header: FrameHeader, _ input: inout FuzzInput) {
        let last = self.state.lastStream
        switch self.state.receivedRequest(header) {
        case .dispatch:
            require(header.stream > last && self.state.lastStream == header.stream)
            guard input.byte() & 3 > 0 else {
                // Answered within the read: never in the table.
                self.ended.insert(header.stream)
                return
            }
            self.state.opened(header, payload: header.stream)
        case .refuse:
            require(self.state.streams.count == Int(smallLimits.maximumStreams))
            self.ended.insert(header.stream)
        case .ignore: require(self.state.isDraining)
        case .violation: self.close()
        }
    }

    private mutating func receivedData(_ header: FrameHeader) {
        let before = self.state.streams[header.stream]?.flow
        switch self.state.receivedData(header) {
        case .ignore: require(before == nil)
        case .violation: self.close()
        case .deliver(let data, let stream, let isEnd):
            require(stream == header.stream && before?.isRemoteEnded == false)
            require(isEnd == header.flags.contains(.endStream))
            require(header.credit <= before?.receiveCredit ?? 0, "credit was overrun")
            switch data {
            case .fragment(let grant): require(grant == header.credit && header.flags.contains(.more))
            case .message(let cost): self.waiting.append((stream, cost))
            case .tooLarge: self.end(stream)
            case .nothing: require(header.flags.contains(.noMessage))
            case .violation: fatalError("a violation was delivered")
            }
        }
    }

    private mutating func receivedCancel(_ header: FrameHeader) {
        switch self.state.receivedCancel(header, at: self.nanoseconds) {
        case .ignore: break
        case .cancel(let stream): require(stream == header.stream && self.state.streams[stream] != nil)
        case .tooMany, .violation: self.close()
        }
    }

    /// Something that this side does of itself.
    mutating func act(_ choice: UInt8, _ input: inout FuzzInput) {
        let streams = self.state.streams.streams.sorted()
        let stream = streams.isEmpty ? UInt32(input.byte()) | 1 : streams[Int(choice >> 3) % streams.count]
        switch choice & 7 {
        case 0, 1: self.end(stream)
        case 2:
            guard !self.waiting.isEmpty else { return }
            let (stream, cost) = self.waiting.removeFirst()
            if let grant = self.state.consumed(cost, on: stream) { require(grant >= cost) }
        case 3:
            self.state.withFlow(of: stream) { flow in
                guard let room = flow.sendableBytes() else { return }
                flow.sentData(FrameHeader(.data, stream: stream, bodyBytes: room))
            }
        case 4: if choice >> 3 == 0 { _ = self.state.drainBegan() }
        default: self.nanoseconds += UInt64(choice) << 24
        }
    }
}

/// Frames of any kind, in any order: the machine keeps its limits, and what has ended stays so.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzServerState(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    var server = Server()
    if input.byte() & 7 > 0 {
        _ = server.state.receivedHello(FrameHeader(.hello, word: WireLimits.magic, amount: 1))
    }
    while !input.isEmpty, !server.isClosed {
        if input.byte() & 3 == 0 {
            server.act(input.byte(), &input)
        } else if let header = input.header(near: max(server.state.lastStream, 1), credit: { server.receiveCredit($0) })
        {
            server.received(header, &input)
        }
        server.check()
    }
    let open = server.state.streams.count
    require(server.state.closed().count == open && server.state.streams.isEmpty)
    return 0
}
