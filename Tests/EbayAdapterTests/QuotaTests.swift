import ChannelAdapter
import DrivelineTesting
import FileFormats
import Testing

@testable import EbayAdapter

@Suite("A quota that is used up is waited for until it begins anew", .timeLimit(.minutes(1)))
struct QuotaTests {
    private static let stock = StockRow(listing: .example(1), quantity: 3, expected: nil)
    private static let done = PlatformResponse.json(#"{"responses":[{"sku":"EB-1","statusCode":200}]}"#)
    private static let refused = PlatformResponse.errors(2001, status: 429)
    private static let limits = "/developer/analytics/v1_beta"
    private static let now: Int64 = 1_663_459_378_000_000
    private static let midnight = "2022-09-19T00:00:00.000Z"
    private static let untilMidnight = PlatformTime.microseconds(Self.midnight).map { $0 - Self.now } ?? 0

    private static func rate(_ remaining: Int, _ reset: String) -> String {
        #"{"count":1,"limit":5000,"remaining":\#(remaining),"reset":"\#(reset)","timeWindow":86400}"#
    }

    /// What is left of interfaces: each has a resource for each list of its rates.
    private static func answer(_ apis: [(String, [[String]])]) -> PlatformResponse {
        let entries = apis.map { name, resources in
            let list = resources.map { #"{"name":"r","rates":[\#($0.joined(separator: ","))]}"# }
            return #"{"apiContext":"sell","apiName":"\#(name)","apiVersion":"v1","resources":["#
                + list.joined(separator: ",") + "]}"
        }
        return .json(#"{"rateLimits":[\#(entries.joined(separator: ","))]}"#)
    }

    /// A platform that refuses all calls for their number, and tells this of quotas.
    private static func platform(_ application: PlatformResponse, seller: PlatformResponse? = nil) -> ScriptedPlatform {
        ScriptedPlatform { (call, _) in
            switch call.path {
            case "\(Self.limits)/rate_limit/": application
            case "\(Self.limits)/user_rate_limit/": seller ?? application
            default: Self.refused
            }
        }
    }

    private static func push(_ session: EbaySession) async -> PlatformFault? {
        await session.pushStock([Self.stock], key: "k").outcomes[0].fault
    }

    /// Calls that read quotas, for who validates them.
    static func calls() async -> [ScriptedPlatform.Call] {
        let platform = Self.platform(Self.answer([]))
        _ = await Self.push(platform.session())
        return platform.calls.filter { $0.path.hasPrefix(Self.limits) }
    }

    @Test("a call that is refused for its number waits until the quota begins anew, and no other is sent before")
    func waiting() async {
        let platform = Self.platform(Self.answer([("inventory", [[Self.rate(0, Self.midnight)]])]))
        let clock = TestSeconds()
        let session = platform.session(clock: { Self.now + clock.now * 1_000_000 })
        let first = await Self.push(session)
        #expect(first?.kind == .throttled && first?.code == "2001" && first?.isOutcomeUnknown == false)
        #expect(first?.retryAfterMilliseconds == Self.untilMidnight / 1_000 + 1)
        #expect(first?.message.contains("sell/inventory is used up until 2022-09-19T00:00:00Z") == true)
        #expect(
            platform.lines.sorted() == [
                "GET \(Self.limits)/rate_limit/", "GET \(Self.limits)/user_rate_limit/",
                "POST /sell/inventory/v1/bulk_update_price_quantity",
            ])
        let reads = Dictionary(platform.calls.map { ($0.path, $0.header("Authorization")) }) { $1 }
        #expect(reads["\(Self.limits)/rate_limit/"] != reads["\(Self.limits)/user_rate_limit/"])
        clock.now = 600
        let second = await Self.push(session)
        #expect(second?.kind == .throttled && second?.code == "quota-used-up")
        #expect(second?.retryAfterMilliseconds == Self.untilMidnight / 1_000 + 1 - 600_000)
        #expect(platform.calls.count == 3)
        // Another interface has a quota of its own, and orders are asked for.
        _ = try? await session.orders(since: 0, page: "")
        #expect(platform.lines.contains { $0.hasPrefix("GET /sell/fulfillment/v1/order") })
        clock.now = Self.untilMidnight / 1_000_000 + 1
        #expect(await Self.push(session)?.code == "2001")
    }

    /// What is left, and how long is waited in microseconds; nil: a minute.
    struct Case: Sendable {
        let api: String
        let resources: [[String]]
        let wait: Int64?

        init(_ resources: [[String]], of api: String = "inventory", _ wait: Int64?) {
            self.api = api
            self.resources = resources
            self.wait = wait
        }
    }

    private static let cases: [Case] = [
        // Nothing is used up: too many calls of a second.
        Case([[Self.rate(7, Self.midnight)]], nil),
        // Another interface's.
        Case([[Self.rate(0, Self.midnight)]], of: "fulfillment", nil),
        // It began anew meanwhile.
        Case([[Self.rate(0, "2022-09-18T00:00:00.000Z")]], nil),
        Case([[Self.rate(0, "soon")]], nil),
        // All rates of a resource must be left.
        Case([[Self.rate(0, "2022-09-18T12:00:00.000Z"), Self.rate(0, Self.midnight)]], Self.untilMidnight),
        // Which resource a call belongs to is not known.
        Case(
            [[Self.rate(0, Self.midnight)], [Self.rate(0, "2022-09-18T18:00:00.000Z")]],
            Self.untilMidnight - 21_600_000_000),
        Case([[Self.rate(0, Self.midnight)], [Self.rate(9, Self.midnight)]], Self.untilMidnight),
        // Nothing is waited for longer than a day.
        Case([[Self.rate(0, "2099-01-01T00:00:00.000Z")]], of: "Inventory", 86_400_000_000),
    ]

    @Test("how long is waited, by what is left", arguments: Self.cases)
    func lengths(_ left: Case) async {
        let fault = await Self.push(Self.platform(Self.answer([(left.api, left.resources)])).session())
        #expect(fault?.kind == .throttled && fault?.code == "2001")
        #expect(fault?.retryAfterMilliseconds == left.wait.map { $0 / 1_000 + 1 } ?? 60_000)
    }

    @Test("where only some of an interface's resources are used up, other calls of it are still sent")
    func someLeft() async {
        let apis = [("inventory", [[Self.rate(0, Self.midnight)], [Self.rate(9, Self.midnight)]])]
        let platform = Self.platform(Self.answer(apis))
        let session = platform.session()
        _ = await Self.push(session)
        #expect(await Self.push(session)?.code == "2001")
        #expect(platform.lines.filter { $0.hasPrefix("POST") }.count == 2)
        // What was read a moment ago is enough.
        #expect(platform.calls.count == 4)
    }

    @Test("the seller's quota and the application's both count, the later one decides")
    func owners() async {
        let platform = Self.platform(
            Self.answer([("inventory", [[Self.rate(0, "2022-09-18T12:00:00.000Z")]])]),
            seller: Self.answer([("inventory", [[Self.rate(0, Self.midnight)]])]))
        #expect(await Self.push(platform.session())?.retryAfterMilliseconds == Self.untilMidnight / 1_000 + 1)
    }

    @Test("of many calls that are refused at once, one reads the quotas; what was read a moment ago is enough")
    func singleFlight() async {
        let platform = Self.platform(Self.answer([("inventory", [[Self.rate(7, Self.midnight)]])]))
        let clock = TestSeconds()
        let session = platform.session(clock: { Self.now + clock.now * 1_000_000 })
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { _ = await Self.push(session) } }
        }
        let reads = { platform.lines.filter { $0.contains("rate_limit") }.count }
        #expect(reads() == 2 && platform.calls.count == 52)
        clock.now = 59
        _ = await Self.push(session)
        #expect(reads() == 2)
        clock.now = 61
        _ = await Self.push(session)
        #expect(reads() == 4)
    }

    @Test(
        "quotas that cannot be read hide nothing of the first fault",
        arguments: [
            PlatformResponse.errors(105_000, status: 500), .errors(2001, status: 429), .errors(1001, status: 401),
            .json("x"), .json("", status: 204), .json(#"{"rateLimits":[{"resources":1},2]}"#),
        ])
    func unreadable(_ answer: PlatformResponse) async {
        let fault = await Self.push(Self.platform(answer).session())
        #expect(fault?.kind == .throttled && fault?.code == "2001" && fault?.message == "no 2001")
        #expect(fault?.retryAfterMilliseconds == 60_000)
    }

    @Test("a platform that says how long to wait is not asked for quotas")
    func asked() async {
        let platform = ScriptedPlatform { (_, _) in
            .json("{}", status: 429, headers: [PlatformHeader("Retry-After", "7")])
        }
        #expect(await Self.push(platform.session())?.retryAfterMilliseconds == 7_000)
        #expect(platform.calls.count == 1)
    }

    @Test("quotas are read every so often beside calls, and a quota that is used up is known before a call is refused")
    func pacing() async throws {
        let used = Self.answer([("inventory", [[Self.rate(0, Self.midnight)]])])
        let platform = ScriptedPlatform { (call, _) in call.path.hasPrefix(Self.limits) ? used : Self.done }
        let clock = TestSeconds()
        let session = platform.session(clock: { Self.now + clock.now * 1_000_000 })
        for second in [0, 1, 500, 899] as [Int64] {
            clock.now = second
            #expect(await Self.push(session) == nil)
        }
        #expect(platform.calls.count == 4)
        clock.now = 900
        _ = await Self.push(session)
        try await until { await Self.push(session)?.code == "quota-used-up" }
        let reads = { platform.lines.filter { $0.contains("rate_limit") } }
        try await until { reads().count >= 2 }
        #expect(Set(reads()).count == 2 && reads().count == 2)
    }
}
