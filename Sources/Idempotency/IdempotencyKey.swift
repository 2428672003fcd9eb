public import Buckets
public import Postgres

/// A caller's word that two requests with it are one.
///
/// A key belongs to a brand, a principal and a method: two callers may use the same one and never meet.
public struct IdempotencyKey: Hashable, Sendable {
    /// The longest key, in characters.
    public static let maximumLength = 255
    /// The longest principal and the longest method, in bytes of UTF-8.
    public static let maximumScopeBytes = 255

    /// Whose key it is.
    public let brand: PostgresUUID
    /// Who, within the brand, sent it.
    public let principal: String
    /// The RPC method, such as `driveline.order.v1.OrderService/CreateOrder`.
    public let method: String
    /// 1 to 255 visible ASCII characters.
    public let key: String
    /// Where its row stands: the bucket of the brand and the key.
    public let bucket: Bucket

    /// - Throws: ``IdempotencyKeyError`` when the key is not 1 to 255 visible ASCII characters, or principal or method
    ///   has more than ``maximumScopeBytes``.
    public init(
        brand: PostgresUUID, principal: String, method: String, key: String
    ) throws(IdempotencyKeyError) {
        guard !key.isEmpty else { throw .empty }
        guard key.utf8.count <= Self.maximumLength else { throw .tooLong(limit: Self.maximumLength) }
        guard key.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { throw .notVisibleASCII }
        guard max(principal.utf8.count, method.utf8.count) <= Self.maximumScopeBytes else {
            throw .scopeTooLong(limit: Self.maximumScopeBytes)
        }
        self.brand = brand
        self.principal = principal
        self.method = method
        self.key = key
        self.bucket = Bucket(brand: (brand.high, brand.low), key: key)
    }
}

extension IdempotencyKey: Comparable {
    /// The order in which rows of keys are locked.
    public static func < (left: Self, right: Self) -> Bool {
        if left.bucket != right.bucket { return left.bucket < right.bucket }
        if left.brand != right.brand { return left.brand < right.brand }
        return (left.principal, left.method, left.key) < (right.principal, right.method, right.key)
    }
}

/// What is wrong with a key.
public enum IdempotencyKeyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It has no character.
    case empty
    /// It has more characters than the limit.
    case tooLong(limit: Int)
    /// It holds a space, a control character or something outside ASCII.
    case notVisibleASCII
    /// The principal or the method has more bytes than the limit.
    case scopeTooLong(limit: Int)

    /// For people.
    public var description: String {
        switch self {
        case .empty: "the idempotency key is empty; it has 1 to \(IdempotencyKey.maximumLength) characters"
        case .tooLong(let limit): "the idempotency key has more than \(limit) characters"
        case .notVisibleASCII: "the idempotency key may hold visible ASCII characters only, from ! to ~"
        case .scopeTooLong(let limit): "the principal or method of an idempotency key has more than \(limit) bytes"
        }
    }
}
