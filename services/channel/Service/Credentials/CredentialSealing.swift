internal import Crypto
internal import Foundation
internal import Postgres
internal import ServiceKit

/// A credential as it is stored.
struct SealedCredential: Hashable, Sendable {
    /// The key that opens it.
    let keyID: String
    /// Nonce, ciphertext and tag.
    let bytes: [UInt8]
}

/// Why a credential cannot be opened. Holds nothing of it.
struct CredentialFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, for whoever runs the service.
    let description: String
}

/// Seals credentials and opens them: AES-256-GCM.
///
/// Brand, connection and name are authenticated with each: what was sealed for one opens for no other, whoever moves rows.
struct CredentialSealing: Sendable {
    let keys: CredentialKeys

    /// Seals with the first key and a nonce of its own.
    func seal(_ text: String, name: String, of connection: ConnectionKey) throws(CredentialFault) -> SealedCredential {
        let id = self.keys.sealing
        guard let key = self.keys[id],
            let sealed = try? AES.GCM.seal(
                Array(text.utf8), using: key, authenticating: Self.authenticated(name, connection)),
            let bytes = sealed.combined
        else { throw CredentialFault(description: "the credential \(name) of \(connection) could not be sealed") }
        return SealedCredential(keyID: id, bytes: Array(bytes))
    }

    /// Opens with the key that it was sealed with.
    ///
    /// - Throws: Where that key is not known, or the credential was sealed with another of its id, for something else, or
    ///   has been changed.
    func open(_ sealed: SealedCredential, name: String, of connection: ConnectionKey) throws(CredentialFault) -> String
    {
        guard let key = self.keys[sealed.keyID] else {
            throw CredentialFault(
                description: "the credential \(name) of \(connection) is sealed with the key \(sealed.keyID), which is "
                    + "not among those of \(CredentialKeys.setting.declaration.flag)")
        }
        guard let box = try? AES.GCM.SealedBox(combined: sealed.bytes),
            let bytes = try? AES.GCM.open(box, using: key, authenticating: Self.authenticated(name, connection)),
            let text = String(validating: bytes, as: UTF8.self)
        else {
            throw CredentialFault(
                description: "the credential \(name) of \(connection) does not open with the key \(sealed.keyID): the "
                    + "key is another one than it was, or the row was changed")
        }
        return text
    }

    /// Ids and names hold no slash, so that no two triples give the same bytes.
    private static func authenticated(_ name: String, _ connection: ConnectionKey) -> [UInt8] {
        Array("\(connection.brand)/\(connection.id)/\(name)".utf8)
    }
}
