import ChannelAdapter
import FileFormats
import Synchronization

@testable import EbayAdapter

/// A platform that answers from a script, and keeps what it was asked. It gives a token to who asks for one.
final class ScriptedPlatform: PlatformTransport {
    struct Call: Sendable {
        let method: String
        /// From the host on.
        let path: String
        let body: JSONValue
        let request: PlatformRequest

        var text: String { String(decoding: self.request.body, as: UTF8.self) }

        func header(_ name: String) -> String? { self.request.headers.first { $0.name == name }?.value }
    }

    static let base = "https://api.ebay.com"

    private let kept = Mutex<(calls: [Call], tokens: [Call])>(([], []))
    private let tokens: @Sendable (Int) throws(PlatformFault) -> PlatformResponse
    private let answer: @Sendable (Call, Int) throws(PlatformFault) -> PlatformResponse

    /// - Parameters:
    ///   - tokens: Answers who asks for a token, by how many did before.
    ///   - answer: Of any other call, by how many there were before.
    init(
        tokens: @escaping @Sendable (Int) throws(PlatformFault) -> PlatformResponse = { count throws(PlatformFault) in
            .json(#"{"access_token":"token-\#(count)","expires_in":7200,"token_type":"User Access Token"}"#)
        },
        _ answer: @escaping @Sendable (Call, Int) throws(PlatformFault) -> PlatformResponse
    ) {
        self.tokens = tokens
        self.answer = answer
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

    var calls: [Call] { self.kept.withLock { $0.calls } }

    /// The calls that asked for tokens.
    var tokenCalls: [Call] { self.kept.withLock { $0.tokens } }

    /// Methods and paths.
    var lines: [String] { self.calls.map { "\($0.method) \($0.path)" } }

    func send(_ request: PlatformRequest) async throws(PlatformFault) -> PlatformResponse {
        let path = request.url.firstRange(of: "://").map { String(request.url[$0.upperBound...].drop { $0 != "/" }) }
        let call = Call(
            method: request.method, path: path ?? "", body: (try? JSONValue(request.body[...])) ?? .null,
            request: request)
        if call.path == EbayTokenCall.path {
            let count = self.kept.withLock { kept in
                kept.tokens.append(call)
                return kept.tokens.count - 1
            }
            return try self.tokens(count)
        }
        let count = self.kept.withLock { kept in
            kept.calls.append(call)
            return kept.calls.count - 1
        }
        return try self.answer(call, count)
    }

    func session(
        _ settings: [String: String] = [:], credentials: [String: String] = [:], tokens: AccessTokens = AccessTokens(),
        quotas: EbayQuotas = EbayQuotas(), allowedValues: EbayAllowedValues = EbayAllowedValues(),
        clock: @escaping @Sendable () -> Int64 = { 1_663_459_378_000_000 }
    ) -> EbaySession {
        EbaySession(
            .example(settings, credentials: credentials), tokens: tokens, quotas: quotas, allowedValues: allowedValues,
            transport: self, clock: clock)
    }
}

extension PlatformResponse {
    static func json(_ text: String, status: Int = 200, headers: [PlatformHeader] = []) -> PlatformResponse {
        PlatformResponse(status: status, headers: headers, body: Array(text.utf8))
    }

    /// An answer with errors of some ids.
    static func errors(_ ids: Int..., status: Int) -> PlatformResponse {
        let list = ids.map { #"{"errorId":\#($0),"domain":"d","category":"REQUEST","message":"no \#($0)"}"# }
        return .json(#"{"errors":[\#(list.joined(separator: ","))]}"#, status: status)
    }
}

extension PlatformAccount {
    static func example(
        _ settings: [String: String] = [:], credentials: [String: String] = [:]
    ) -> PlatformAccount {
        PlatformAccount(
            connection: "ebay", settings: ["marketplace": "EBAY_MOTORS_US"].merging(settings) { $1 },
            credentials: [
                "clientId": "the-app", "clientSecret": "its secret", "refreshToken": "v^1.1#granted",
            ].merging(credentials) { $1 })
    }
}

extension ListingReference {
    /// One that is matched, with ids made of a number.
    static func example(_ number: Int) -> ListingReference {
        ListingReference(
            sku: "SKU-\(number)", platformSKU: "EB-\(number)",
            ids: ["offerId": "\(9_000 + number)", "listingId": "\(1_000 + number)", "currency": "USD"])
    }
}
