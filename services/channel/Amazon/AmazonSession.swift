internal import ChannelAdapter
internal import Crypto
internal import FileFormats

/// A seller's account, ready to be called.
struct AmazonSession: Sendable {
    static let userAgent = "Driveline/1 (Language=Swift)"

    /// Or what is wrong with them, which every call then comes to.
    let settings: Result<AmazonSettings, PlatformFault>
    let clock: AmazonClock
    let transport: any PlatformTransport
    let credentials: AmazonCredentials
    let tokens: AccessTokens

    init(
        _ account: PlatformAccount, transport: any PlatformTransport, tokens: AccessTokens, clock: AmazonClock
    ) {
        do throws(PlatformFault) {
            self.settings = .success(try AmazonSettings(account.settings))
        } catch {
            self.settings = .failure(error)
        }
        self.credentials = AmazonCredentials(account)
        self.transport = transport
        self.tokens = tokens
        self.clock = clock
    }

    /// Sends a call with the account's token and reads its answer. A token that is refused is asked for once more, as other
    /// calls have it, too, and each of them would count against the connection.
    ///
    /// - Parameter path: Encoded, with its query.
    func call(_ operation: AmazonOperation, _ path: String, _ body: JSONValue? = nil) async -> AmazonAnswer {
        let first = await self.callOnce(operation, path, body)
        guard first.isTokenRefused else { return first.answer }
        var second = await self.callOnce(operation, path, body).answer
        second.quota.cost = (second.quota.cost ?? 1) + (first.answer.quota.cost ?? 1)
        return second
    }

    private func callOnce(
        _ operation: AmazonOperation, _ path: String, _ body: JSONValue?
    ) async -> (answer: AmazonAnswer, isTokenRefused: Bool) {
        do throws(PlatformFault) {
            let settings = try self.settings.get()
            let key = self.credentials.key(settings, isRestricted: operation.isRestricted)
            let token =
                operation.isRestricted
                ? try await self.restrictedToken(key) : try await self.token(key, settings)
            var headers = [
                PlatformHeader("Accept", "application/json"), PlatformHeader("User-Agent", Self.userAgent),
                PlatformHeader("x-amz-access-token", token),
            ]
            if body != nil { headers.append(PlatformHeader("Content-Type", "application/json")) }
            let request = PlatformRequest(
                method: operation.method, url: settings.base + path, headers: headers, body: body?.bytes ?? [],
                timeoutMilliseconds: AmazonLimits.timeoutMilliseconds)
            let answer = AmazonAnswer(try await self.transport.send(request), to: operation)
            guard case .failure(let fault) = answer.data, fault.kind == .reauthenticate else { return (answer, false) }
            self.tokens.forget(token, of: key)
            return (answer, true)
        } catch {
            return (AmazonAnswer(error, to: operation), false)
        }
    }

    private func token(_ key: AccessTokens.Key, _ settings: AmazonSettings) async throws(PlatformFault) -> String {
        let (credentials, transport, url) = (self.credentials, self.transport, settings.tokenURL)
        return try await self.tokens.token(key) { () async throws(PlatformFault) in
            try AmazonToken.grant(from: try await transport.send(credentials.request(to: url)))
        }
    }
}

/// What access tokens are asked for with.
struct AmazonCredentials: Sendable {
    private let connection: String
    private let clientID: String
    private let clientSecret: String
    private let refreshToken: String

    init(_ account: PlatformAccount) {
        self.connection = "\(account.brand)/\(account.connection)"
        self.clientID = account.credentials["clientId", default: ""]
        self.clientSecret = account.credentials["clientSecret", default: ""]
        self.refreshToken = account.credentials["refreshToken", default: ""]
    }

    /// Whose token it is: other credentials, or another host that is asked, come to another key.
    ///
    /// - Parameter isRestricted: Whether it is one for buyers' data, which is asked for where calls go.
    func key(_ settings: AmazonSettings, isRestricted: Bool = false) -> AccessTokens.Key {
        let parts = [self.connection, self.clientID, self.clientSecret, self.refreshToken, settings.tokenURL]
        let digest = SHA256.hash(data: JSONValue.array(parts.map { .string($0) }).bytes)
        return AccessTokens.Key(
            account: AmazonText.hexadecimal(digest), scope: isRestricted ? "restricted at \(settings.base)" : "")
    }

    /// A call for a token by the seller's consent.
    func request(to url: String) -> PlatformRequest {
        let fields = [
            ("grant_type", "refresh_token"), ("refresh_token", self.refreshToken), ("client_id", self.clientID),
            ("client_secret", self.clientSecret),
        ]
        let form = fields.map { "\($0.0)=\(AmazonText.encoded($0.1))" }.joined(separator: "&")
        return PlatformRequest(
            method: "POST", url: url,
            headers: [
                PlatformHeader("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8"),
                PlatformHeader("Accept", "application/json"), PlatformHeader("User-Agent", AmazonSession.userAgent),
            ],
            body: Array(form.utf8), timeoutMilliseconds: AmazonLimits.timeoutMilliseconds)
    }
}

/// Answers of the host that gives access tokens.
enum AmazonToken {
    /// The token that an answer gives.
    ///
    /// - Throws: Of the kind that the table has for the answer's code; no part of the answer but its code and description.
    static func grant(from response: PlatformResponse) throws(PlatformFault) -> AccessTokens.Grant {
        let json = try? JSONValue(response.body[...])
        guard response.status == 200 else {
            let code = json?["error"]?.text
            let byStatus = AmazonFaults.statuses[response.status]
            let isOfMoment = byStatus == .throttled || byStatus == .retry
            let kind = isOfMoment ? byStatus : code.map { AmazonFaults.kind(ofTokenError: $0) } ?? byStatus
            throw PlatformFault(
                kind ?? .unknown, code: code.map { AmazonText.shortened($0, toBytes: 64) } ?? "http-\(response.status)",
                AmazonText.shortened(json?["error_description"]?.text ?? "no access token was given"),
                retryAfterMilliseconds: kind == .throttled ? 1_000 : nil)
        }
        guard let token = json?["access_token"]?.text, Self.isHeader(token), let seconds = json?["expires_in"]?.integer
        else {
            throw .unreadable("the answer has no access token, or does not say how long it is good")
        }
        return AccessTokens.Grant(token: token, seconds: seconds)
    }

    /// Whether a token can go into a header.
    static func isHeader(_ token: String) -> Bool {
        !token.isEmpty && token.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
