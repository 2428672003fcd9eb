import Testing

@testable import Postgres

@Suite struct PipelineMachineTests {
    @Test("after an error the rest of its group is skipped, and the next group runs")
    func errors() {
        var machine = PipelineMachine()
        for flight in 1...3 { machine.sentCommand(flight: flight) }
        machine.sentSync()
        machine.sentCommand(flight: 4)
        machine.sentSync()
        #expect(machine.received(.answer) == .answered(flight: 1))
        #expect(machine.received(.error) == .failed(flight: 2))
        #expect(machine.received(.skipped) == .skipped(flight: 3))
        #expect(machine.received(.sync) == .groupEnded)
        #expect(machine.received(.answer) == .answered(flight: 4))
        #expect(machine.received(.error) == .commitFailed)
        #expect(machine.received(.sync) == .groupEnded)
        #expect(machine.isEmpty)
    }

    @Test(
        "what nobody asked for is never given to anybody",
        arguments: [
            PipelineMachine.Received.answer, .error, .skipped, .sync,
        ])
    func unexpected(_ received: PipelineMachine.Received) {
        var machine = PipelineMachine()
        #expect(machine.received(received) == .unexpected)
        machine.sentCommand(flight: 1)
        #expect(machine.received(.sync) == .unexpected)
    }

    @Test("any history gives each flight its own answers", arguments: 0..<50)
    func histories(_ seed: UInt64) {
        var random = Generator(state: seed)
        var machine = PipelineMachine()
        var expected: [PipelineMachine.Action] = []
        var received: [PipelineMachine.Received] = []
        for group in 0..<20 {
            var hasFailed = false
            for flight in 0..<Int.random(in: 0...5, using: &random) {
                let number = group * 10 + flight
                machine.sentCommand(flight: number)
                if hasFailed {
                    received.append(.skipped)
                    expected.append(.skipped(flight: number))
                } else if Int.random(in: 0..<5, using: &random) == 0 {
                    hasFailed = true
                    received.append(.error)
                    expected.append(.failed(flight: number))
                } else {
                    received.append(.answer)
                    expected.append(.answered(flight: number))
                }
            }
            machine.sentSync()
            received.append(.sync)
            expected.append(.groupEnded)
        }
        #expect(received.map { machine.received($0) } == expected, "seed \(seed)")
        #expect(machine.isEmpty)
    }
}

/// SplitMix64, so that a history can be run again by its seed.
struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
