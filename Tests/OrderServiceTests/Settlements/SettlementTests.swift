import DrivelineTesting
import Jobs
import OrderAPI
import OrderDomain
import OrderMessages
import Postgres
import ProtobufC
import RPC
import RPCMessages
import TestSupport
import Testing
import WellKnownMessages

@testable import OrderService

@Suite("Settlements", .timeLimit(.minutes(5)))
struct SettlementTests {
    static let options = SettlementOptions(format: .csv, connection: "amazon", currency: "USD", reference: "S-1")
    static let head = "orderId,kind,amount,postedAt,feeKind\n"

    /// An order of 20.95 with fees of 3.00, of 2026-03-02.
    static func order(_ id: String, platform: String = "Amazon") -> String {
        OrderFileSamples.line(id, platform: platform, more: #","fees":[{"kind":"Commission","amount":3}]"#)
    }

    @Test("amounts are matched with orders, and the report adds up")
    func matched() async throws {
        try await OrderFileHarness.with { files in
            _ = try await files.imported(
                Self.order("A") + Self.order("B") + Self.order("C") + Self.order("E", platform: "eBay"))
            let settlement = try await files.settled(
                Self.head + "A,principal,20.95,2026-03-02,\nA,fee,-3,2026-03-02,Commission\n"
                    + "B,principal,19.95,2026-03-03,\nB,fee,-3.50,2026-03-03,Commission\n"
                    + "UNKNOWN,principal,7,2026-03-03,\n,other,-1.25,2026-03-01,\n", Self.options)
            #expect(settlement.state == .matched && settlement.reference == "S-1" && settlement.currency == "USD")
            #expect(settlement.lines == 6 && settlement.orders == 2 && settlement.linesFailed == 0)
            #expect(settlement.total?.micros == 40_150_000)
            #expect(settlement.sums.reduce(0) { $0 + ($1.amount?.micros ?? 0) } == 40_150_000)
            #expect(settlement.from?.seconds == 1_772_323_200 && settlement.to?.seconds == 1_772_496_000)
            let lines = try await files.lines(of: settlement)
            #expect(
                lines.map { "\($0.number) \($0.orderID) \($0.kind) \($0.difference)" } == [
                    "0 C principal missingPayment", "0 C fee missingPayment", "2 A principal unspecified",
                    "3 A fee unspecified", "4 B principal amount", "5 B fee feeVariance",
                    "6 UNKNOWN principal missingOrder", "7  other notOfOrder",
                ])
            let differing = try await files.lines(of: settlement, [.amount])
            #expect(differing.map(\.orderID) == ["B"])
            #expect(differing[0].orderAmount?.micros == 19_950_000 && differing[0].expected?.micros == 20_950_000)
            #expect(!lines[2].id.isEmpty && lines[2].expected == nil && lines[6].id.isEmpty)
            #expect(
                try await files.orders.events().map(\.type).filter { $0.hasPrefix("order.settlement") }
                    == ["order.settlement.matched"])
        }
    }

    @Test("an accepted settlement is in the logs of its orders, once")
    func accepted() async throws {
        try await OrderFileHarness.with { files in
            _ = try await files.imported((0..<30).map { Self.order("A-\($0)") }.joined())
            let file = Self.head + (0..<20).map { "A-\($0),principal,20.95,,\nA-\($0),fee,-3,,\n" }.joined()
            let settlement = try await files.settled(file, Self.options)
            let request = AcceptSettlementRequest(settlementID: settlement.settlementID)
            let accepted = try await files.settlements.acceptSettlement(request)
            #expect(accepted.state == .accepted && accepted.acceptedBy == "tester")
            let runner = files.runner()
            try await until {
                try await files.orders.number(
                    "select count(*) from job where kind = 'order-settlement-acceptance' and state = 'succeeded'") == 1
            }
            #expect(try await files.settlements.acceptSettlement(request) == accepted)
            runner.cancel()
            await runner.value
            for number in 0..<30 {
                let order = try await files.orders.lookup.order(files.brand, "A-\(number)")
                let isSettled = number < 20
                #expect(order.settlementIDs == (isSettled ? [settlement.settlementID] : []))
                #expect(
                    try await files.orders.log(of: order).map(\.kind)
                        == (isSettled ? [.imported, .settled] : [.imported]))
            }
            #expect(
                try await files.orders.events().map(\.type).filter { $0.hasPrefix("order.settlement") }.sorted()
                    == ["order.settlement.accepted", "order.settlement.matched"])
        }
    }

    @Test("what another settlement has is a duplicate, and what it left open is not")
    func second() async throws {
        try await OrderFileHarness.with { files in
            _ = try await files.imported(Self.order("A") + Self.order("B"))
            let file = Self.head + "A,principal,20.95,2026-03-02,\nA,fee,-3,2026-03-02,\nB,principal,10,2026-03-02,\n"
            _ = try await files.settled(file, Self.options)
            let again = try await files.settled(file + "B,principal,10.95,2026-03-04,\n", Self.options)
            let lines = try await files.lines(of: again)
            #expect(
                lines.map { "\($0.number) \($0.orderID) \($0.difference)" } == [
                    "2 A duplicate", "3 A duplicate", "4 B duplicate", "5 B unspecified",
                ])
            #expect(again.sums.reduce(0) { $0 + ($1.amount?.micros ?? 0) } == again.total?.micros)
            // Of another connection it says nothing.
            var other = Self.options
            other.connection = "ebay"
            let elsewhere = try await files.settled(file, other)
            #expect(try await files.lines(of: elsewhere).allSatisfy { $0.difference == .missingOrder })
        }
    }

    @Test("two settlements that are matched at once see each other")
    func atOnce() async throws {
        try await OrderFileHarness.with { files in
            _ = try await files.imported((0..<20).map { Self.order("A-\($0)") }.joined())
            let file = Self.head + (0..<20).map { "A-\($0),principal,20.95,2026-03-02,\n" }.joined()
            let first = try await files.beginSettlement(file, Self.options)
            let second = try await files.beginSettlement(file, Self.options)
            let runner = files.runner()
            try await until {
                let (one, two) = (try await files.found(first), try await files.found(second))
                return one.state.isFinal && two.state.isFinal
            }
            runner.cancel()
            await runner.value
            var differences: [[SettlementDifference]] = []
            for job in [first, second] {
                let settlement = try await files.settlements.getSettlement(
                    GetSettlementRequest(settlementID: job.id.description))
                #expect(settlement.state == .matched)
                let lines = try await files.lines(of: settlement).filter { $0.number > 0 }
                differences.append(Array(Set(lines.map(\.difference))))
            }
            #expect(
                differences == [[.unspecified], [.duplicate]] || differences == [[.duplicate], [.unspecified]])
        }
    }

    @Test("a file with rows that cannot be read is matched with nothing, and each of them is named")
    func faults() async throws {
        try await OrderFileHarness.with { files in
            _ = try await files.imported(Self.order("A"))
            let bad = (0..<50).map { "A,mystery,1.234,soon,\($0)\n" }.joined()
            let settlement = try await files.settled(Self.head + "A,principal,20.95,,\n" + bad, Self.options)
            #expect(settlement.state == .failed && settlement.linesFailed == 50)
            #expect(settlement.problem.contains("50 of 51 rows"))
            let failed = try await files.lines(.failedRecords, of: settlement.settlementID)
            #expect(failed.count == 50)
            for (place, line) in failed.enumerated() {
                #expect(line.contains("\"line\":\(place + 3),") && line.contains("\"orderId\":\"A\""))
                for name in ["kind is", "amount could", "postedAt is"] { #expect(line.contains(name), "\(line)") }
            }
            #expect(try await files.orders.number("select count(*) from settlement_line") == 0)
            #expect(try await files.lines(of: settlement).isEmpty)
            #expect(
                try await files.problem {
                    _ = try await files.settlements.acceptSettlement(
                        AcceptSettlementRequest(settlementID: settlement.settlementID))
                }?.type == "state-not-allowed")
        }
    }

    @Test("a file that does not come to the total it states is matched with nothing")
    func total() async throws {
        try await OrderFileHarness.with { files in
            var options = Self.options
            options.statedTotal = Decimal(micros: 20_940_000)
            let file = Self.head + "A,principal,20.95,,\n"
            let settlement = try await files.settled(file, options)
            #expect(settlement.state == .failed)
            #expect(settlement.problem.contains("20.95 USD") && settlement.problem.contains("20.94 USD"))
            options.statedTotal = Decimal(micros: 20_950_000)
            #expect(try await files.settled(file, options).state == .matched)
        }
    }

    @Test("settlements are listed, and other brands' are not there")
    func listed() async throws {
        try await OrderFileHarness.with { files in
            var ids: [String] = []
            for number in 0..<5 {
                var options = Self.options
                options.connection = number == 4 ? "ebay" : "amazon"
                ids.insert(
                    try await files.settlements.beginSettlement(
                        BeginSettlementRequest(commandID: "c-\(number)", options: options)
                    ).settlementID, at: 0)
            }
            var (found, token): ([String], String) = ([], "")
            repeat {
                let page = try await files.settlements.listSettlements(
                    ListSettlementsRequest(pageSize: 2, pageToken: token))
                found += page.settlements.map(\.settlementID)
                #expect(page.settlements.allSatisfy { $0.state == .reading })
                token = page.nextPageToken
            } while !token.isEmpty
            #expect(found == ids)
            let ofEBay = try await files.settlements.listSettlements(ListSettlementsRequest(connection: "ebay"))
            #expect(ofEBay.settlements.map(\.settlementID) == [ids[0]])
            // The same command again is the same settlement.
            var options = Self.options
            options.connection = "ebay"
            let again = try await files.settlements.beginSettlement(
                BeginSettlementRequest(commandID: "c-4", options: options))
            #expect(again.settlementID == ids[0])
            _ = try await files.jobs.jobs.requestCancel(
                try #require(JobID(ids[0])), brand: files.brand)
            let cancelled = try await files.settlements.getSettlement(GetSettlementRequest(settlementID: ids[0]))
            #expect(cancelled.state == .cancelled)
            let rpc = try files.server.client(credential: "\(OrderHarness.newBrand())/other \(OrderFileHarness.scopes)")
            defer { rpc.shutDown() }
            let problem = try await files.problem {
                _ = try await SettlementServiceClient(rpc).getSettlement(GetSettlementRequest(settlementID: ids[0]))
            }
            #expect(problem?.type == "settlement-not-found")
        }
    }

    @Test("options that cannot be followed are refused before there is a settlement")
    func options() async throws {
        try await OrderFileHarness.with { files in
            let column = SettlementColumn(fileColumn: "a", field: "amount")
            let word = SettlementWord(word: "a", kind: .fee)
            let wrong: [(String, (inout SettlementOptions) -> Void)] = [
                ("unknown-currency", { $0.currency = "XAU" }), ("invalid-value", { $0.delimiter = "\n" }),
                ("invalid-value", { $0.tolerance = Decimal(micros: -1) }),
                ("duplicate-entry", { $0.columns = [column, column] }),
                ("duplicate-entry", { $0.words = [word, word] }),
            ]
            for (type, edit) in wrong {
                var options = Self.options
                edit(&options)
                let problem = try await files.problem {
                    _ = try await files.settlements.beginSettlement(
                        BeginSettlementRequest(commandID: OrderHarness.newID(), options: options))
                }
                #expect(problem?.type == type)
            }
        }
    }
}
