import DrivelineTesting
import Foundation
import InventoryAPI
import InventoryMessages
import Postgres
import RPC
import TestSupport
import Testing
import Wire

@testable import InventoryService

@Suite("What goes wrong between the engine and its database")
struct EngineFaultTests {
    /// Databases at once, as most of the time is spent waiting to connect anew.
    private static let lossesAtOnce = 4
    /// Commits whose answers are lost, for each of them: a thousand in all in `make soak`.
    private static let losses = ProcessInfo.processInfo.environment["SOAK_TESTS"] == nil ? 6 : 250
    /// The bytes of a transaction's answers, about: how far behind its first one the connection is cut.
    private static let answerBytes = 3_000

    @Test("a command that the database refuses harms no other in its batch")
    func badCommand() async throws {
        try await InventoryHarness.with { harness in
            // A constraint that the rules do not know of stands for any fault that only the database sees.
            try await harness.pool.runScript("alter table movement add constraint no_seven check (quantity <> 7)")
            let outcomes = try await harness.client.changeStock(
                ChangeStockRequest(
                    commandID: "all",
                    commands: (0..<40).map { number in
                        StockCommand(
                            command: .adjustStock(
                                AdjustStockRequest(
                                    sku: "SKU-\(number)", locationID: "WHS1", delta: number == 23 ? 1 : 2,
                                    reason: .found)))
                    }))
            #expect(outcomes.outcomes.count == 40)
            let answers = await withTaskGroup(of: (Int, StatusCode).self) { group in
                for number in 0..<40 {
                    group.addTask {
                        do {
                            try await harness.adjust("SKU-\(number)", number == 23 ? 7 : 2)
                            return (number, .ok)
                        } catch {
                            return (number, (error as? RPCError)?.code ?? .unknown)
                        }
                    }
                }
                return await group.reduce(into: [Int: StatusCode]()) { $0[$1.0] = $1.1 }
            }
            for (number, code) in answers { #expect(code == (number == 23 ? .internal : .ok), "\(number)") }
            #expect(try await harness.balance("SKU-23").available == 1)
            #expect(try await harness.balance("SKU-22").available == 4)
            try await harness.expectSoundLedger()
        }
    }

    @Test(
        "commits whose answers are lost have one effect, and the same answer when they are sent again",
        arguments: 0..<Self.lossesAtOnce)
    func lostAnswers(_ number: Int) async throws {
        let server = try await SharedServers.postgres()
        let proxy = try await FaultProxy(to: server)
        defer { proxy.stop() }
        try await InventoryHarness.with(proxy: proxy) { harness in
            try await harness.adjust("A", 1)
            var (round, lost, aim, misses) = (0, 0, 0, 0)
            while lost < Self.losses, round < Self.losses * 20 + 200 {
                // The first answers are those of the reads, and behind some of these bytes stands that of the commit.
                proxy.cut(afterBytes: aim, .toClient)
                let id = "round-\(round)"
                var answers: [CommandResponse] = []
                for _ in 0..<20 where answers.count < 2 {
                    do {
                        answers.append(try await harness.adjust("A", 1, id: id))
                    } catch let error as RPCError {
                        #expect(error.code == .unavailable, "\(error)")
                    }
                }
                try #require(answers.count == 2, "round \(round)")
                #expect(answers[1].repeatedAnswer)
                #expect(answers[0].items == answers[1].items && answers[0].items.first?.version == UInt64(round + 2))
                // The first answer that came is a repeat: the commit's own was lost.
                let isLost = answers[0].repeatedAnswer
                if isLost { lost += 1 }
                misses = isLost ? 0 : misses + 1
                // Byte by byte, or so, through those that lose one, and quickly past the others.
                if isLost || misses > 1 { aim = (aim + (isLost ? 3 : 37)) % Self.answerBytes }
                round += 1
            }
            print("\(lost) commits' answers were lost in \(round) rounds")
            #expect(lost == Self.losses, "in \(round) rounds")
            #expect(try await harness.balance("A").available == Int64(round + 1))
            try await harness.expectSoundLedger()
        }
    }

    @Test("random commands from many callers over two copies, with cut connections: the ledger stays sound")
    func randomHistory() async throws {
        let server = try await SharedServers.postgres()
        let proxy = try await FaultProxy(to: server)
        defer { proxy.stop() }
        let seed = testSeed()
        try await InventoryHarness.with(copies: 2, locations: ["WHS1", "WHS2", "WHS3"], proxy: proxy) { harness in
            await withTaskGroup(of: Void.self) { group in
                for caller in 0..<12 {
                    group.addTask {
                        var random = SeededGenerator(seed: seed &+ UInt64(caller))
                        let client = InventoryServiceClient(harness.copies[caller % 2].client)
                        for number in 0..<40 {
                            let request = RandomCalls.next(caller: caller, number: number, using: &random)
                            // Twice at the most, as callers do; refusals are part of the history.
                            for _ in 0..<2 { try? await RandomCalls.send(request, by: client) }
                        }
                    }
                }
                group.addTask {
                    for _ in 0..<6 {
                        try? await Task.sleep(for: .milliseconds(100))
                        proxy.cut()
                    }
                }
            }
            try await harness.pool.runScript("update reservation set expires_at = now() where state = 1")
            // What may still be under way ends before the count.
            try await harness.sweepAll()
            #expect(try await harness.number("select count(*) from movement") > 100, "seed \(seed)")
            try await harness.expectSoundLedger()
        }
    }
}
