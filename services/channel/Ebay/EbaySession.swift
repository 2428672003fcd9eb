internal import ChannelAdapter
internal import FileFormats

/// A call to one of the platform's interfaces.
struct EbayCall: Sendable {
    var method: String
    /// From the host on, percent-encoded, with its query.
    var path: String
    /// Nil: none.
    var body: JSONValue?
    var owner = Owner.seller
    /// Whether what it says of items is in the connection's language, which must be told then.
    var hasLanguage = false
    /// Whether it moves money, and is signed where the connection has a key.
    var isSigned = false
    /// Whether it goes to the older interface, which has the token under another word.
    var isCancellation = false

    /// Whose token it is sent with.
    enum Owner: Sendable {
        case seller
        case application
    }

    /// Whether something is changed by it.
    var isChange: Bool { self.method != "GET" && !self.isReading }
    /// Whether it only asks, though it is sent as a change.
    var isReading = false

    init(_ method: String, _ path: String, _ body: JSONValue? = nil) {
        self.method = method
        self.path = path
        self.body = body
    }
}

/// A seller's account, ready to be called.
struct EbaySession: Sendable {
    static let inventory = "/sell/inventory/v1"
    static let fulfillment = "/sell/fulfillment/v1"

    /// Or what is wrong with them, which every call then comes to.
    let settings: Result<EbaySettings, PlatformFault>
    let credentials: [String: String]
    /// What is known of how many calls are left.
    let quotas: EbayQuotas
    /// What is known of what listings may say.
    let allowedValues: EbayAllowedValues
    /// In microseconds since 1970.
    let clock: @Sendable () -> Int64
    private let tokens: AccessTokens
    private let transport: any PlatformTransport

    init(
        _ account: PlatformAccount, tokens: AccessTokens, quotas: EbayQuotas, allowedValues: EbayAllowedValues,
        transport: any PlatformTransport, clock: @escaping @Sendable () -> Int64
    ) {
        do throws(PlatformFault) {
            self.settings = .success(try EbaySettings(account.settings))
        } catch {
            self.settings = .failure(error)
        }
        self.credentials = account.credentials
        self.quotas = quotas
        self.allowedValues = allowedValues
        self.clock = clock
        self.tokens = tokens
        self.transport = transport
    }

    /// Sends a call and reads its answer, whatever is left of quotas. A token that is refused is asked for once more.
    func send(_ call: EbayCall) async -> EbayAnswer {
        do throws(PlatformFault) {
            let settings = try self.settings.get()
            let asked = self.tokenCall(call.owner, settings)
            let first = try await self.token(asked)
            let request = try self.request(call, settings, token: first)
            let answer = EbayAnswer(try await self.transport.send(request), isChange: call.isChange)
            guard case .failure(let fault) = answer.body, fault.kind == .reauthenticate else { return answer }
            self.tokens.forget(first, of: asked.key)
            let second = try await self.token(asked)
            let again = try self.request(call, settings, token: second)
            let last = EbayAnswer(try await self.transport.send(again), isChange: call.isChange)
            guard call.isCancellation, case .failure(let fault) = last.body, fault.kind == .reauthenticate else {
                return last
            }
            // The token is new, and good for all other calls: no new consent would make it good for this one.
            throw PlatformFault(
                .refused, code: "cancellation-unauthorized",
                "the platform refuses the token of calls that cancel, where the setting cancellationScheme is "
                    + "\(settings.cancellationScheme); another word may be right (\(fault.description))")
        } catch {
            return EbayAnswer(error)
        }
    }

    func tokenCall(_ owner: EbayCall.Owner, _ settings: EbaySettings) -> EbayTokenCall {
        EbayTokenCall(
            owner: owner == .seller
                ? .seller(refreshToken: self.credentials["refreshToken", default: ""]) : .application,
            base: settings.base, clientID: self.credentials["clientId", default: ""],
            clientSecret: self.credentials["clientSecret", default: ""])
    }

    private func token(_ call: EbayTokenCall) async throws(PlatformFault) -> String {
        let transport = self.transport
        return try await self.tokens.token(call.key) { () async throws(PlatformFault) in
            try EbayTokenCall.grant(try await transport.send(call.request))
        }
    }

    private func request(
        _ call: EbayCall, _ settings: EbaySettings, token: String
    ) throws(PlatformFault) -> PlatformRequest {
        let word = call.isCancellation ? settings.cancellationScheme : "Bearer"
        var headers = [
            PlatformHeader("Authorization", "\(word) \(token)"), PlatformHeader("Accept", "application/json"),
        ]
        let body = call.body?.bytes ?? []
        if !body.isEmpty { headers.append(PlatformHeader("Content-Type", "application/json")) }
        if call.hasLanguage { headers.append(PlatformHeader("Content-Language", settings.language)) }
        if call.isSigned, let signature = try EbaySignature(self.credentials) {
            headers += try signature.headers(
                method: call.method, path: call.path, authority: EbayURL.authority(of: settings.base), body: body,
                created: self.clock() / 1_000_000)
        }
        return PlatformRequest(
            method: call.method, url: settings.base + call.path, headers: headers, body: body,
            timeoutMilliseconds: EbayLimits.timeoutMilliseconds)
    }
}

extension PlatformFault {
    /// A listing that is not matched yet.
    static func missingID(_ name: String) -> PlatformFault {
        PlatformFault(
            .refused, code: "id-missing",
            "the listing has no \(name) of the platform; it is found by matching listings, or set by hand")
    }

    /// A row that the answer says nothing of.
    static let notAnswered = PlatformFault(
        .retry, code: "not-answered", "the platform's answer says nothing of the row", isOutcomeUnknown: true)

    /// An answer that is not what the platform promises.
    static func unreadable(_ what: String, isOutcomeUnknown: Bool = false) -> PlatformFault {
        PlatformFault(.retry, code: "answer-unreadable", what, isOutcomeUnknown: isOutcomeUnknown)
    }

    /// A body that is not what the platform promises.
    static func notUnderstood(_ field: String, _ what: String) -> PlatformFault {
        PlatformFault(.refused, code: "not-understood", "\(field) \(what)")
    }

    /// An order that the seller does not have.
    static func orderMissing(_ id: String) -> PlatformFault {
        PlatformFault(.refused, code: "order-missing", "the seller has no order \(id.debugDescription)")
    }
}
