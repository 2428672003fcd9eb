import ChannelAdapter
import FileFormats
import TestSupport
import Testing

@testable import EbayAdapter

@Suite("Quantities and prices are set row by row, and each row has its own outcome")
struct StockTests {
    private static func rows(_ count: Int) -> [StockRow] {
        (1...count).map { StockRow(listing: .example($0), quantity: Int64($0), expected: nil) }
    }

    /// An answer with a row for each of (SKU, offer, status, error).
    private static func answer(_ rows: [(String, String, Int, Int?)], status: Int = 200) -> PlatformResponse {
        let list = rows.map { sku, offer, status, code in
            #"{"sku":"\#(sku)","offerId":"\#(offer)","statusCode":\#(status)"#
                + (code.map { #","errors":[{"errorId":\#($0),"message":"no"}]"# } ?? "") + "}"
        }
        return .json(#"{"responses":[\#(list.joined(separator: ","))]}"#, status: status)
    }

    /// Takes each row that is asked for, but for items that it refuses, each or with all of its call.
    private static func platform(
        refusing refused: Set<String> = [], wholeCalls: Bool = false, atMost: Int = 25
    ) -> ScriptedPlatform {
        ScriptedPlatform { (call, _) in
            let requests = call.body["requests"]?.elements ?? []
            let skus = requests.compactMap { $0["sku"]?.text }
            if requests.count > atMost { return .errors(25727, status: 400) }
            if wholeCalls, skus.contains(where: { refused.contains($0) }) { return .errors(25709, status: 400) }
            return answer(
                skus.map { refused.contains($0) ? ($0, "", 400, 25702) : ($0, "", 200, nil) },
                status: refused.isEmpty ? 200 : 207)
        }
    }

    @Test("a call sets the items' own quantities, of at most 25 of them")
    func request() async {
        let platform = Self.platform()
        let answer = await platform.session().pushStock(Self.rows(2), key: "k")
        #expect(answer.outcomes == [RowOutcome(sku: "SKU-1"), RowOutcome(sku: "SKU-2")])
        #expect(platform.lines == ["POST /sell/inventory/v1/bulk_update_price_quantity"])
        #expect(
            platform.calls[0].text
                == #"{"requests":[{"sku":"EB-1","shipToLocationAvailability":{"quantity":1}},"#
                + #"{"sku":"EB-2","shipToLocationAvailability":{"quantity":2}}]}"#)
        #expect(platform.calls[0].header("Content-Type") == "application/json")
        let many = Self.platform()
        let refused = await many.session().pushStock(Self.rows(26), key: "k").outcomes
        #expect(refused.allSatisfy { $0.fault?.code == "too-many-rows" } && many.calls.isEmpty)
    }

    @Test("a success is that of a row alone: with another status, errors or no answer it is none")
    func outcomes() async {
        let rows = Self.rows(6)
        let platform = ScriptedPlatform([
            Self.answer(
                [
                    ("EB-6", "", 200, nil), ("EB-1", "", 200, 25004), ("EB-2", "", 400, 25702),
                    ("EB-3", "", 500, 25001),
                    ("EB-4", "", 500, nil),
                ], status: 207)
        ])
        let faults = await platform.session().pushStock(rows, key: "k").outcomes.map(\.fault)
        #expect(faults.map { $0?.code } == ["25004", "25702", "25001", "http-500", "not-answered", nil])
        #expect(faults.map { $0?.kind } == [.refused, .refused, .retry, .retry, .retry, nil])
        #expect(faults.map { $0?.isOutcomeUnknown } == [false, false, true, true, true, nil])
    }

    @Test("a row of success with errors that cannot be read is none; without any it is one")
    func unreadableErrors() async {
        for (errors, isDone) in [
            ("[]", true), ("null", true), (#"[{"code":"x"}]"#, false), ("[7]", false), (#""no""#, false),
            (#"{"message":"no"}"#, false), (#"[{"errorId":34500},{}]"#, false),
        ] {
            let platform = ScriptedPlatform([
                .json(#"{"responses":[{"sku":"EB-1","statusCode":200,"errors":\#(errors)}]}"#)
            ])
            let fault = await platform.session().pushStock(Self.rows(1), key: "k").outcomes[0].fault
            #expect(fault?.code == (isDone ? nil : "answer-unreadable"), "\(errors)")
            #expect(fault?.isOutcomeUnknown == (isDone ? nil : true), "\(errors)")
        }
    }

    @Test("the same rows are sent the same again: a repeat changes nothing")
    func repeats() async {
        let platform = Self.platform()
        for _ in 0..<2 { _ = await platform.session().pushStock(Self.rows(25), key: "k") }
        #expect(platform.calls.count == 2 && platform.calls[0].text == platform.calls[1].text)
    }

    @Test("a platform that takes one item a call gets one a call", arguments: [1, 2, 7])
    func fewItems(_ atMost: Int) async {
        let platform = Self.platform(atMost: atMost)
        let outcomes = await platform.session().pushStock(Self.rows(25), key: "k").outcomes
        #expect(outcomes.allSatisfy { $0.fault == nil })
        let one = Self.platform(atMost: 1)
        #expect(
            await one.session(["revisionRows": "1"]).pushStock(Self.rows(25), key: "k").outcomes
                .allSatisfy { $0.fault == nil })
        #expect(one.calls.count == 25)
    }

    @Test("bad rows are set apart from good ones, however the platform refuses them", arguments: [false, true])
    func badRows(wholeCalls: Bool) async {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let rows = Self.rows(Int.random(in: 1...25, using: &random))
            let bad = Set(rows.map(\.listing.platformSKU).filter { _ in Int.random(in: 0..<6, using: &random) == 0 })
            let platform = Self.platform(refusing: bad, wholeCalls: wholeCalls)
            let outcomes = await platform.session().pushStock(rows, key: "k").outcomes
            for (row, outcome) in zip(rows, outcomes) {
                #expect(outcome.sku == row.listing.sku)
                #expect((outcome.fault?.kind == .refused) == bad.contains(row.listing.platformSKU), "seed \(seed)")
            }
        }
    }

    @Test("a platform that fails ends the push, and says of what was not sent that it was not")
    func failure() async {
        let platform = ScriptedPlatform { (_, count) in
            count == 0 ? .errors(25727, status: 400) : .errors(25001, status: 500)
        }
        let faults = await platform.session().pushStock(Self.rows(4), key: "k").outcomes.map(\.fault)
        #expect(platform.calls.count == 2)
        #expect(faults.map { $0?.kind } == [.retry, .retry, .retry, .retry])
        #expect(faults.map { $0?.isOutcomeUnknown } == [true, true, false, false])
    }

    @Test(
        "a zero that an offer does not take is set as the item's, and units take it back; others refused are refusals")
    func zero() async {
        let platform = ScriptedPlatform { (call, _) in
            let rows = (call.body["requests"]?.elements ?? []).map { request -> (String, String, Int, Int?) in
                let offer = request["offers"]?.elements.first
                let isRefused = offer?["availableQuantity"]?.integer.map { $0 == 0 || $0 == 13 } ?? false
                return (
                    request["sku"]?.text ?? "", offer?["offerId"]?.text ?? "", isRefused ? 400 : 200,
                    isRefused ? 25004 : nil
                )
            }
            return Self.answer(rows, status: 207)
        }
        let rows = [0, 5, 13].map { StockRow(listing: .example($0), quantity: Int64($0), expected: nil) }
        let outcomes = await platform.session(["quantityTarget": "offer"]).pushStock(rows, key: "k").outcomes
        #expect(outcomes.map { $0.fault?.code } == [nil, nil, "25004"])
        #expect(
            platform.calls.map(\.text) == [
                #"{"requests":[{"sku":"EB-0","offers":[{"offerId":"9000","availableQuantity":0}]},"#
                    + #"{"sku":"EB-5","shipToLocationAvailability":{"quantity":5},"offers":[{"offerId":"9005","availableQuantity":5}]},"#
                    + #"{"sku":"EB-13","shipToLocationAvailability":{"quantity":13},"offers":[{"offerId":"9013","availableQuantity":13}]}]}"#,
                #"{"requests":[{"sku":"EB-0","shipToLocationAvailability":{"quantity":0}}]}"#,
            ])
    }

    @Test("a row with an item and an offer is done when both are")
    func both() async {
        let platform = ScriptedPlatform([
            Self.answer([
                ("EB-1", "", 200, nil), ("EB-1", "9001", 400, 25713), ("EB-2", "", 200, nil),
                ("EB-2", "9002", 200, nil),
            ])
        ])
        let outcomes = await platform.session(["quantityTarget": "both"]).pushStock(Self.rows(2), key: "k").outcomes
        #expect(outcomes.map { $0.fault?.code } == ["25713", nil])
        #expect(platform.calls[0].body["requests"]?.elements.first?["offers"] != nil)
    }

    @Test("rows that cannot be sent are refused by themselves")
    func refusedRows() async {
        var unmatched = ListingReference.example(2)
        unmatched.ids["offerId"] = nil
        let long = ListingReference(sku: "L", platformSKU: String(repeating: "x", count: 51), ids: [:])
        let rows = [
            StockRow(listing: .example(1), quantity: -1, expected: nil),
            StockRow(listing: long, quantity: 1, expected: nil),
            StockRow(listing: .example(3), quantity: 1, expected: nil),
            StockRow(listing: .example(3), quantity: 2, expected: nil),
        ]
        let platform = Self.platform()
        let codes = await platform.session().pushStock(rows, key: "k").outcomes.map { $0.fault?.code }
        #expect(codes == ["quantity-out-of-range", "sku-invalid", nil, "duplicate-listing"])
        let offers = await platform.session(["quantityTarget": "offer"]).pushStock(
            [StockRow(listing: unmatched, quantity: 1, expected: nil)], key: "k")
        #expect(offers.outcomes[0].fault?.code == "id-missing")
    }

    @Test("prices go by their offers, in the offer's currency")
    func prices() async {
        let platform = ScriptedPlatform([Self.answer([("EB-1", "9001", 200, nil), ("EB-5", "9005", 400, 25003)])])
        var unmatched = ListingReference.example(2)
        unmatched.ids = [:]
        let rows = [
            PriceRow(listing: .example(1), micros: 19_990_000, currency: "USD"),
            PriceRow(listing: unmatched, micros: 1_000_000, currency: "USD"),
            PriceRow(listing: .example(3), micros: 1_000_000, currency: "EUR"),
            PriceRow(listing: .example(4), micros: 0, currency: "USD"),
            PriceRow(listing: .example(5), micros: 5_000_000, currency: "USD"),
        ]
        let outcomes = await platform.session().pushPrices(rows, key: "k").outcomes
        #expect(
            outcomes.map { $0.fault?.code } == [nil, "id-missing", "currency-mismatch", "price-invalid", "25003"])
        #expect(
            platform.calls[0].text
                == #"{"requests":[{"sku":"EB-1","offers":[{"offerId":"9001","price":{"currency":"USD","value":"19.99"}}]},"#
                + #"{"sku":"EB-5","offers":[{"offerId":"9005","price":{"currency":"USD","value":"5.00"}}]}]}"#)
    }
}
