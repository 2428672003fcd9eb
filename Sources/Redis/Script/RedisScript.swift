/// A Lua script that runs in the server, called by its digest.
public struct RedisScript: Hashable, Sendable {
    /// What the script does.
    public let source: String
    /// Its name with the server: the SHA-1 of the source in hexadecimal.
    public let digest: String

    /// Computes the digest, once: keep scripts in constants.
    public init(_ source: String) {
        self.source = source
        self.digest = SHA1.hexadecimal(Array(source.utf8))
    }
}
