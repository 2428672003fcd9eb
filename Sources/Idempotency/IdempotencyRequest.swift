/// A request that comes with an idempotency key.
public struct IdempotencyRequest: Hashable, Sendable {
    /// The length of a fingerprint: that of a SHA-256, in bytes.
    public static let fingerprintBytes = 32

    /// What names it.
    public var key: IdempotencyKey
    /// The SHA-256 of all that it asks for: two requests with one key are the same if this is.
    public var fingerprint: [UInt8]

    /// - Parameter fingerprint: ``fingerprintBytes`` bytes; the table refuses any other number.
    public init(_ key: IdempotencyKey, fingerprint: [UInt8]) {
        self.key = key
        self.fingerprint = fingerprint
    }
}

/// What a request was answered, kept to be given again.
public struct IdempotencyAnswer: Hashable, Sendable {
    /// The most bytes of an answer: 1 MiB.
    public static let maximumBytes = 1 << 20

    /// The status code of the call, or what else the service needs beside the bytes.
    public var status: Int32
    /// The encoded response, or the encoded problem of a decided refusal.
    public var response: [UInt8]

    /// - Parameter response: At most ``maximumBytes`` bytes; the table refuses more.
    public init(status: Int32, response: [UInt8]) {
        self.status = status
        self.response = response
    }
}

/// What a claim found.
public enum IdempotencyClaim: Hashable, Sendable {
    /// The key is new: go on, and store the answer in the same transaction.
    case new
    /// The request was answered before: give this again.
    case answered(IdempotencyAnswer)
    /// The key stands for another request: nothing may run.
    case otherRequest
    /// Another transaction holds the key and did not end in time: the caller may try again after
    /// ``IdempotencyStore/retryAfterMilliseconds``.
    case inFlight
    /// The same request stands earlier in the same batch, at this position: its outcome is this one's, too.
    case repeated(position: Int)
}
