import ChannelDomain
import TestSupport
import Testing

@Suite(.processorBound) struct SendPlanTests {
    private static func row(
        _ sku: String, _ lane: SyncLane = .stock, since: Int64 = 7, revision: Int64 = 1, tries: Int32 = 0,
        key: String = "", group: Int32 = 0
    ) -> DueRow {
        DueRow(
            sku: sku, lane: lane, since: since, revision: revision, tries: tries, attemptKey: key, groupLimit: group,
            content: "5")
    }

    @Test("stock to zero goes first, and takes other stock along as far as there is room")
    func zeroFirst() {
        let rows = (0..<100).map { Self.row("S\($0)") } + [Self.row("Z", .stockToZero)]
        let call = SendPlan.next(of: rows) { _ in 10 }
        #expect(call?.lane == .stockToZero)
        #expect(call?.rows.count == 10)
        #expect(call?.rows.contains { $0.sku == "Z" } == true)
        #expect(SendPlan.next(of: rows) { _ in 1 }?.rows.map(\.sku) == ["Z"])
    }

    @Test("prices and contents never travel with stock")
    func kinds() {
        let rows = [Self.row("A", .price), Self.row("B", .stock), Self.row("C", .content)]
        #expect(SendPlan.next(of: rows) { _ in 10 }?.rows.map(\.sku) == ["B"])
        #expect(SendPlan.next(of: [rows[2], rows[0]]) { _ in 10 }?.rows.map(\.sku) == ["A"])
    }

    @Test("a call whose outcome is not known is repeated with its rows and key, unless a row has changed since")
    func unanswered() {
        var rows = ["A", "B", "C"].map { Self.row($0) }
        let key = SendPlan.key(of: rows)
        for index in rows.indices {
            rows[index].attemptKey = key
            rows[index].tries = 1
        }
        let more = rows + [Self.row("D")]
        let call = SendPlan.next(of: more) { _ in 10 }
        #expect(call?.rows.map(\.sku) == ["A", "B", "C"])
        #expect(call?.key == key)
        #expect(call?.isRepetition == true)
        rows[1].revision = 2
        let anew = SendPlan.next(of: rows) { _ in 10 }
        #expect(anew?.rows.map(\.sku) == ["A", "B", "C"])
        #expect(anew?.key != key)
    }

    @Test("the same change of a listing has another key when it comes again")
    func again() {
        #expect(SendPlan.key(of: [Self.row("A", since: 7)]) != SendPlan.key(of: [Self.row("A", since: 8)]))
        #expect(SendPlan.key(of: [Self.row("A", since: 7)]) == SendPlan.key(of: [Self.row("A", since: 7)]))
    }

    @Test("rows that were refused in a larger call go in smaller ones, until each goes alone")
    func bisected() {
        let rows = (0..<9).map { Self.row("S\($0)", tries: 0, group: 4) } + [Self.row("N")]
        #expect(SendPlan.next(of: rows) { _ in 250 }?.rows.count == 4)
        #expect(SendPlan.next(of: [Self.row("N")] + rows.dropLast()) { _ in 250 }?.rows.map(\.sku) == ["N"])
        #expect(SendPlan.next(of: [Self.row("A", group: 1), Self.row("B", group: 1)]) { _ in 250 }?.rows.count == 1)
    }

    @Test("whatever is due: the first row's call, no row twice, no more than allowed, the key of its rows alone")
    func properties() {
        let seed = testSeed()
        var numbers = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let rows = (0..<Int.random(in: 0...40, using: &numbers)).map { index in
                Self.row(
                    "S\(index)", SyncLane.allCases.dropLast().randomElement(using: &numbers) ?? .stock,
                    tries: .random(in: 0...1, using: &numbers),
                    key: Int.random(in: 0..<5, using: &numbers) == 0 ? "k" : "",
                    group: .random(in: 0...3, using: &numbers))
            }
            let limit = Int.random(in: 1...20, using: &numbers)
            guard let call = SendPlan.next(of: rows, limit: { _ in limit }) else {
                #expect(rows.isEmpty)
                continue
            }
            #expect(call.lane == rows.map(\.lane).min(), "seed \(seed)")
            #expect(Set(call.rows.map(\.sku)).count == call.rows.count, "seed \(seed)")
            #expect(call.rows.count <= limit && !call.rows.isEmpty, "seed \(seed)")
            #expect(Set(call.rows.map { $0.lane.kind }).count == 1, "seed \(seed)")
            #expect(call.key == SendPlan.key(of: call.rows.shuffled(using: &numbers)), "seed \(seed)")
            for row in call.rows where row.groupLimit > 0 { #expect(call.rows.count <= Int(row.groupLimit)) }
        }
    }

    private static func bulk(
        _ rows: [DueRow], _ state: BulkLimit.State = .free, _ numbers: ClosedRange<Int> = 20...30
    ) -> PlannedCall? {
        SendPlan.next(
            of: rows, limit: { _ in 1 }, bulk: { $0 == "content" ? BulkLimit(rows: numbers, state: state) : nil })
    }

    private static func contents(_ count: Int, tries: Int32 = 0, group: Int32 = 0) -> [DueRow] {
        (0..<count).map { Self.row("S\($0 + 100)", .content, tries: tries, group: group) }
    }

    @Test("enough rows go in bulk, and fewer by ordinary calls")
    func bulks() {
        for (count, expected) in [(1, 1), (19, 1), (20, 20), (29, 29), (31, 30), (100, 30)] {
            let call = Self.bulk(Self.contents(count))
            #expect(call?.rows.count == expected && call?.isBulk == (expected > 1), "\(count)")
        }
        #expect(Self.bulk(Self.contents(50), .barred)?.rows.count == 1)
        #expect(Self.bulk(Self.contents(50) + [Self.row("A")])?.rows.map(\.sku) == ["A"])
        #expect(Self.bulk(Self.contents(50, group: 1))?.rows.count == 1)
        #expect(Self.bulk(Self.contents(50, tries: SendPlan.bulkTries - 1))?.isBulk == true)
        #expect(Self.bulk(Self.contents(50, tries: SendPlan.bulkTries))?.isBulk == false)
        #expect(Self.bulk(Self.contents(19) + [Self.row("T", .content, tries: 1)])?.isBulk == false)
        let limit = BulkLimit(rows: 20...30, state: .free)
        let wide = SendPlan.next(of: Self.contents(50), limit: { _ in 60 }, bulk: { _ in limit })
        #expect(wide?.rows.count == 50 && wide?.isBulk == false)
    }

    @Test("enough rows wait for the bulk that is under way, and whatever does not go with them goes")
    func busyBulks() {
        #expect(Self.bulk(Self.contents(20), .busy) == nil)
        #expect(Self.bulk(Self.contents(100), .busy) == nil)
        #expect(Self.bulk(Self.contents(19), .busy)?.rows.count == 1)
        let others = [Self.row("T", .content, tries: 1), Self.row("G", .content, group: 1)]
        #expect(Self.bulk(Self.contents(20) + others.prefix(1), .busy)?.rows.map(\.sku) == ["T"])
        #expect(Self.bulk(Self.contents(20) + others.suffix(1), .busy)?.rows.map(\.sku) == ["G"])
    }

    @Test("rows that were read while no bulk could begin fill none that can by now")
    func bulkOfRowsReadBefore() {
        func limit(_ state: BulkLimit.State, _ most: Int = 500) -> BulkLimit {
            BulkLimit(rows: 20...most, state: state)
        }
        #expect(limit(.free).forRows(readAt: limit(.busy)) == limit(.busy))
        #expect(limit(.free).forRows(readAt: limit(.barred)) == limit(.barred))
        #expect(limit(.free, 400).forRows(readAt: limit(.free)) == limit(.free, 400))
        #expect(limit(.busy).forRows(readAt: limit(.free)) == limit(.busy))
        #expect(limit(.barred).forRows(readAt: limit(.busy)) == limit(.barred))
        #expect(limit(.free).forRows(readAt: nil) == limit(.free))
    }

    @Test("a bulk whose outcome is not known is repeated with its rows and key, unless bulks go no more")
    func unansweredBulk() {
        var rows = Self.contents(25)
        let key = SendPlan.key(of: rows)
        for index in rows.indices { (rows[index].attemptKey, rows[index].tries) = (key, 1) }
        let more = rows + [Self.row("X", .content)]
        #expect(Self.bulk(more)?.rows.map(\.sku) == rows.map(\.sku) && Self.bulk(more)?.key == key)
        #expect(Self.bulk(more)?.isRepetition == true && Self.bulk(more)?.isBulk == true)
        #expect(Self.bulk(more, .busy)?.rows.map(\.sku) == ["X"])
        #expect(Self.bulk(more, .barred)?.rows.count == 1)
        for index in rows.indices { rows[index].tries = SendPlan.bulkTries }
        #expect(Self.bulk(rows)?.rows.count == 1)
    }

    @Test("zeros never wait for a bulk, whether they are in it or not; where one may begin, they go with it")
    func zerosBesideBulks() {
        let stock = (0..<25).map { Self.row("S\($0 + 100)", .stock) }
        let plan = { (rows: [DueRow], state: BulkLimit.State) in
            SendPlan.next(of: rows, limit: { _ in 1 }, bulk: { _ in BulkLimit(rows: 20...30, state: state) })
        }
        let zero = Self.row("Z", .stockToZero)
        #expect(plan(stock + [zero], .free)?.rows.count == 26)
        #expect(plan(stock + [zero], .busy)?.rows.map(\.sku) == ["Z"])
        let zeros = (0..<25).map { Self.row("Z\($0 + 100)", .stockToZero) }
        #expect(plan(zeros, .busy)?.rows.map(\.sku) == ["Z100"])
        var inBulk = zeros
        for index in inBulk.indices {
            (inBulk[index].isInBulk, inBulk[index].attemptKey) = (true, SendPlan.key(of: zeros))
        }
        #expect(plan(inBulk, .busy)?.rows.map(\.sku) == ["Z100"])
        #expect(plan(inBulk, .busy)?.isRepetition == false)
        #expect(plan(inBulk, .free)?.rows.map(\.sku) == ["Z100"])
        #expect(plan(stock, .busy) == nil)
    }

    @Test("other rows, revisions, attempts or values have other keys")
    func keys() {
        let row = Self.row("A")
        var keys = Set([SendPlan.key(of: [row])])
        var others = [row, row, row, row]
        others[0].revision = 2
        others[1].attempt = 1
        others[2].content = "6"
        others[3].sku = "B"
        for other in others { #expect(keys.insert(SendPlan.key(of: [other])).inserted) }
        #expect(keys.insert(SendPlan.key(of: [row, others[3]])).inserted)
        var tried = row
        tried.tries = 3
        #expect(SendPlan.key(of: [tried]) == SendPlan.key(of: [row]))
    }
}
