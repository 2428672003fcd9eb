/// On whose behalf a call is made. It comes from a credential or certificate, never from a message.
public struct CallerIdentity: Sendable, Hashable {
    /// The brand that the caller belongs to; empty for a service that belongs to none.
    public var brand: String
    /// The key, user or service that acts; empty: nobody proved who they are.
    public var principal: String
    /// The scopes that the caller holds.
    public var scopes: Set<String>
    /// Whether the caller may say on whose behalf each request is made, as a gateway does.
    public var mayActForOthers: Bool

    /// A caller.
    public init(brand: String, principal: String, scopes: Set<String> = [], mayActForOthers: Bool = false) {
        self.brand = brand
        self.principal = principal
        self.scopes = scopes
        self.mayActForOthers = mayActForOthers
    }

    /// A caller who did not prove who it is.
    public static let anonymous = CallerIdentity(brand: "", principal: "")

    /// Whether the caller proved who it is.
    public var isAuthenticated: Bool { !self.principal.isEmpty }
}
