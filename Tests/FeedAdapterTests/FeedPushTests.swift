import ChannelAdapter
import Foundation
import Testing

@testable import FeedAdapter

@Suite("Files are sent whole, once for each key, and each row has its outcome")
struct FeedPushTests {
    private static let rows = [
        StockRow(listing: .example("A"), quantity: 5, expected: nil),
        StockRow(listing: .example("B"), quantity: 0, expected: 3),
    ]

    @Test("a file of stock has a row for each listing, under the partner's names")
    func stock() async throws {
        let place = try FeedPlace()
        let session = place.session(
            ["columns": "sku=Part Number, quantity=Qty", "delimiter": ";"], clock: { FeedPlace.now })
        let answer = await session.pushStock(Self.rows, key: "k1")
        #expect(answer.outcomes == [RowOutcome(sku: "A"), RowOutcome(sku: "B")])
        #expect(try place.names("out") == ["stock-20260921T141320Z-k1.csv"])
        #expect(try place.text("out/stock-20260921T141320Z-k1.csv") == "Part Number;Qty\r\nP-A;5\r\nP-B;0\r\n")
    }

    @Test("prices are decimal text with the places of their currency")
    func prices() async throws {
        let place = try FeedPlace()
        let rows = [
            PriceRow(listing: .example("A"), micros: 19_990_000, currency: "USD"),
            PriceRow(listing: .example("B"), micros: 1_200_000_000, currency: "JPY"),
        ]
        _ = await place.session(clock: { FeedPlace.now }).pushPrices(rows, key: "k")
        #expect(
            try place.text("out/price-20260921T141320Z-k.csv")
                == "sku,price,currency\r\nP-A,19.99,USD\r\nP-B,1200,JPY\r\n")
    }

    @Test("content has a column for each target, with fields in quotation marks where they need them")
    func content() async throws {
        let place = try FeedPlace()
        let row = { (sku: String, values: [(String, String)]) in
            ContentRow(listing: .example(sku), values: values.map { .init(target: $0.0, value: $0.1) })
        }
        let rows = [
            row("A", [("title", "Pads, front"), ("gtin", "1")]), row("B", [("fitment", "a\"b"), ("title", "x")]),
        ]
        _ = await place.session(clock: { FeedPlace.now }).pushContent(rows, key: "k")
        #expect(
            try place.text("out/content-20260921T141320Z-k.csv")
                == "sku,title,gtin,fitment\r\nP-A,\"Pads, front\",1,\r\nP-B,x,,\"a\"\"b\"\r\n")
        #expect(FeedAdapter().document(for: rows[0]) == "sku,title,gtin\r\nP-A,\"Pads, front\",1\r\n")
        #expect(FeedAdapter().problems(in: row("A", [("a", "1"), ("a", "2"), ("sku", "x")])).count == 2)
    }

    @Test("a repeat under the same key writes no second file, whatever the time is")
    func repeated() async throws {
        let place = try FeedPlace()
        for second in 0..<3 {
            let session = place.session(clock: { FeedPlace.now + Int64(second) * 1_000_000 })
            #expect(await session.pushStock(Self.rows, key: "k/1 ä").outcomes.allSatisfy { $0.fault == nil })
        }
        #expect(try place.names("out").count == 1)
        _ = await place.session().pushStock(Self.rows, key: "k2")
        #expect(try place.names("out").count == 2)
    }

    @Test("a full file has all that was ever sent, with what is new")
    func full() async throws {
        let place = try FeedPlace()
        let session = place.session(["files": "full"], clock: { FeedPlace.now })
        _ = await session.pushStock(Self.rows, key: "k1")
        _ = await session.pushStock([StockRow(listing: .example("B"), quantity: 9, expected: nil)], key: "k2")
        #expect(try place.text("out/stock-20260921T141320Z-k2.csv") == "sku,quantity\r\nP-A,5\r\nP-B,9\r\n")
    }

    @Test("results of the partner are the outcomes; a refused row is no success, nor is one that is missing")
    func results() async throws {
        let place = try FeedPlace()
        let settings = ["resultsFolder": "results", "resultSeconds": "1"]
        try place.write(
            "results/stock-20260921T141320Z-k.csv.result.csv",
            "SKU,Status,Code,Message\nP-A,accepted,,\nP-B,refused,E12,unknown part\nP-B,ok,,\n")
        let rows = Self.rows + [StockRow(listing: .example("C"), quantity: 1, expected: nil)]
        let answer = await place.session(settings, clock: { FeedPlace.now }).pushStock(rows, key: "k")
        #expect(answer.outcomes.map(\.fault?.code) == [nil, "E12", "not-answered"])
        #expect(answer.outcomes.map(\.fault?.kind) == [nil, .refused, .retry])
        let session = place.session(settings.merging(["resultRows": "refused"]) { $1 }, clock: { FeedPlace.now })
        #expect(await session.pushStock(rows, key: "k").outcomes.map(\.fault?.code) == [nil, "E12", nil])
    }

    @Test("while a result is missing or no table, what became of the rows is not known")
    func missingResult() async throws {
        let place = try FeedPlace()
        let session = place.session(["resultsFolder": "results", "resultSeconds": "1"], clock: { FeedPlace.now })
        let waiting = await session.pushStock(Self.rows, key: "k")
        #expect(
            waiting.outcomes.allSatisfy { $0.fault?.code == "result-missing" && $0.fault?.isOutcomeUnknown == true })
        try place.write("results/stock-20260921T141320Z-k.csv.result.csv", "all fine\n")
        let odd = await session.pushStock(Self.rows, key: "k")
        #expect(odd.outcomes.allSatisfy { $0.fault?.code == "result-unreadable" })
        #expect(try place.names("out").count == 1)
    }

    @Test("by HTTPS a file is put with credentials and key, and an answer that is a table is the result")
    func put() async throws {
        let partner = ScriptedPartner { _ in .csv("sku,status,message\nP-A,ok,\nP-B,error,no\n") }
        let account = FeedPlace.account(
            ["folder": "", "ordersFolder": "", "url": "https://hub.example/in/"], ["user": "u", "password": "p"])
        let adapter = FeedAdapter(root: nil, clock: { FeedPlace.now })
        let answer = await adapter.session(account, transport: partner).pushStock(Self.rows, key: "k")
        #expect(answer.outcomes.map(\.fault?.code) == [nil, "row-refused"])
        let request = try #require(partner.requests.first)
        #expect(request.method == "PUT" && request.url == "https://hub.example/in/stock-20260921T141320Z-k.csv")
        #expect(request.headers.contains(PlatformHeader("Authorization", "Basic dTpw")))
        #expect(request.headers.contains(PlatformHeader("Idempotency-Key", "k")))
        #expect(String(decoding: request.body, as: UTF8.self) == "sku,quantity\r\nP-A,5\r\nP-B,0\r\n")
    }

    @Test(
        "statuses of a partner",
        arguments: [
            (401, PlatformFault.Kind.reauthenticate), (410, .stop), (413, .refused), (429, .throttled), (503, .retry),
            (418, .unknown),
        ])
    func statuses(status: Int, kind: PlatformFault.Kind) async {
        let partner = ScriptedPartner { _ in PlatformResponse(status: status) }
        let account = FeedPlace.account(
            ["folder": "", "ordersFolder": "", "url": "https://hub.example"], ["token": "t"])
        let outcomes = await FeedAdapter().session(account, transport: partner).pushStock(Self.rows, key: "k").outcomes
        #expect(outcomes.allSatisfy { $0.fault?.kind == kind && $0.fault?.code == "http-\(status)" })
        #expect(partner.requests.first?.headers.contains(PlatformHeader("Authorization", "Bearer t")) == true)
    }

    @Test("a file that the partner has already is a success")
    func doneAlready() async {
        let partner = ScriptedPartner { _ in PlatformResponse(status: 409) }
        let account = FeedPlace.account(["folder": "", "ordersFolder": "", "url": "https://hub.example"])
        let outcomes = await FeedAdapter().session(account, transport: partner).pushStock(Self.rows, key: "k").outcomes
        #expect(outcomes.allSatisfy { $0.fault == nil })
    }

    @Test("what is told of orders are files")
    func tasks() async throws {
        let place = try FeedPlace()
        let session = place.session(clock: { FeedPlace.now })
        let lines = [
            OrderTaskCall.Line(lineID: "1", sku: "A", quantity: 2),
            OrderTaskCall.Line(lineID: "2", sku: "B", quantity: 1, amountMicros: 1_500_000),
        ]
        let tasks = [
            OrderTaskCall(
                key: "s", kind: .ship, orderID: "O-1", lines: lines, carrier: "UPS", trackingNumber: "T1",
                happenedAt: FeedPlace.now),
            OrderTaskCall(key: "c", kind: .cancel, orderID: "O-1", happenedAt: FeedPlace.now, reason: "out-of-stock"),
            OrderTaskCall(
                key: "r", kind: .refund, orderID: "O-1", lines: lines, happenedAt: FeedPlace.now, reason: "return",
                currency: "USD", amountMicros: 4_000_000),
        ]
        for task in tasks + tasks { #expect(await session.carryOut(task).fault == nil) }
        #expect(try place.names("out").count == 3)
        let time = "2026-09-21T14:13:20Z"
        #expect(
            try place.text("out/shipment-20260921T141320Z-s.csv")
                == "orderId,line,sku,quantity,carrier,trackingNumber,trackingUrl,date\r\nO-1,1,A,2,UPS,T1,,\(time)\r\n"
                + "O-1,2,B,1,UPS,T1,,\(time)\r\n")
        #expect(
            try place.text("out/cancellation-20260921T141320Z-c.csv")
                == "orderId,line,sku,quantity,reason,date\r\nO-1,,,,out-of-stock,\(time)\r\n")
        #expect(
            try place.text("out/refund-20260921T141320Z-r.csv")
                == "orderId,line,sku,quantity,amount,currency,reason,date\r\nO-1,1,A,2,2.50,USD,return,\(time)\r\n"
                + "O-1,2,B,1,1.50,USD,return,\(time)\r\n")
    }

    @Test("a partner that wants the same columns for all that is told gets them, and what it refuses is no success")
    func taskColumns() async throws {
        let place = try FeedPlace()
        let settings = [
            "taskColumns": "orderId, action, sku, quantity", "columns": "orderId=order_id", "resultsFolder": "results",
            "resultColumns": "sku=key",
        ]
        let task = OrderTaskCall(
            key: "t", kind: .ship, orderID: "O-1", lines: [OrderTaskCall.Line(lineID: "1", sku: "A", quantity: 2)])
        try place.write(
            "results/shipment-20260921T141320Z-t.csv.result.csv",
            "row,key,status,code,message\n1,O-1,refused,BAD_QUANTITY,none are left\n")
        let answer = await place.session(settings, clock: { FeedPlace.now }).carryOut(task)
        #expect(answer.fault?.code == "BAD_QUANTITY" && answer.fault?.kind == .refused)
        // A file whose result is there was sent.
        #expect(try place.names("out").isEmpty)
        let session = place.session(settings.merging(["resultsFolder": ""]) { $1 }, clock: { FeedPlace.now })
        #expect(await session.carryOut(task).fault == nil)
        #expect(
            try place.text("out/shipment-20260921T141320Z-t.csv")
                == "order_id,action,sku,quantity\r\nO-1,ship,A,2\r\n")
    }

    @Test("a folder that is missing, or reached by a symbolic link or a path out of the brand's, is not written to")
    func folders() async throws {
        let place = try FeedPlace()
        for (folder, code) in [
            ("nowhere", "folder-missing"), ("../brand-2/out", "settings-invalid"), ("/etc", "settings-invalid"),
            (".hidden", "settings-invalid"),
        ] {
            let outcomes = await place.session(["folder": folder]).pushStock(Self.rows, key: "k").outcomes
            #expect(outcomes.allSatisfy { $0.fault?.code == code }, "\(folder)")
        }
        try FileManager.default.createSymbolicLink(
            at: place.root.appending(path: "brand-1/link"),
            withDestinationURL: place.root.appending(path: "brand-1/out"))
        #expect(
            await place.session(["folder": "link"]).pushStock(Self.rows, key: "k").outcomes[0].fault?.code
                == "folder-missing")
        #expect(try place.names("out").isEmpty)
    }

    @Test("settings that are not valid are named")
    func settings() {
        let cases: [(String, [String: String])] = [
            ("folder", ["url": "https://x"]), ("folder", ["folder": ""]), ("url", ["folder": "", "url": "ftp://x"]),
            ("ordersUrl", ["ordersUrl": "https://x"]), ("resultSeconds", ["resultSeconds": "61"]),
            ("resultRows", ["resultRows": "some"]), ("ownSales", ["ownSales": "some"]), ("files", ["files": "both"]),
            ("delimiter", ["delimiter": "ab"]),
            ("files", ["files": "full", "folder": "", "url": "https://x"]), ("currency", ["currency": "US"]),
            ("columns", ["columns": "colour=Color"]), ("taskColumns", ["taskColumns": "orderId,colour"]),
            ("resultColumns", ["resultColumns": "sku="]), ("orderColumns", ["orderColumns": "sku"]),
        ]
        for (field, settings) in cases {
            let problems = FeedAdapter(root: "/x").problems(in: FeedPlace.account(settings).settings)
            #expect(problems.map(\.field) == [field], "\(settings)")
        }
        #expect(FeedAdapter(root: "/x").problems(in: FeedPlace.account().settings).isEmpty)
        #expect(FeedAdapter().problems(in: FeedPlace.account().settings).map(\.field) == ["folder", "ordersFolder"])
    }
}
