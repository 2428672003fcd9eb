internal import Crypto
internal import Foundation
internal import SandboxJSON
public import SandboxShop

/// Access tokens, which say themselves until when they are good and by which of the shop's refresh tokens they were given:
/// so they outlive the process, and end with the refresh token.
struct AccessTokens {
    enum Fault: Error, Hashable { case missing, expired, unknown, unrestricted }

    /// How long a token is good, where nothing else is switched on.
    static let seconds = 3_600
    private static let prefix = "Atza|"

    let settings: ShopSettings

    func token(for refreshToken: String, until moment: Moment) -> String {
        let end = String(moment.milliseconds)
        return "\(Self.prefix)\(end).\(self.signature(of: "\(end).\(refreshToken)"))"
    }

    /// Whether a token is good now.
    ///
    /// - Returns: The refresh token by which it was given.
    @discardableResult
    func check(_ token: String?, now: Moment) throws(Fault) -> String {
        guard let token, !token.isEmpty else { throw .missing }
        let parts = token.dropFirst(Self.prefix.count).split(separator: ".")
        guard token.hasPrefix(Self.prefix), parts.count == 2, let end = Int64(parts[0]) else { throw .unknown }
        let given = self.settings.tokens.first { self.signature(of: "\(end).\($0)") == parts[1] }
        guard let given else { throw .unknown }
        guard now < Moment(milliseconds: end) else { throw .expired }
        return given
    }

    /// A signature of the seller's secret, in hexadecimal digits.
    func signature(of text: String) -> String {
        let key = SymmetricKey(data: Data(self.settings.clientSecret.utf8))
        return HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key)
            .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

extension AmazonAPI {
    /// Gives an access token for a refresh token, as `POST /auth/o2/token` does.
    ///
    /// - Parameter form: The fields of the form.
    public func token(_ form: [String: String], of shop: Shop, now: Moment = .now()) -> AmazonAnswer {
        let (settings, faults) = shop.read { ($0.settings, $0.faults) }
        guard form["client_id"] == settings.clientID, form["client_secret"] == settings.clientSecret else {
            return Self.tokenError(401, "invalid_client", "Client authentication failed")
        }
        let refreshToken: String
        switch form["grant_type"] {
        case "refresh_token":
            guard let given = form["refresh_token"], settings.tokens.contains(given), !faults.tokenRevoked else {
                return Self.tokenError(
                    400, "invalid_grant", "The request has an invalid grant parameter : refresh_token")
            }
            refreshToken = given
        case nil:
            return Self.tokenError(400, "invalid_request", "The request is missing a required parameter : grant_type")
        default: return Self.tokenError(400, "unsupported_grant_type", "The authorization grant type is not supported")
        }
        let seconds = faults.accessTokenSeconds ?? AccessTokens.seconds
        let token = AccessTokens(settings: settings).token(for: refreshToken, until: now + seconds * 1_000)
        return AmazonAnswer(
            body: [
                "access_token": .string(token), "refresh_token": .string(refreshToken), "token_type": "bearer",
                "expires_in": .number(seconds),
            ])
    }

    private static func tokenError(_ status: Int, _ code: String, _ description: String) -> AmazonAnswer {
        AmazonAnswer(status: status, body: ["error": .string(code), "error_description": .string(description)])
    }
}
