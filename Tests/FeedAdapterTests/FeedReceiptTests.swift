import ChannelAdapter
import Foundation
import Testing

@testable import FeedAdapter

@Suite("What a partner answers to a file that is put is no success by its status alone")
struct FeedReceiptTests {
    private static let rows = ["A", "B", "C"].map {
        StockRow(listing: .example($0), quantity: 1, expected: nil)
    }

    private static func outcomes(
        _ answer: PlatformResponse, _ settings: [String: String] = [:], result: PlatformResponse = .csv("", status: 404)
    ) async -> (outcomes: [RowOutcome], requests: [PlatformRequest]) {
        let partner = ScriptedPartner { $0.method == "PUT" ? answer : result }
        let account = FeedPlace.account(
            ["folder": "", "ordersFolder": "", "url": "https://hub.example/in"].merging(settings) { $1 })
        let session = FeedAdapter(root: nil, clock: { FeedPlace.now }).session(account, transport: partner)
        return (await session.pushStock(Self.rows, key: "k").outcomes, partner.requests)
    }

    @Test("counts that are those of all rows are a success, and others are none")
    func counts() async {
        for text in [#"{"accepted": 3, "refused": 0}"#, #"{"accepted": "3"}"#, #"{"refused": 0}"#] {
            let outcomes = await Self.outcomes(.json(text)).outcomes
            #expect(outcomes.allSatisfy { $0.fault == nil }, "\(text)")
        }
        let cases: [(String, PlatformFault.Kind, String)] = [
            (#"{"accepted": 2, "refused": 0}"#, .retry, "not-answered"), (#"{"accepted": 4}"#, .retry, "not-answered"),
            (#"{"accepted": 2, "refused": 1}"#, .unknown, "rows-refused"),
            (#"{"accepted": 0, "refused": 3}"#, .refused, "row-refused"),
            (#"{"refused": -1}"#, .unknown, "rows-refused"),
            (#"{"accepted": 9223372036854775807, "refused": 0}"#, .retry, "not-answered"),
        ]
        for (text, kind, code) in cases {
            let outcomes = await Self.outcomes(.json(text)).outcomes
            #expect(outcomes.allSatisfy { $0.fault?.kind == kind && $0.fault?.code == code }, "\(text) \(outcomes)")
        }
    }

    @Test("rows that an answer lists have what it says; others were taken only where the counts say so")
    func listedRows() async {
        let refused = #"{"sku": "P-B", "status": "refused", "code": 17, "message": "unknown part"}"#
        let counted = await Self.outcomes(.json(#"{"accepted": 2, "refused": 1, "rows": [\#(refused)]}"#)).outcomes
        #expect(counted.map(\.fault?.code) == [nil, "17", nil] && counted[1].fault?.message == "unknown part")
        let hidden = await Self.outcomes(.json(#"{"accepted": 1, "refused": 2, "rows": [\#(refused)]}"#)).outcomes
        #expect(hidden.map(\.fault?.code) == ["not-answered", "17", "not-answered"])
        let uncounted = await Self.outcomes(.json(#"{"rows": [\#(refused)]}"#)).outcomes
        #expect(uncounted.map(\.fault?.code) == ["not-answered", "17", "not-answered"])
        let known = await Self.outcomes(.json(#"{"rows": [\#(refused)]}"#), ["resultRows": "refused"]).outcomes
        #expect(known.map(\.fault?.code) == [nil, "17", nil])
        let named = await Self.outcomes(
            .json(#"{"refused": 1, "rows": [{"part": "P-A", "state": "no"}, {"part": "P-C", "state": "OK"}]}"#),
            ["resultColumns": "sku=part,status=state"]
        ).outcomes
        #expect(named.map(\.fault?.code) == ["row-refused", nil, nil])
    }

    @Test("a result that an answer refers to is fetched at the same host, where rows were refused")
    func result() async {
        let table = PlatformResponse.csv("sku,status,code\nP-A,ok,\nP-B,refused,E1\nP-C,ok,\n")
        let answer = { (place: String) in
            PlatformResponse.json(#"{"accepted": 2, "refused": 1, "result": "\#(place)"}"#)
        }
        let found = await Self.outcomes(answer("/results/7"), result: table)
        #expect(found.outcomes.map(\.fault?.code) == [nil, "E1", nil])
        #expect(found.requests.map(\.url).last == "https://hub.example/results/7")
        let elsewhere = await Self.outcomes(answer("https://evil.example/7"), result: table)
        #expect(elsewhere.outcomes.allSatisfy { $0.fault?.code == "answer-not-understood" })
        #expect(elsewhere.requests.count == 1)
        let throttled = await Self.outcomes(answer("/results/7"), result: PlatformResponse(status: 429)).outcomes
        #expect(throttled.allSatisfy { $0.fault?.kind == .throttled && $0.fault?.isOutcomeUnknown == true })
        let odd = await Self.outcomes(answer("/results/7"), result: .csv("all fine\n")).outcomes
        #expect(odd.allSatisfy { $0.fault?.code == "result-unreadable" })
    }

    @Test("an answer that means nothing to us is neither success nor refusal, unless the settings say that it need not")
    func notUnderstood() async {
        let answers: [PlatformResponse] = [
            .json(#"{"status": "received"}"#), .json("[]"), .json("{"), .csv("<html>Log in</html>", type: "text/html"),
        ]
        for answer in answers {
            let outcomes = await Self.outcomes(answer).outcomes
            #expect(
                outcomes.allSatisfy {
                    $0.fault?.kind == .unknown && $0.fault?.code == "answer-not-understood"
                        && $0.fault?.isOutcomeUnknown == true
                }, "\(outcomes)")
            let unread = await Self.outcomes(answer, ["resultRows": "none"]).outcomes
            #expect(unread.allSatisfy { $0.fault == nil })
        }
        let shown = await Self.outcomes(answers[0]).outcomes.first?.fault?.message
        #expect(shown?.contains("received") == true)
        #expect(await Self.outcomes(PlatformResponse(status: 204)).outcomes.allSatisfy { $0.fault == nil })
    }
}
