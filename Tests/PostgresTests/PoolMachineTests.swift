import Testing

@testable import Postgres

@Suite struct PoolMachineTests {
    @Test("a query waits for a connection that is being opened rather than behind another query")
    func sharingComesLast() {
        var machine = PoolMachine(maximumConnections: 2, maximumPipelined: 4, maximumWaiting: 10)
        #expect(self.asked(1, &machine) == [.connect(connection: 1)])
        machine.connected(1)
        #expect(self.actions(&machine) == [.send(request: 1, connection: 1)])
        #expect(self.asked(2, &machine) == [.connect(connection: 2)])
        machine.connected(2)
        #expect(self.actions(&machine) == [.send(request: 2, connection: 2)])
        // All that may be opened is open.
        #expect(self.asked(3, &machine) == [.send(request: 3, connection: 1)])
    }

    @Test("a query shares a connection when the database takes no more of them")
    func sharingWithoutMore() {
        var machine = PoolMachine(maximumConnections: 2, maximumPipelined: 4, maximumWaiting: 10)
        #expect(self.asked(1, &machine) == [.connect(connection: 1)])
        machine.connected(1)
        #expect(self.actions(&machine) == [.send(request: 1, connection: 1)])
        #expect(self.asked(2, &machine) == [.connect(connection: 2)])
        machine.closed(2)
        machine.mayConnect = false
        #expect(self.actions(&machine) == [.send(request: 2, connection: 1)])
    }

    @Test("connections that were not used for a while are checked, one at a time, and not given away meanwhile")
    func checks() {
        var machine = PoolMachine(maximumConnections: 2, maximumPipelined: 4, maximumWaiting: 10)
        for request in 1...2 {
            #expect(self.asked(request, &machine) == [.connect(connection: request)])
            machine.connected(request)
            #expect(self.actions(&machine) == [.send(request: request, connection: request)])
        }
        machine.answered(1)
        machine.answered(2)
        machine.becameDoubtful()
        #expect(machine.nextToCheck() == nil, "both were used")
        machine.becameDoubtful()
        #expect(machine.nextToCheck() == 1)
        #expect(machine.nextToCheck() == nil, "one at a time")
        #expect(self.asked(3, &machine) == [.send(request: 3, connection: 2)])
        machine.retired(1)
        #expect(!machine.isSpent(1), "its answer is still to come")
        machine.checked(1)
        #expect(machine.isSpent(1))
        #expect(machine.nextToCheck() == nil, "the other one is in use")
    }

    private func asked(_ request: Int, _ machine: inout PoolMachine) -> [PoolMachine.Action] {
        _ = machine.enqueued(request, needsLease: false)
        return self.actions(&machine)
    }

    private func actions(_ machine: inout PoolMachine) -> [PoolMachine.Action] {
        var actions: [PoolMachine.Action] = []
        while let action = machine.next() { actions.append(action) }
        return actions
    }

    @Test("any history keeps its limits, leases to one at a time, and serves in order", arguments: 0..<100)
    func histories(_ seed: UInt64) {
        var random = Generator(state: seed)
        var machine = PoolMachine(maximumConnections: 3, maximumPipelined: 4, maximumWaiting: 10)
        var connecting: Set<Int> = []
        var ready: Set<Int> = []
        var outstanding: [Int: Int] = [:]
        var leased: Set<Int> = []
        var lastServed = 0
        var lastRequest = 0
        for _ in 0..<400 {
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1:
                lastRequest += 1
                let waiting = machine.statistics.waiting
                let isTaken = machine.enqueued(lastRequest, needsLease: Bool.random(using: &random))
                #expect(isTaken == (waiting < 10))
            case 2:
                guard let connection = connecting.sorted().randomElement(using: &random) else { continue }
                connecting.remove(connection)
                ready.insert(connection)
                machine.connected(connection)
            case 3:
                guard let connection = outstanding.filter({ $0.value > 0 }).keys.sorted().randomElement(using: &random)
                else { continue }
                outstanding[connection, default: 0] -= 1
                machine.answered(connection)
            case 4:
                guard let connection = leased.sorted().randomElement(using: &random) else { continue }
                leased.remove(connection)
                machine.returned(connection)
            default:
                guard let connection = ready.sorted().randomElement(using: &random), !leased.contains(connection) else {
                    continue
                }
                ready.remove(connection)
                outstanding[connection] = nil
                machine.closed(connection)
            }
            while let action = machine.next() {
                switch action {
                case .connect(let connection):
                    connecting.insert(connection)
                    #expect(connecting.count + ready.count <= 3, "seed \(seed)")
                case .send(let request, let connection):
                    outstanding[connection, default: 0] += 1
                    #expect(outstanding[connection, default: 0] <= 4, "seed \(seed)")
                    #expect(ready.contains(connection) && !leased.contains(connection), "seed \(seed)")
                    #expect(request > lastServed, "seed \(seed)")
                    lastServed = request
                case .lease(let request, let connection):
                    #expect(outstanding[connection, default: 0] == 0, "seed \(seed)")
                    #expect(ready.contains(connection) && leased.insert(connection).inserted, "seed \(seed)")
                    #expect(request > lastServed, "seed \(seed)")
                    lastServed = request
                }
            }
        }
    }
}
