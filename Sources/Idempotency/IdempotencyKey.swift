public import Postgres

/// A caller's word that two requests with it are one.
///
/// A key belongs to a brand, a principal and a method: two callers may use the same one and never meet.
public struct IdempotencyKey: Hashable, Sendable {
    /// The longest key, in characters.
    public static let maximumLength = 255

    /// Whose key it is.
    public let brand: PostgresUUID
    /// Who, within the brand, sent it.
    public let principal: String
    /// The RPC method, such as `driveline.order.v1.OrderService/CreateOrder`.
    public let method: String
    /// 1 to 255 visible ASCII characters.
    public let key: String

    /// - Throws: ``IdempotencyKeyError`` when the key is not 1 to 255 visible ASCII characters.
    public init(
        brand: PostgresUUID, principal: String, method: String, key: String
    ) throws(IdempotencyKeyError) {
        guard !key.isEmpty else { throw .empty }
        guard key.utf8.count <= Self.maximumLength else { throw .tooLong(limit: Self.maximumLength) }
        guard key.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { throw .notVisibleASCII }
        self.brand = brand
        self.principal = principal
        self.method = method
        self.key = key
    }
}

/// What is wrong with a key.
public enum IdempotencyKeyError: Error, Hashable, Sendable {
    case empty
    case tooLong(limit: Int)
    case notVisibleASCII
}
