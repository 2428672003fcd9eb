import DrivelineTesting
import OrderMessages
import Postgres
import Testing

@testable import OrderService

@Suite("The steps of settlements", .timeLimit(.minutes(5)))
struct SettlementStepTests {
    private static let orders = 120
    /// The second line of each sample costs 1.00.
    private static let file: String = {
        // The amounts of an order lie far from each other, and some are of no order.
        var rows = (0..<Self.orders).map { "A-\($0),principal,\($0 % 10 == 3 ? 20 : 19).95,2026-03-02\n" }
        rows += (0..<Self.orders).map { "A-\($0),fee,-3,2026-03-03\n" }
        rows += (0..<20).map { _ in ",other,-1.25,2026-03-01\n" }
        rows += (0..<Self.orders).map { "A-\($0),principal,1,2026-03-03\n" }
        return "orderId,kind,amount,postedAt\n" + rows.joined()
    }()

    @Test("every line is there once, with what became of it, wherever a step ends", arguments: [1, 7, 64, 1_000])
    func borders(rowsPerStep: Int) async throws {
        var limits = OrderFileHarness.small
        limits.rowsPerStep = rowsPerStep
        try await OrderFileHarness.with(limits: limits) { files in
            _ = try await files.imported((0..<Self.orders).map { SettlementTests.order("A-\($0)") }.joined())
            let settlement = try await files.settled(Self.file, SettlementTests.options)
            #expect(settlement.state == .matched && settlement.orders == Int64(Self.orders))
            let lines = try await files.lines(of: settlement)
            #expect(lines.map(\.number) == (2..<(2 + 3 * Int64(Self.orders) + 20)).map { $0 })
            for line in lines {
                guard line.kind != .other else {
                    #expect(line.difference == .notOfOrder && line.id.isEmpty)
                    continue
                }
                let isOff = line.kind == .principal && line.orderID.hasSuffix("3")
                #expect(line.difference == (isOff ? .amount : .unspecified), "\(line.number) \(line.orderID)")
                #expect(!line.id.isEmpty, "\(line.number) \(line.orderID)")
                // Of both lines of it, wherever they stand.
                #expect(line.orderAmount?.micros == (isOff ? 21_950_000 : nil), "\(line.number) \(line.orderID)")
            }
            #expect(settlement.sums.reduce(0) { $0 + $1.lines } == Int64(lines.count))
        }
    }

    @Test("a settlement of a table that is new to the planner reads each of its amounts a few times, not once a bucket")
    func reads() async throws {
        var limits = OrderFileHarness.small
        limits.rowsPerStep = 2_000
        try await OrderFileHarness.with(limits: limits) { files in
            let count: Int64 = 6_400
            let file = "orderId,kind,amount\n" + (0..<count).map { "A-\($0 / 2),principal,\($0 % 90 + 1)\n" }.joined()
            for _ in 0..<2 {
                let settlement = try await files.settled(file, SettlementTests.options)
                #expect(settlement.state == .matched && settlement.lines == count)
            }
            // What connections have read is counted at the latest when they end.
            await files.pool.shutDown(graceMilliseconds: 10_000)
            try await until { try await files.orders.number(Self.reads) >= 4 * count }
            #expect(try await files.orders.number(Self.reads) < 16 * 2 * count)
        }
    }

    private static let reads: StaticString =
        """
        select (select coalesce(sum(idx_tup_read), 0) from pg_stat_user_indexes where relname = 'settlement_line')::bigint
            + (select coalesce(sum(seq_tup_read), 0) from pg_stat_user_tables where relname = 'settlement_line')::bigint
        """
}
