import ChannelAdapter
import FileFormats
import Testing

@testable import AmazonAdapter

@Suite("What the platform answers is told by what is to be done about it")
struct AnswerTests {
    private static func fault(
        _ response: PlatformResponse, _ operation: AmazonOperation = .patchListing
    ) -> PlatformFault? {
        if case .failure(let fault) = AmazonAnswer(response, to: operation).data { return fault }
        return nil
    }

    @Test(
        "statuses without a code",
        arguments: [
            (400, PlatformFault.Kind.refused, false), (401, .reauthenticate, false), (403, .reauthenticate, false),
            (404, .refused, false), (413, .refused, false), (418, .unknown, true), (429, .throttled, false),
            (500, .retry, true), (503, .retry, true), (599, .retry, true),
        ])
    func statuses(status: Int, kind: PlatformFault.Kind, isOutcomeUnknown: Bool) {
        let fault = Self.fault(.json("", status: status))
        #expect(fault?.kind == kind && fault?.code == "http-\(status)")
        #expect(fault?.isOutcomeUnknown == isOutcomeUnknown)
        #expect(Self.fault(.json("", status: status), .getListing)?.isOutcomeUnknown == false)
    }

    @Test(
        "codes: one that no table has is unknown, and a status of the moment counts more than a code",
        arguments: [
            (400, "InvalidInput", PlatformFault.Kind.refused), (400, "BrandNewCode", .unknown),
            (403, "Unauthorized", .reauthenticate), (429, "QuotaExceeded", .throttled),
            (429, "InvalidInput", .throttled), (500, "InvalidInput", .retry), (503, "BrandNewCode", .retry),
            (403, "QuotaExceeded", .throttled), (400, "QuotaExceeded", .throttled), (404, "NOT_FOUND", .refused),
        ])
    func codes(status: Int, code: String, kind: PlatformFault.Kind) {
        let fault = Self.fault(.error(status, code))
        #expect(fault?.kind == kind && fault?.code == code)
    }

    @Test("how long is waited: as said, else until a token has come back, by the rate that was said or is published")
    func waits() {
        let after = [PlatformHeader("retry-after", "2.5")]
        #expect(Self.fault(.error(429, "QuotaExceeded", headers: after))?.retryAfterMilliseconds == 2_500)
        #expect(Self.fault(.error(429, "QuotaExceeded"))?.retryAfterMilliseconds == 200)
        #expect(Self.fault(.error(429, "QuotaExceeded"), .createFeed)?.retryAfterMilliseconds == 120_482)
        let rate = [PlatformHeader("x-amzn-ratelimit-limit", "0.5")]
        #expect(Self.fault(.error(429, "QuotaExceeded", headers: rate))?.retryAfterMilliseconds == 2_000)
    }

    @Test(
        "the rate that an answer says is observed; what is none is not", arguments: ["5.0", "0", "-1", "nan", "x", ""])
    func rates(text: String) {
        let answer = AmazonAnswer(
            .json("{}", headers: [PlatformHeader("x-amzn-RateLimit-Limit", text)]), to: .patchListing)
        #expect(answer.quota.bucket == "patchListingsItem" && answer.quota.cost == 1)
        #expect(answer.quota.ratePerSecond == (text == "5.0" ? 5 : nil))
    }

    @Test("observations of a bucket are summed, and buckets stay apart")
    func sums() {
        let quotas = [
            QuotaObservation(bucket: "a", ratePerSecond: 5, cost: 1), QuotaObservation(bucket: "b", cost: 1),
            QuotaObservation(bucket: "a", cost: 1), QuotaObservation(bucket: "a", ratePerSecond: 7, cost: 1),
        ]
        #expect(
            AmazonAnswer.sum(quotas) == [
                QuotaObservation(bucket: "a", ratePerSecond: 7, cost: 3), QuotaObservation(bucket: "b", cost: 1),
            ])
    }

    @Test("the request's id is told, for the platform's support")
    func requestID() {
        let headers = [PlatformHeader("x-amzn-RequestId", "r-1")]
        #expect(Self.fault(.error(400, "InvalidInput", headers: headers))?.message.contains("r-1") == true)
    }

    @Test("an answer of 2xx that is no JSON is no success, and may have been carried out")
    func unreadable() {
        let fault = Self.fault(.json("<html>"))
        #expect(fault?.kind == .retry && fault?.isOutcomeUnknown == true)
        #expect(Self.fault(.json("", status: 204)) == nil)
    }

    @Test(
        "an answer of 2xx with errors is no success",
        arguments: [
            (#"{"errors":[{"code":"InvalidInput","message":"m"}]}"#, PlatformFault.Kind.refused, "InvalidInput", false),
            (#"{"payload":{},"errors":[{"code":"InternalFailure"}]}"#, .retry, "InternalFailure", true),
            (#"{"errors":[{"code":"BrandNewCode"}]}"#, .unknown, "BrandNewCode", true),
            (#"{"errors":[{}]}"#, .unknown, "http-200", true),
        ])
    func errorsOfSuccess(body: String, kind: PlatformFault.Kind, code: String, isOutcomeUnknown: Bool) {
        let fault = Self.fault(.json(body))
        #expect(fault?.kind == kind && fault?.code == code && fault?.isOutcomeUnknown == isOutcomeUnknown)
        #expect(Self.fault(.json(#"{"errors":[]}"#)) == nil && Self.fault(.json(#"{"errors":null}"#)) == nil)
    }

    @Test("a submission is done where it says ACCEPTED, and only there")
    func submissions() throws {
        let fault = { (text: String, isPreview: Bool) throws -> PlatformFault? in
            AmazonSubmission.fault(try JSONValue(Array(text.utf8)[...]), sku: "A", isPreview: isPreview)
        }
        #expect(try fault(#"{"sku":"A","status":"ACCEPTED"}"#, false) == nil)
        #expect(try fault(#"{"sku":"A","status":"VALID"}"#, true) == nil)
        #expect(try fault(#"{"sku":"A","status":"VALID"}"#, false)?.kind == .unknown)
        #expect(try fault(#"{"sku":"A","status":"ACCEPTED"}"#, true)?.kind == .unknown)
        #expect(try fault(#"{"sku":"B","status":"ACCEPTED"}"#, false)?.kind == .retry)
        #expect(try fault("{}", false)?.code == "status-missing")
        #expect(try fault("[]", false)?.kind == .unknown)
        let invalid = { (issue: String) in try fault(#"{"sku":"A","status":"INVALID","issues":[\#(issue)]}"#, false) }
        #expect(try invalid("")?.kind == .unknown)
        let named = try invalid(
            #"{"code":"90220","message":"needed","severity":"ERROR","attributeNames":["brand"],"categories":[]}"#)
        #expect(named?.kind == .refused && named?.code == "90220" && named?.message == "needed (brand)")
        let byCategory = #"{"code":"1","message":"m","severity":"ERROR","categories":["NEW","INVALID_PRICE"]}"#
        #expect(try invalid(byCategory)?.kind == .refused)
        #expect(try invalid(#"{"code":"1","message":"m","severity":"ERROR","categories":["NEW"]}"#)?.kind == .unknown)
        #expect(try invalid(#"{"code":"90220","message":"m","severity":"WARNING"}"#)?.code == "INVALID")
    }
}
