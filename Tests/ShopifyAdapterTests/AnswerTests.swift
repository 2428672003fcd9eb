import ChannelAdapter
import FileFormats
import Testing

@testable import ShopifyAdapter

@Suite("What the platform answers is told by what is to be done about it")
struct AnswerTests {
    private static func fault(_ response: PlatformResponse, isMutation: Bool = true) -> PlatformFault? {
        if case .failure(let fault) = ShopifyAnswer(response, isMutation: isMutation).data { return fault }
        return nil
    }

    @Test(
        "statuses",
        arguments: [
            (401, PlatformFault.Kind.reauthenticate, false), (402, .stop, false), (403, .reauthenticate, false),
            (404, .unknown, true), (422, .refused, false), (423, .retry, false), (429, .throttled, false),
            (500, .retry, true), (503, .retry, true), (599, .unknown, true),
        ])
    func statuses(status: Int, kind: PlatformFault.Kind, isOutcomeUnknown: Bool) {
        let fault = Self.fault(.json("{}", status: status))
        #expect(fault?.kind == kind && fault?.code == "http-\(status)")
        #expect(fault?.isOutcomeUnknown == isOutcomeUnknown)
        #expect(Self.fault(.json("{}", status: status), isMutation: false)?.isOutcomeUnknown == false)
    }

    @Test("Retry-After is obeyed; where a call is throttled and nothing is said, a second is waited")
    func retryAfter() {
        let header = [PlatformHeader("Retry-After", "2.5")]
        #expect(Self.fault(.json("", status: 429, headers: header))?.retryAfterMilliseconds == 2500)
        #expect(Self.fault(.json("", status: 503, headers: header))?.retryAfterMilliseconds == 2500)
        #expect(Self.fault(.json("", status: 429))?.retryAfterMilliseconds == 1000)
        let odd = [PlatformHeader("Retry-After", "inf")]
        #expect(Self.fault(.json("", status: 429, headers: odd))?.retryAfterMilliseconds == 1000)
    }

    @Test("a call that is throttled waits until the points that it costs are there, and counts as no try")
    func throttled() {
        let text = """
            {"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED"}}],"extensions":{"cost":\
            {"requestedQueryCost":202,"actualQueryCost":null,"throttleStatus":\
            {"maximumAvailable":1000.0,"currentlyAvailable":118,"restoreRate":50.0}}}}
            """
        let answer = ShopifyAnswer(.json(text), isMutation: true)
        guard case .failure(let fault) = answer.data else {
            Issue.record("it is no fault")
            return
        }
        #expect(fault.kind == .throttled && fault.retryAfterMilliseconds == 1680 && !fault.isOutcomeUnknown)
        #expect(
            answer.quota
                == QuotaObservation(bucket: "points", available: 118, ratePerSecond: 50, burst: 1000, cost: 202))
    }

    @Test(
        "errors at the top",
        arguments: [
            ("THROTTLED", PlatformFault.Kind.throttled), ("INTERNAL_SERVER_ERROR", .retry), ("ACCESS_DENIED", .refused),
            ("BAD_REQUEST", .refused), ("undefinedField", .refused), ("SHOP_INACTIVE", .stop),
            ("SOMETHING_NEW", .unknown),
        ])
    func errors(code: String, kind: PlatformFault.Kind) {
        let fault = Self.fault(.json(#"{"data":null,"errors":[{"message":"no","extensions":{"code":"\#(code)"}}]}"#))
        #expect(fault?.kind == kind && fault?.code == code)
    }

    @Test("of several errors the one counts that says most about what is to be done")
    func severalErrors() {
        let codes = ["NEW", "BAD_REQUEST", "THROTTLED"].map { #"{"message":"m","extensions":{"code":"\#($0)"}}"# }
        #expect(Self.fault(.json(#"{"errors":[\#(codes.joined(separator: ","))]}"#))?.code == "THROTTLED")
    }

    @Test("errors beside data are errors: two hundred is no success")
    func errorsBesideData() {
        let text = #"{"data":{"shop":{"id":"x"}},"errors":[{"message":"no","extensions":{"code":"ACCESS_DENIED"}}]}"#
        #expect(Self.fault(.json(text))?.code == "ACCESS_DENIED")
    }

    @Test("what is no answer is tried again", arguments: ["", "<html>", "[]", "{}", #"{"data":null}"#, "{\"data\":"])
    func unreadable(text: String) {
        let fault = Self.fault(.json(text))
        #expect(fault?.kind == .retry && fault?.code == "answer-unreadable" && fault?.isOutcomeUnknown == true)
    }

    @Test("an error without a code is a refusal of the data, and a code that no table has is not known")
    func userErrors() throws {
        let json = try JSONValue(Array(#"{"field":["input","quantities","12","x"],"message":"no"}"#.utf8)[...])
        let error = ShopifyUserError(json)
        #expect(error.code == "user-error" && error.fault.kind == .refused && error.place(in: "quantities") == 12)
        #expect(error.place(in: "variants") == nil)
        #expect(
            ShopifyUserError(try JSONValue(Array(#"{"code":"NEW","message":""}"#.utf8)[...])).fault.kind == .unknown)
        #expect(ShopifyFaults.kind(ofUserError: "CHANGE_FROM_QUANTITY_STALE") == .stale)
    }

    @Test("no code stands in two tables")
    func tables() {
        #expect(ShopifyFaults.refusals.isDisjoint(with: ShopifyFaults.userErrors.keys))
    }
}
