import ChannelAdapter
import FileFormats
import Synchronization

@testable import AmazonAdapter

/// The platform, answering from a script; it keeps what it was asked.
final class ScriptedAmazon: PlatformTransport {
    typealias Answer = @Sendable (Call, Int) throws(PlatformFault) -> PlatformResponse

    struct Call: Sendable {
        let request: PlatformRequest
        /// As JSON; null where there is none.
        let body: JSONValue
        /// Behind the host.
        let target: String

        var method: String { self.request.method }
        var path: String { String(self.target.prefix { $0 != "?" }) }
    }

    static let host = "https://sellingpartnerapi-na.amazon.com"
    static let tokenPath = "/auth/o2/token"

    private let kept = Mutex<(calls: [Call], tokens: [Call])>(([], []))
    private let answer: Answer
    private let tokenAnswer: Answer
    let time: ManualTime
    private let adapter: AmazonAdapter

    /// - Parameters:
    ///   - token: What calls for tokens are answered with.
    ///   - answer: What a call is answered with, and how many there were before.
    init(
        token: @escaping Answer = { (_, count) in
            .json(#"{"access_token":"token-\#(count + 1)","token_type":"bearer","expires_in":3600}"#)
        },
        _ answer: @escaping Answer
    ) {
        let time = ManualTime()
        self.answer = answer
        self.tokenAnswer = token
        self.time = time
        self.adapter = AmazonAdapter(tokens: AccessTokens(now: { time.now }), clock: time.clock)
    }

    /// One that gives these answers in their order, and then no more.
    convenience init(_ answers: [PlatformResponse]) {
        self.init { (_, count) throws(PlatformFault) in
            guard count < answers.count else {
                throw PlatformFault(.retry, code: "not-reached", "the script has ended")
            }
            return answers[count]
        }
    }

    /// All but those for tokens.
    var calls: [Call] { self.kept.withLock { $0.calls } }
    /// Those for tokens.
    var tokenCalls: [Call] { self.kept.withLock { $0.tokens } }
    /// Method and path of each call.
    var targets: [String] { self.calls.map { "\($0.method) \($0.path)" } }

    func send(_ request: PlatformRequest) async throws(PlatformFault) -> PlatformResponse {
        let start = request.url.index(request.url.startIndex, offsetBy: min(8, request.url.count))
        let slash = request.url[start...].firstIndex(of: "/") ?? request.url.endIndex
        let call = Call(
            request: request, body: (try? JSONValue(request.body[...])) ?? .null, target: String(request.url[slash...]))
        let isToken = call.target == Self.tokenPath
        let count = self.kept.withLock { kept in
            if isToken { kept.tokens.append(call) } else { kept.calls.append(call) }
            return (isToken ? kept.tokens.count : kept.calls.count) - 1
        }
        return try isToken ? self.tokenAnswer(call, count) : self.answer(call, count)
    }

    func session(
        _ settings: [String: String] = [:], credentials: [String: String] = [:]
    ) throws -> AmazonSession {
        let session = self.adapter.session(.example(settings, credentials), transport: self)
        struct OtherSession: Error {}
        guard let session = session as? AmazonSession else { throw OtherSession() }
        return session
    }
}

/// Time that goes on only where somebody waits.
final class ManualTime: Sendable {
    private let milliseconds = Mutex<Int64>(1_000)
    private let waits = Mutex<[Int64]>([])

    var now: Int64 { self.milliseconds.withLock { $0 } }
    var pauses: [Int64] { self.waits.withLock { $0 } }

    func advance(_ milliseconds: Int64) { self.milliseconds.withLock { $0 += milliseconds } }

    var clock: AmazonClock {
        AmazonClock(
            now: { self.now },
            pause: { milliseconds in
                try Task.checkCancellation()
                self.waits.withLock { $0.append(milliseconds) }
                self.advance(milliseconds)
            })
    }
}

extension PlatformResponse {
    static func json(_ text: String, status: Int = 200, headers: [PlatformHeader] = []) -> PlatformResponse {
        PlatformResponse(status: status, headers: headers, body: Array(text.utf8))
    }

    static func error(_ status: Int, _ code: String, headers: [PlatformHeader] = []) -> PlatformResponse {
        .json(#"{"errors":[{"code":"\#(code)","message":"it is so","details":""}]}"#, status: status, headers: headers)
    }

    static func accepted(_ sku: String) -> PlatformResponse {
        .json(#"{"sku":"\#(sku)","status":"ACCEPTED","submissionId":"s-1","issues":[]}"#)
    }
}

extension PlatformAccount {
    static func example(_ settings: [String: String] = [:], _ credentials: [String: String] = [:]) -> PlatformAccount {
        PlatformAccount(
            brand: "brand", connection: "amazon",
            settings: ["sellerId": "A3TH9S8BH6GOGM", "marketplaceId": "ATVPDKIKX0DER"].merging(settings) { $1 },
            credentials: [
                "clientId": "client", "clientSecret": "a secret&", "refreshToken": "Atzr|refresh",
            ].merging(credentials) { $1 })
    }
}

extension ListingReference {
    /// One that is matched.
    static func example(_ sku: String, channel: String = "DEFAULT") -> ListingReference {
        ListingReference(
            sku: "our-\(sku)", platformSKU: sku,
            ids: ["productType": "AUTO_PART", "fulfillmentChannel": channel, "currency": "USD"])
    }
}
