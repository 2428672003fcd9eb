import Testing
import Wire

@Suite("Both sides of a connection together")
struct CoupledConnectionTests {
    /// How a connection comes to its end.
    enum End: CaseIterable {
        case serverDrains
        case clientLeaves
        case connectionLost
        case none
    }

    @Test(
        "Two sides that keep to the rules never accuse each other, and every call ends exactly once",
        arguments: End.allCases, Seeds.fresh(25))
    func schedule(end: End, seed: UInt64) throws {
        var connection = SimulatedConnection(seed: seed)
        let steps = 1_500
        for step in 0..<steps {
            try connection.step(seed)
            guard step == steps / 2 else { continue }
            switch end {
            case .serverDrains: _ = connection.drain()
            case .clientLeaves: connection.leave()
            case .connectionLost: connection.lose()
            case .none: break
            }
            if end == .connectionLost { break }
        }
        if end != .connectionLost { try connection.settle(seed) }
        connection.expectEnded(seed)
        switch end {
        case .serverDrains: #expect(connection.server.isDrained && connection.client.isDone, "seed \(seed)")
        case .clientLeaves, .connectionLost: #expect(connection.client.isDone, "seed \(seed)")
        case .none: #expect(connection.client.takesStreams, "seed \(seed)")
        }
    }
}

extension SimulatedConnection {
    /// Does one thing that can be done now.
    fileprivate mutating func step(_ seed: UInt64) throws {
        switch Int.random(in: 0..<40, using: &self.random) {
        case 0..<4: _ = self.startCall()
        case 4: _ = self.cancelCall()
        case 5: _ = self.ping()
        case 6..<13: _ = self.sendRequest()
        case 13..<19: _ = try self.arriveAtServer()
        case 19..<25: _ = try self.arriveAtClient()
        case 25..<28: _ = self.consumeRequest()
        case 28..<31: _ = self.consumeResponse()
        case 31..<33: _ = self.handlerReturns(early: self.random.isOne(in: 10))
        default: _ = self.sendResponse()
        }
        self.expectConsistent(seed)
    }

    private func expectConsistent(_ seed: UInt64) {
        let openCalls = self.calls.count { $0.endings.isEmpty }
        guard openCalls == self.client.streams.count, self.handlers.count == self.server.streams.count,
            self.handlers.count <= Int(self.serverLimits.maximumStreams)
        else {
            Issue.record("\(openCalls) calls, \(self.handlers.count) handlers: the machines count others, seed \(seed)")
            return
        }
    }

    /// A client that has not heard HELLO does not leave in this schedule: see `ClientConnectionStateTests`.
    fileprivate mutating func leave() {
        self.client.left()
    }

    /// The connection breaks.
    fileprivate mutating func lose() {
        for call in self.client.closed() { self.endCall(call, .connectionLost) }
        for stream in self.server.closed() { self.handlers[UInt32(stream)] = nil }
    }

    /// Starts nothing new, and goes on until nothing moves.
    fileprivate mutating func settle(_ seed: UInt64) throws {
        var isMoving = true
        while isMoving {
            isMoving = false
            while try self.arriveAtServer() { isMoving = true }
            while try self.arriveAtClient() { isMoving = true }
            while self.consumeRequest() { isMoving = true }
            while self.consumeResponse() { isMoving = true }
            while self.handlerReturns(early: false) { isMoving = true }
            // A stream that waits for credit says no; others may still move, so each is tried often.
            for _ in 0..<4 * (self.calls.count + 1) where self.sendRequest() || self.sendResponse() { isMoving = true }
        }
        self.expectConsistent(seed)
    }

    fileprivate func expectEnded(_ seed: UInt64) {
        for call in self.calls {
            #expect(call.endings.count == 1, "stream \(call.stream) ended by \(call.endings), seed \(seed)")
        }
        #expect(self.client.streams.isEmpty && self.server.streams.isEmpty && self.handlers.isEmpty, "seed \(seed)")
    }
}
