import Testing

@testable import Postgres

@Suite struct CopyMachineTests {
    static let format = CopyMachine.Format(isBinary: false, columns: 2)
    static let error = PostgresError(.server, "refused")

    @Test("rows go to the server, and their end tells how many there were")
    func toServer() {
        var machine = CopyMachine(.toServer, isCommitting: true)
        #expect(machine.received(.start(.toServer, Self.format)) == .tellStarted(Self.format))
        #expect(machine.phase == .streaming)
        #expect(!machine.mayHaveCommitted)
        machine.sentEnd(isComplete: true)
        #expect(machine.mayHaveCommitted)
        #expect(machine.received(.done(rows: 3)) == .none)
        #expect(machine.received(.end) == .tellEnded(rows: 3))
        #expect(!machine.mayHaveCommitted)
    }

    @Test("the first error is told at the end of the answers, whatever comes in between")
    func errors() {
        var machine = CopyMachine(.toServer, isCommitting: true)
        _ = machine.received(.start(.toServer, Self.format))
        machine.sentEnd(isComplete: false)
        #expect(!machine.mayHaveCommitted)
        #expect(machine.received(.error(Self.error)) == .none)
        #expect(machine.received(.error(PostgresError(.server, "later"))) == .none)
        #expect(machine.received(.done(rows: 1)) == .none)
        #expect(machine.received(.end) == .tellFailed(Self.error))
    }

    @Test("an error of a server that ends after the last row was sent leaves the outcome unknown")
    func administration() {
        for (isComplete, retry) in [(true, PostgresError.Retry.outcomeUnknown), (false, .safe)] {
            var machine = CopyMachine(.toServer, isCommitting: true)
            _ = machine.received(.start(.toServer, Self.format))
            machine.sentEnd(isComplete: isComplete)
            var error = PostgresError(.server, "terminating", retry: .safe)
            error.sqlState = SQLState("57P01")
            _ = machine.received(.error(error))
            error.retry = retry
            #expect(machine.received(.end) == .tellFailed(error))
        }
    }

    @Test("rows the other way are refused, and a second COPY closes the connection")
    func otherDirection() {
        var machine = CopyMachine(.fromServer, isCommitting: false)
        #expect(machine.received(.start(.toServer, Self.format)) == .refuse)
        var second = CopyMachine(.toServer, isCommitting: false)
        _ = second.received(.start(.toServer, Self.format))
        second.sentEnd(isComplete: true)
        _ = second.received(.done(rows: 1))
        guard case .close = second.received(.start(.toServer, Self.format)) else {
            Issue.record("a second COPY went on")
            return
        }
    }

    @Test("a statement that copies nothing is an error")
    func noCopy() {
        var machine = CopyMachine(.toServer, isCommitting: true)
        _ = machine.received(.done(rows: 1))
        guard case .tellFailed(let error) = machine.received(.end) else {
            Issue.record("it was taken for a COPY")
            return
        }
        #expect(error.code == .invalidParameter)
    }
}
