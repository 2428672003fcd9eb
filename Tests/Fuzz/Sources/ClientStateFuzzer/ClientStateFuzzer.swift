internal import FuzzInput
internal import Wire

/// A client's connection that is fed frames and does at random what callers do.
private struct Client {
    var state = ClientConnectionState<UInt32>(limits: smallLimits)
    /// The calls that have not ended, by their numbers, which are the payloads.
    var open: Set<UInt32> = []
    var lastStream: UInt32 = 0
    var waiting: [(stream: UInt32, cost: Int)] = []
    var isClosed = false

    func nextHeader(_ choice: UInt8, _ input: inout FuzzInput) -> FrameHeader? {
        // Never-opened streams now and then.
        let near = max(self.lastStream, 1) &- (choice & 4 == 0 ? 2 : 0)
        return input.header(near: near) { self.state.streams[$0]?.flow.receiveCredit }
    }

    mutating func close() { self.isClosed = true }

    mutating func end(_ call: UInt32) {
        require(self.open.remove(call) != nil, "call \(call) ended twice, or never began")
    }

    mutating func check() {
        var streams: Set<UInt32> = []
        self.state.streams.visit { stream, value in
            require(stream == value.payload)
            expectValid(value.flow, smallLimits)
            streams.insert(stream)
        }
        require(streams == self.open, "the machine has \(streams.sorted()), open are \(self.open.sorted())")
        require(streams.count == self.state.streams.count)
        require(!self.state.isDone || self.open.isEmpty)
    }
}

extension Client {
    mutating func received(_ header: FrameHeader, _ input: inout FuzzInput) {
        guard self.state.check(header) == nil else { return self.close() }
        switch header.type {
        case .hello:
            guard self.state.receivedHello(header) == nil else { return self.close() }
            self.state.learned(
                PeerLimits(maximumStreams: UInt32(input.byte()), initialCreditBytes: UInt32(input.byte()) << 15))
        case .response: self.receivedResponse(header)
        case .data: self.receivedData(header)
        case .credit: if case .violation = self.state.receivedCredit(header) { self.close() }
        case .pong: if self.state.receivedPong() != nil { self.close() }
        case .goAway:
            for call in self.state.receivedGoAway(lastStream: header.stream) {
                require(call > header.stream)
                self.end(call)
            }
            require(self.state.isLeaving && !self.state.takesStreams)
        case .ping: break
        default: require(header.type.rawValue == 0 || header.type.rawValue > 10, "\(header.type) was let through")
        }
    }

    private mutating func receivedResponse(_ header: FrameHeader) {
        switch self.state.receivedResponse(header) {
        case .ignore: require(!self.open.contains(header.stream))
        case .finish(let call), .tooLarge(let call):
            require(call == header.stream)
            self.end(call)
        // The call stays open, and fails with the connection.
        case .violation: self.close()
        }
    }

    private mutating func receivedData(_ header: FrameHeader) {
        let before = self.state.streams[header.stream]?.flow
        switch self.state.receivedData(header) {
        case .ignore: require(before == nil)
        case .violation: self.close()
        case .deliver(let data, let call):
            require(call == header.stream && !header.flags.contains(.endStream))
            require(header.credit <= before?.receiveCredit ?? 0, "credit was overrun")
            switch data {
            case .fragment(let grant): require(grant == header.credit && header.flags.contains(.more))
            case .message(let cost): self.waiting.append((call, cost))
            case .tooLarge: self.cancel(call)
            case .nothing: require(header.flags.contains(.noMessage))
            case .violation: fatalError("a violation was delivered")
            }
        }
    }

    private mutating func cancel(_ stream: UInt32) {
        let isOpen = self.open.contains(stream)
        require(self.state.cancelled(stream) == isOpen)
        if isOpen { self.end(stream) }
    }

    /// Something that this side does of itself.
    mutating func act(_ choice: UInt8) {
        switch choice & 7 {
        case 0...2:
            let takesStreams = self.state.takesStreams
            let stream = self.state.open(self.lastStream == 0 ? 1 : self.lastStream + 2)
            require((stream != nil) == takesStreams)
            guard let stream else { return }
            require(stream > self.lastStream && stream & 1 == 1)
            self.lastStream = stream
            self.open.insert(stream)
        case 3: self.cancel(UInt32(choice >> 3) << 1 | 1)
        case 4:
            guard !self.waiting.isEmpty else { return }
            let (stream, cost) = self.waiting.removeFirst()
            if let grant = self.state.consumed(cost, on: stream) { require(grant >= cost) }
        case 5:
            let stream = self.open.min() ?? 1
            self.state.withFlow(of: stream) { flow in
                guard let room = flow.sendableBytes() else { return }
                flow.sentData(FrameHeader(.data, stream: stream, bodyBytes: room))
            }
        case 6: self.state.sentPing()
        default: if choice >> 3 == 0 { self.state.left() }
        }
    }
}

/// Frames of any kind, in any order: every call ends exactly once, and credit is kept.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzClientState(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    var client = Client()
    if input.byte() & 7 > 0 {
        _ = client.state.receivedHello(FrameHeader(.hello, word: WireLimits.magic, amount: 1))
    }
    while !input.isEmpty, !client.isClosed {
        let choice = input.byte()
        if choice & 3 == 0 {
            client.act(input.byte())
        } else if let header = client.nextHeader(choice, &input) {
            client.received(header, &input)
        }
        client.check()
    }
    for call in client.state.closed() { client.end(call) }
    require(client.open.isEmpty && client.state.isDone)
    return 0
}
