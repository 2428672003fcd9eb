internal import Crypto
internal import Foundation
internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

/// Tokens of a shop. An access token carries what it is, signed, so that it is known after a restart as well; what a
/// seller granted is one of the shop's tokens, and ends all that was made of it when it is taken away.
struct EbayTokens {
    /// For how long the platform's tokens are valid, in seconds.
    static let seconds = 7_200
    private static let refreshSeconds: Int64 = 47_304_000
    private static let prefix = "v^1.1#i^1#"
    private static let scopeBase = "https://api.ebay.com/oauth/api_scope"
    private static let scopes: Set<String> = Set(
        [
            "", "/sell.inventory", "/sell.inventory.readonly", "/sell.fulfillment", "/sell.fulfillment.readonly",
            "/sell.finances", "/sell.account", "/sell.account.readonly", "/commerce.notification.subscription",
            "/commerce.notification.subscription.readonly", "/commerce.identity.readonly",
        ].map { Self.scopeBase + $0 })

    /// Whose a token is.
    struct Bearer: Hashable {
        let isSeller: Bool
        /// The ends of its scopes, such as `sell.inventory`; empty for all that were granted.
        let scopes: Set<String>

        func has(_ scope: String) -> Bool { self.scopes.isEmpty || self.scopes.contains(scope) }
    }

    let settings: ShopSettings
    let faults: Faults

    init(_ state: ShopState) {
        self.settings = state.settings
        self.faults = state.faults
    }

    // MARK: Asking

    /// Answers who asks for a token.
    func answer(_ request: EbayRequest) -> EbayAnswer {
        guard request.method == "POST" else { return Self.refused("invalid_request", "the method must be POST") }
        guard self.isClient(request.headers["authorization"] ?? "") else {
            return Self.refused("invalid_client", "client authentication failed", status: 401)
        }
        guard request.headers["content-type"]?.hasPrefix("application/x-www-form-urlencoded") == true else {
            return Self.refused("invalid_request", "the body must be a form")
        }
        let fields = FormFields.read(String(decoding: request.body, as: UTF8.self))
        let field = { (name: String) in fields.first { $0.name == name }?.value ?? "" }
        let scopes = field("scope").split(separator: " ").map(String.init)
        guard scopes.allSatisfy({ Self.scopes.contains($0) }) else {
            return Self.refused("invalid_scope", "The requested scope is invalid, unknown, malformed, or not granted")
        }
        switch field("grant_type") {
        case "client_credentials": return self.grant(nil, scopes, isNew: false)
        case "refresh_token":
            guard self.isGranted(field("refresh_token")) else {
                return Self.refused(
                    "invalid_grant", "the refresh token is invalid, was taken back or was issued to another client")
            }
            return self.grant(field("refresh_token"), scopes, isNew: false)
        case "authorization_code":
            guard field("code") == "code-of-\(self.settings.name)", !self.faults.tokenRevoked,
                let token = self.settings.tokens.first
            else { return Self.refused("invalid_grant", "the authorization code is invalid or was used") }
            return self.grant(token, scopes, isNew: true)
        default: return Self.refused("unsupported_grant_type", "grant type in request is not supported")
        }
    }

    private static func refused(_ error: String, _ detail: String, status: Int = 400) -> EbayAnswer {
        EbayAnswer(status, ["error": .string(error), "error_description": .string(detail)])
    }

    private func isClient(_ field: String) -> Bool {
        let parts = field.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic", let data = Data(base64Encoded: String(parts[1]))
        else { return false }
        return String(decoding: data, as: UTF8.self) == "\(self.settings.clientID):\(self.settings.clientSecret)"
    }

    private func isGranted(_ token: String) -> Bool {
        !self.faults.tokenRevoked && self.settings.tokens.contains(token)
    }

    private func grant(_ refresh: String?, _ scopes: [String], isNew: Bool) -> EbayAnswer {
        let seconds = self.faults.accessTokenSeconds ?? Self.seconds
        let content = JSONValue.members([
            "seller": refresh.map { .string(Self.digest($0)) },
            "ends": .integer((Moment.now() + seconds * 1_000).milliseconds),
            // Two tokens that are asked for at once are two tokens.
            "id": .string(UUID().uuidString),
            "scopes": .string(scopes.map { Self.end(of: $0) }.joined(separator: " ")),
        ])
        let text = Data(content.jsonBytes).base64EncodedString()
        let token = "\(Self.prefix)\(text)#\(self.signature(text))"
        return EbayAnswer(
            200,
            .members([
                "access_token": .string(token), "expires_in": .number(seconds),
                "refresh_token": isNew ? refresh.map { .string($0) } : nil,
                "refresh_token_expires_in": isNew ? .integer(Self.refreshSeconds) : nil,
                "token_type": refresh == nil ? "Application Access Token" : "User Access Token",
            ]))
    }

    private static func end(of scope: String) -> String {
        scope == Self.scopeBase ? "base" : String(scope.dropFirst(Self.scopeBase.count + 1))
    }

    private static func digest(_ text: String) -> String {
        Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString()
    }

    private func signature(_ text: String) -> String {
        let key = SymmetricKey(data: Data(self.settings.clientSecret.utf8))
        return Data(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key)).base64EncodedString()
    }

    // MARK: Showing

    /// Whose the token of a request is.
    ///
    /// - Parameter words: What may stand before it.
    func bearer(of request: EbayRequest, words: [String]) throws(EbayRefusal) -> Bearer {
        guard let field = request.headers["authorization"] else { throw EbayRefusal(1002) }
        let parts = field.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, words.contains(String(parts[0])), parts[1].hasPrefix(Self.prefix) else {
            throw EbayRefusal(1001)
        }
        let pieces = parts[1].dropFirst(Self.prefix.count).split(separator: "#").map(String.init)
        guard pieces.count == 2, self.signature(pieces[0]) == pieces[1], let data = Data(base64Encoded: pieces[0]),
            let content = try? JSONValue(json: data), let ends = content["ends"]?.integer,
            Moment.now().milliseconds < ends
        else { throw EbayRefusal(1001) }
        let seller = content["seller"]?.text
        if let seller {
            let isGranted = self.settings.tokens.contains { Self.digest($0) == seller }
            guard isGranted, !self.faults.tokenRevoked else { throw EbayRefusal(1001) }
        }
        let scopes = (content["scopes"]?.text ?? "").split(separator: " ").map(String.init)
        return Bearer(isSeller: seller != nil, scopes: Set(scopes))
    }
}
