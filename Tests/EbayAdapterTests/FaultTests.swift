import ChannelAdapter
import FileFormats
import Testing

@testable import EbayAdapter

@Suite("What an answer says decides what is done")
struct FaultTests {
    private static func fault(_ response: PlatformResponse, isChange: Bool = true) -> PlatformFault? {
        guard case .failure(let fault) = EbayAnswer(response, isChange: isChange).body else { return nil }
        return fault
    }

    @Test(
        "codes are of the kind that their table says",
        arguments: [
            (25001, 500, PlatformFault.Kind.retry), (25025, 500, .retry), (25004, 400, .refused),
            (25402, 400, .refused),
            (1001, 401, .reauthenticate), (2001, 429, .throttled), (32400, 400, .stop), (34500, 400, .doneAlready),
            (34922, 400, .retry), (34915, 400, .refused), (195012, 409, .doneAlready), (195026, 404, .refused),
            (33011, 409, .stale),
        ])
    func kinds(_ code: Int, _ status: Int, _ kind: PlatformFault.Kind) {
        let fault = Self.fault(.errors(code, status: status))
        #expect(fault?.kind == kind && fault?.code == "\(code)" && fault?.message == "no \(code)")
    }

    @Test("a code that no table has is unknown, but for statuses that say enough")
    func unknown() {
        #expect(Self.fault(.errors(999_999, status: 400))?.kind == .unknown)
        #expect(Self.fault(.errors(999_999, status: 409))?.kind == .unknown)
        #expect(Self.fault(.errors(999_999, status: 401))?.kind == .reauthenticate)
        #expect(Self.fault(.errors(999_999, status: 503))?.kind == .retry)
        #expect(Self.fault(.errors(999_999, status: 429))?.kind == .throttled)
        #expect(Self.fault(.json("", status: 418))?.kind == .unknown)
    }

    @Test("of several errors that counts which says most, in whatever order they stand")
    func several() {
        for response in [
            PlatformResponse.errors(25001, 25004, status: 400), .errors(25004, 25001, status: 400),
        ] { #expect(Self.fault(response)?.code == "25004") }
        #expect(Self.fault(.errors(34917, 34915, status: 400))?.code == "34915")
        #expect(Self.fault(.errors(25004, 32400, status: 400))?.kind == .stop)
    }

    @Test("whether a call may have been carried out: only a change, and only where the platform failed")
    func outcome() {
        let unknown = { (response: PlatformResponse, isChange: Bool) in
            Self.fault(response, isChange: isChange)?.isOutcomeUnknown
        }
        #expect(unknown(.json("<html>", status: 502), true) == true)
        #expect(unknown(.errors(25001, status: 500), true) == true)
        #expect(unknown(.errors(25001, status: 500), false) == false)
        #expect(unknown(.errors(25004, status: 400), true) == false)
        #expect(unknown(.json("not JSON"), true) == true)
        #expect(unknown(.json("[]"), false) == false)
    }

    @Test("how long is waited: as long as the platform says, or a minute where it only says to wait")
    func waiting() {
        let after = [PlatformHeader("Retry-After", "7")]
        #expect(Self.fault(.json("{}", status: 429, headers: after))?.retryAfterMilliseconds == 7_000)
        #expect(Self.fault(.json("{}", status: 503, headers: after))?.retryAfterMilliseconds == 7_000)
        #expect(Self.fault(.json("{}", status: 429))?.retryAfterMilliseconds == 60_000)
        #expect(Self.fault(.json("{}", status: 503))?.retryAfterMilliseconds == nil)
        let never = [PlatformHeader("Retry-After", "999999999999999999")]
        #expect(Self.fault(.json("{}", status: 429, headers: never))?.retryAfterMilliseconds == 60_000)
    }

    @Test("errors are found in each of the shapes that the platform's interfaces have")
    func shapes() {
        let error = #"{"errorId":34915,"message":"too much"}"#
        for body in [
            #"{"errors":[\#(error)]}"#, #"{"error":[\#(error)]}"#, #"{"errorMessage":{"error":\#(error)}}"#,
            #"{"errorMessage":{"error":[\#(error)]}}"#, #"{"Errors":{"ErrorCode":"34915","LongMessage":"too much"}}"#,
        ] { #expect(Self.fault(.json(body, status: 400))?.description == "34915: too much", "\(body)") }
        let word = Self.fault(.json(#"{"error":"invalid_grant","error_description":"again"}"#, status: 400))
        #expect(word?.kind == .reauthenticate && word?.description == "invalid_grant: again")
    }

    @Test("what succeeded with warnings succeeded")
    func warnings() {
        let answer = EbayAnswer(
            .json(
                #"{"warnings":[{"errorId":25402,"message":"w"}]}"#, status: 201, headers: [.init("location", "/o/7")]),
            isChange: true)
        #expect(answer.location == "/o/7" && (try? answer.body.get()) != nil)
        #expect((try? EbayAnswer(.init(status: 204), isChange: true).body.get()) == .object([]))
    }
}
