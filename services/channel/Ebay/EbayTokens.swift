internal import ChannelAdapter
internal import Crypto
internal import FileFormats

/// The calls that give tokens: the seller's, made of what the seller granted, and the application's own.
struct EbayTokenCall: Sendable {
    /// Whose token it is.
    enum Owner: Hashable, Sendable {
        /// The seller's; with what the seller granted.
        case seller(refreshToken: String)
        /// The application's, for what belongs to no seller.
        case application
    }

    static let path = "/identity/v1/oauth2/token"
    private static let scope = "https://api.ebay.com/oauth/api_scope"

    /// What a seller's token is asked for, a part of what was granted.
    static let sellerScopes = [
        Self.scope, "\(Self.scope)/sell.inventory", "\(Self.scope)/sell.fulfillment", "\(Self.scope)/sell.finances",
        "\(Self.scope)/commerce.notification.subscription",
    ]

    let owner: Owner
    let base: String
    let clientID: String
    let clientSecret: String

    /// Under which its token is kept: a digest, as it depends on secrets.
    var key: AccessTokens.Key {
        let parts: [String] =
            switch self.owner {
            case .seller(let refreshToken): ["seller", refreshToken]
            case .application: ["application", ""]
            }
        let text = (parts + [self.base, self.clientID, self.clientSecret]).map { "\($0.utf8.count):\($0)" }.joined()
        return AccessTokens.Key(account: Base64.text(Array(SHA256.hash(data: Array(text.utf8)))))
    }

    /// The form that is sent.
    var request: PlatformRequest {
        let fields: KeyValuePairs<String, String> =
            switch self.owner {
            case .seller(let refreshToken):
                [
                    "grant_type": "refresh_token", "refresh_token": refreshToken,
                    "scope": Self.sellerScopes.joined(separator: " "),
                ]
            case .application: ["grant_type": "client_credentials", "scope": Self.scope]
            }
        let form = fields.map { "\($0)=\(EbayURL.encoded($1))" }.joined(separator: "&")
        return PlatformRequest(
            method: "POST", url: self.base + Self.path,
            headers: [
                PlatformHeader("Content-Type", "application/x-www-form-urlencoded"),
                PlatformHeader("Accept", "application/json"),
                PlatformHeader(
                    "Authorization", "Basic \(Base64.text(Array("\(self.clientID):\(self.clientSecret)".utf8)))"),
            ], body: Array(form.utf8), timeoutMilliseconds: EbayLimits.timeoutMilliseconds)
    }

    /// The token of an answer.
    static func grant(_ response: PlatformResponse) throws(PlatformFault) -> AccessTokens.Grant {
        let json: JSONValue
        do throws(PlatformFault) {
            json = try EbayAnswer(response, isChange: false).body.get()
        } catch {
            // What was granted was granted to these credentials: without a code, that they are refused is all that is known.
            guard error.code == "http-400" else { throw error }
            throw PlatformFault(.reauthenticate, code: error.code, error.message)
        }
        guard let text = json["access_token"]?.text, !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            let seconds = json["expires_in"]?.integer, (1...100_000_000).contains(seconds)
        else {
            throw PlatformFault(
                .retry, code: "answer-unreadable", "the answer has no token, or not how long it is valid")
        }
        return AccessTokens.Grant(token: text, seconds: seconds)
    }
}

/// Parts of addresses.
enum EbayURL {
    private static let hexadecimal = Array("0123456789ABCDEF".utf8)

    /// A text with all bytes but letters, digits and `-._~` percent-encoded.
    static func encoded(_ text: String) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.append(byte)
            default:
                encoded += [UInt8(ascii: "%"), Self.hexadecimal[Int(byte >> 4)], Self.hexadecimal[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// What follows the host of an address.
    static func query(_ fields: KeyValuePairs<String, String>) -> String {
        fields.isEmpty ? "" : "?" + fields.map { "\($0)=\(Self.encoded($1))" }.joined(separator: "&")
    }

    /// The host and port of an address.
    static func authority(of url: String) -> String {
        guard let start = url.firstRange(of: "://")?.upperBound else { return "" }
        return String(url[start...].prefix { $0 != "/" && $0 != "?" })
    }
}
