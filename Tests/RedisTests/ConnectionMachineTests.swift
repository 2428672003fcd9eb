import NIOCore
import Testing

@testable import Redis

@Suite("The states of a connection, without one") struct ConnectionMachineTests {
    static func machine(commands: Int = 10, bytes: Int = 1_000) -> ConnectionMachine<Int> {
        var configuration = RedisConfiguration(address: .unix(path: "/nowhere"))
        configuration.maximumPendingCommands = commands
        configuration.maximumPendingBytes = bytes
        configuration.reconnectMilliseconds = 100...1_000
        return ConnectionMachine(configuration)
    }

    static func ready(commands: Int = 10, bytes: Int = 1_000) -> ConnectionMachine<Int> {
        var machine = Self.machine(commands: commands, bytes: bytes)
        _ = machine.connect()
        _ = machine.becameReady()
        return machine
    }

    static func time(_ seconds: UInt64) -> NIODeadline { .uptimeNanoseconds(seconds * 1_000_000_000) }

    @Test("batches are refused at once unless the connection is ready, each state with its reason")
    func refusals() {
        var generator = SeededGenerator(seed: 1)
        var machine = Self.machine()
        #expect(machine.refusal(commandCount: 1, byteCount: 1)?.code == .unavailable)
        let begun = [machine.connect(), machine.connect()]
        #expect(begun == [true, false])
        #expect(machine.refusal(commandCount: 1, byteCount: 1)?.code == .unavailable)
        let isFirstRecovery = machine.becameReady()
        #expect(!isFirstRecovery)
        #expect(machine.refusal(commandCount: 1, byteCount: 1) == nil)
        _ = machine.lost(RedisError(.connectionLost, "the plug was pulled"), using: &generator)
        let error = machine.refusal(commandCount: 1, byteCount: 1)
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("the plug was pulled") == true)
        let again = [machine.connect(), machine.becameReady()]
        #expect(again == [true, true])
        let waiting = machine.shutDown()
        #expect(waiting.isEmpty)
        #expect(machine.refusal(commandCount: 1, byteCount: 1)?.code == .shutDown)
        let isBegunAfterEnd = machine.connect()
        #expect(!isBegunAfterEnd)
    }

    @Test("no more commands and bytes wait than the limits say, and replies make room")
    func limits() {
        var machine = Self.ready(commands: 3, bytes: 100)
        #expect(machine.refusal(commandCount: 4, byteCount: 1)?.code == .queueFull)
        #expect(machine.refusal(commandCount: 1, byteCount: 101)?.code == .queueFull)
        machine.sent(1, commandCount: 3, byteCount: 60, deadline: Self.time(1))
        #expect(machine.refusal(commandCount: 1, byteCount: 1)?.code == .queueFull)
        _ = machine.replied()
        #expect(machine.pendingCommands == 2)
        #expect(machine.refusal(commandCount: 1, byteCount: 40) == nil)
        #expect(machine.refusal(commandCount: 1, byteCount: 41)?.code == .queueFull)
        _ = machine.replied()
        _ = machine.replied()
        #expect(machine.refusal(commandCount: 3, byteCount: 100) == nil)
    }

    @Test("any history gives every batch its own replies or its failure, once and in order")
    func histories() {
        let seed = UInt64.random(in: .min ... .max)
        print("ConnectionMachineTests.histories seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            var machine = Self.ready(commands: 50, bytes: 10_000)
            // What the server is to answer: the batch of each command.
            var wire: [Int] = []
            var ended: [Int] = []
            var begun = 0
            for _ in 0..<500 {
                switch Int.random(in: 0..<20, using: &generator) {
                case 0..<9:
                    let count = Int.random(in: 1...8, using: &generator)
                    guard machine.refusal(commandCount: count, byteCount: count) == nil else { continue }
                    machine.sent(begun, commandCount: count, byteCount: count, deadline: Self.time(1))
                    wire += Array(repeating: begun, count: count)
                    begun += 1
                case 9..<19:
                    guard !wire.isEmpty else { continue }
                    let batch = wire.removeFirst()
                    switch machine.replied() {
                    case .incomplete: #expect(wire.first == batch)
                    case .complete(let entry):
                        #expect(entry == batch)
                        #expect(wire.first != batch)
                        ended.append(entry)
                    case .unexpected: Issue.record("a reply was not expected")
                    }
                default:
                    let loss = machine.lost(RedisError(.connectionLost, ""), using: &generator)
                    ended += loss.entries
                    wire = []
                    _ = machine.connect()
                    _ = machine.becameReady()
                }
                #expect(machine.pendingCommands == wire.count)
            }
            ended += machine.shutDown()
            #expect(ended == Array(0..<begun))
        }
    }

    @Test("a reply that nobody asked for is told")
    func unexpected() {
        var machine = Self.ready()
        let isUnexpected = if case .unexpected = machine.replied() { true } else { false }
        #expect(isUnexpected)
    }

    @Test("the timer looks at the oldest batch only")
    func timer() {
        var machine = Self.ready()
        #expect(machine.timerFired(Self.time(1)) == .rest)
        machine.sent(1, commandCount: 1, byteCount: 1, deadline: Self.time(5))
        machine.sent(2, commandCount: 1, byteCount: 1, deadline: Self.time(7))
        #expect(machine.timerFired(Self.time(4)) == .wait(Self.time(5)))
        #expect(machine.timerFired(Self.time(5)) == .expired)
        _ = machine.replied()
        #expect(machine.timerFired(Self.time(5)) == .wait(Self.time(7)))
    }

    @Test("waits before reconnecting grow to the ceiling, differ, and start anew after a success")
    func backoff() {
        var generator = SeededGenerator(seed: 7)
        var machine = Self.machine()
        let error = RedisError(.connectionLost, "")
        var waits: [Int64] = []
        for attempt in 1...40 {
            _ = machine.connect()
            let loss = machine.lost(error, using: &generator)
            #expect(loss.isFirst == (attempt == 1))
            waits.append(loss.retryMilliseconds ?? 0)
        }
        #expect((50...100).contains(waits[0]))
        #expect(waits.allSatisfy { (50...1_000).contains($0) })
        #expect(waits[4...].allSatisfy { $0 >= 500 })
        #expect(Set(waits).count > 20)
        let isRecovered = machine.connect() && machine.becameReady()
        #expect(isRecovered)
        let first = machine.lost(error, using: &generator)
        #expect((50...100).contains(first.retryMilliseconds ?? 0))
        let second = machine.lost(error, using: &generator)
        #expect(second.retryMilliseconds == nil)
    }
}
