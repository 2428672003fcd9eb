internal import Crypto
internal import Foundation
internal import ServiceKit

/// The keys that credentials are sealed with, by their ids. The first seals; all of them open.
struct CredentialKeys: Sendable, CustomStringConvertible, CustomReflectable {
    /// The most keys that may be given: a change of keys needs two.
    static let maximum = 16
    /// The bytes of a key.
    static let keyBytes = 32
    /// The bytes of a key's id.
    static let idBytes = 32

    static let setting = Setting.requiredSecret(
        "channel-credential-keys",
        "The keys that connections' credentials are sealed with, as ID:BASE64 of 32 bytes each, separated by commas; the "
            + "first seals, all open.")

    /// The id of the key that seals.
    let sealing: String
    private let keys: [String: SymmetricKey]

    /// Reads `ID:BASE64,ID:BASE64`.
    ///
    /// - Throws: `StartupError` that says which part is wrong, never what stands in it.
    init(_ text: String) throws(StartupError) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count <= Self.maximum else { throw Self.invalid("has more than \(Self.maximum) keys") }
        var keys: [String: SymmetricKey] = [:]
        var first: String?
        for (place, part) in parts.enumerated() {
            let (id, key) = try Self.key(part, place: place + 1)
            guard keys.updateValue(key, forKey: id) == nil else {
                throw Self.invalid("has two keys with the id of key \(place + 1)")
            }
            first = first ?? id
        }
        guard let first else { throw Self.invalid("has no key") }
        self.sealing = first
        self.keys = keys
    }

    /// A key; nil: it is not among those that were given.
    subscript(id: String) -> SymmetricKey? { self.keys[id] }

    /// How many there are, and nothing else.
    var description: String { "\(self.keys.count) keys" }
    /// Without what is within.
    var customMirror: Mirror { Mirror(self, children: ["count": self.keys.count]) }

    private static func key(_ part: Substring, place: Int) throws(StartupError) -> (String, SymmetricKey) {
        guard let colon = part.firstIndex(of: ":") else { throw Self.invalid("has no colon in key \(place)") }
        let id = part[..<colon].trimmingCharacters(in: .whitespacesAndNewlines)
        let isName = id.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "-")
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard isName, (1...Self.idBytes).contains(id.utf8.count) else {
            throw Self.invalid("has no id of 1 to \(Self.idBytes) of a-z, 0-9 and - before the colon of key \(place)")
        }
        let base64 = part[part.index(after: colon)...].trimmingCharacters(in: .whitespacesAndNewlines)
        guard let bytes = Data(base64Encoded: base64), bytes.count == Self.keyBytes else {
            throw Self.invalid("has no base64 of \(Self.keyBytes) bytes behind the colon of key \(place)")
        }
        return (id, SymmetricKey(data: bytes))
    }

    private static func invalid(_ problem: String) -> StartupError {
        StartupError(
            "the setting \(Self.setting.declaration.flag) \(problem); give ID:BASE64, several separated by commas, each of "
                + "\(Self.keyBytes) random bytes (openssl rand -base64 \(Self.keyBytes))",
            exitCode: StartupError.configurationExitCode)
    }
}
