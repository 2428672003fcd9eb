import DrivelineTesting
import Events
import Postgres
import Testing

@Suite(.timeLimit(.minutes(5))) struct GroupCommitPropertyTests {
    /// What a caller was told.
    enum Outcome: Hashable {
        case committed
        case nothingHappened
        case unknown
    }

    static let insertion = PostgresStatement(
        """
        insert into item (number, submitter, step, text)
        select * from unnest($1::bigint[], $2::integer[], $3::integer[], $4::text[])
        """)
    static let lock = PostgresStatement("select number from pair where number = $1 for update")
    static let end = PostgresStatement(
        """
        select count(pg_terminate_backend(pid)) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and query like 'insert into item%'
        """)

    struct Command: Sendable {
        var submitter: Int32
        var step: Int32
        var text: String
        var number: Int64 { Int64(self.submitter) * 1_000 + Int64(self.step) }
    }

    private static func commit(_ commands: [Command], _ pool: PostgresPool) async throws(PostgresError) -> [Outcome] {
        do {
            return try await pool.withTransaction { transaction in
                // Locked in this order here, and in the other one by a rival: a deadlock now and then.
                for number in [Int64(1), 2] { _ = try await transaction.query(Self.lock, number) }
                let command = PostgresCommand(
                    Self.insertion, commands.map(\.number), commands.map(\.submitter), commands.map(\.step),
                    commands.map(\.text))
                _ = try await transaction.commit(with: [command])
                return commands.map { _ in .committed }
            }
        } catch let error as PostgresError {
            throw error
        } catch {
            throw PostgresError(.server, "\(error)")
        }
    }

    @Test("with refusals, deadlocks and lost connections, each command gets one outcome, and it is true")
    func faults() async throws {
        let seed = UInt64.random(in: .min ... .max)
        print("seed \(seed)")
        try await withStore(
            """
            create table item (number bigint primary key, submitter integer not null, step integer not null,
                text text not null check (text <> 'refused'), position bigserial);
            create table pair (number bigint primary key); insert into pair values (1), (2)
            """
        ) { (pool: PostgresPool) async throws in
            let group = GroupCommit<Command, Outcome>(on: pool.reactor) { commands throws(PostgresError) in
                try await Self.commit(commands, pool)
            }
            let rivals = Task {
                var random = SeededGenerator(seed: seed)
                while !Task.isCancelled {
                    _ = try? await pool.withTransaction { transaction in
                        for number in [Int64(2), 1] { _ = try await transaction.query(Self.lock, number) }
                    }
                    if Int.random(in: 0..<8, using: &random) == 0 { _ = try? await pool.query(Self.end) }
                    try? await Task.sleep(for: .milliseconds(3))
                }
            }
            let outcomes = await Self.submitAll(to: group, seed: seed)
            rivals.cancel()
            await rivals.value
            try await Self.expect(outcomes, pool)
        }
    }

    /// Many submitters, each with one command after the other, so that its order is known.
    private static func submitAll(to group: GroupCommit<Command, Outcome>, seed: UInt64) async -> [Int64: Outcome] {
        await withTaskGroup(of: [Int64: Outcome].self) { tasks in
            for submitter in 0..<Int32(40) {
                tasks.addTask {
                    var random = SeededGenerator(seed: seed &+ UInt64(submitter))
                    var outcomes: [Int64: Outcome] = [:]
                    for step in 0..<Int32(20) {
                        let text = ["good", "good", "good", "refused", "with\0NUL"].randomElement(using: &random)
                        let command = Command(submitter: submitter, step: step, text: text ?? "good")
                        let outcome = await Self.outcome(of: command, group)
                        if command.text != "good" { #expect(outcome != .committed) }
                        outcomes[command.number] = outcome
                    }
                    return outcomes
                }
            }
            return await tasks.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
        }
    }

    private static func outcome(of command: Command, _ group: GroupCommit<Command, Outcome>) async -> Outcome {
        do throws(PostgresError) {
            return try await group.submit(command)
        } catch {
            return error.retry == .outcomeUnknown ? .unknown : .nothingHappened
        }
    }

    private static func expect(_ outcomes: [Int64: Outcome], _ pool: PostgresPool) async throws {
        #expect(outcomes.count == 800)
        let rows = try await pool.query(
            PostgresStatement("select number, submitter, step from item order by position"))
        var last: [Int32: Int32] = [:]
        var stored: Set<Int64> = []
        for row in rows {
            let (number, submitter, step) = try row.decode(Int64.self, Int32.self, Int32.self)
            #expect(last[submitter, default: -1] < step, "submitter \(submitter) went back")
            last[submitter] = step
            stored.insert(number)
        }
        for (number, outcome) in outcomes {
            switch outcome {
            case .committed: #expect(stored.contains(number), "\(number) is lost")
            case .nothingHappened: #expect(!stored.contains(number), "\(number) was said not to be")
            case .unknown: break
            }
        }
        #expect(outcomes.values.contains(.committed))
    }

    @Test("a command that cannot be sent harms nobody that shares its transaction")
    func unsendable() async throws {
        try await withStore(
            """
            create table item (number bigint primary key, submitter integer, step integer, text text);
            create table pair (number bigint primary key)
            """
        ) { (pool: PostgresPool) async throws in
            let group = GroupCommit<Command, Outcome>(on: pool.reactor) { commands throws(PostgresError) in
                try await Self.commit(commands, pool)
            }
            await withDiscardingTaskGroup { tasks in
                for step in 0..<Int32(50) {
                    tasks.addTask {
                        let isBad = step == 23
                        let command = Command(submitter: 0, step: step, text: isBad ? "\0" : "good")
                        #expect(await Self.outcome(of: command, group) == (isBad ? .nothingHappened : .committed))
                    }
                }
            }
        }
    }
}
