internal import Crypto

/// The SHA-256 of a secret: all that is kept of it.
///
/// A fast hash without salt is right for secrets of 256 random bits, though it would be wrong for passwords: nobody can
/// try a noticeable part of 2^256 secrets, however fast the hash is, and no two of them are equal, so that there are no
/// tables to make ahead. A slow hash would only make every check slow.
public struct SecretDigest: Sendable {
    /// The bytes of a digest.
    public static let byteCount = 32

    /// The digest's bytes.
    public let bytes: [UInt8]

    /// The digest of a secret.
    init(of secret: [UInt8]) { self.bytes = Array(SHA256.hash(data: secret)) }

    /// A digest as it was stored; `nil` where it has not 32 bytes.
    public init?(stored bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// What an absent key is compared with, so that absence takes as long to find out as a wrong secret. No secret that
    /// anybody knows has it.
    static let ofNothing = SecretDigest(zeros: byteCount)

    private init(zeros count: Int) { self.bytes = [UInt8](repeating: 0, count: count) }

    /// Compares in a time that does not depend on where the digests differ.
    ///
    /// There is no `==`, so that nobody compares in another way by mistake.
    public func isSame(as other: SecretDigest) -> Bool {
        var difference: UInt8 = 0
        for index in 0..<Self.byteCount { difference |= self.bytes[index] ^ other.bytes[index] }
        return difference == 0
    }
}
