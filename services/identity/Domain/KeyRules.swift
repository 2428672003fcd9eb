/// What may be asked of a new key.
public enum KeyRules {
    /// What is wrong with a request for a key, with the field that it is about.
    public enum Fault: Error, Hashable, Sendable {
        /// No method asks for this scope. `index` is its place in the request.
        case unknownScope(String, index: Int)
        /// The caller does not hold this scope, and so cannot hand it out.
        case scopeNotHeld(String, index: Int)
        /// The key would have expired before it was created.
        case expiryPassed
    }

    /// The scopes of a new key: each once, in alphabetical order.
    ///
    /// - Parameters:
    ///   - known: The scopes that some method asks for.
    ///   - held: The scopes of whoever creates the key. Nobody gains anything by making keys.
    /// - Throws: ``Fault``: the first scope at fault.
    public static func scopes(
        _ wanted: [String], known: Set<String>, held: Set<String>
    ) throws(Fault) -> [String] {
        for (index, scope) in wanted.enumerated() {
            guard known.contains(scope) else { throw .unknownScope(scope, index: index) }
            guard held.contains(scope) else { throw .scopeNotHeld(scope, index: index) }
        }
        return Set(wanted).sorted()
    }

    /// Sees that a key does not expire before it is there.
    ///
    /// - Parameters:
    ///   - expiry: Microseconds since 1970-01-01 00:00 UTC; `nil`: never.
    ///   - now: The time in the same unit.
    /// - Throws: ``Fault/expiryPassed``.
    public static func checkExpiry(_ expiry: Int64?, now: Int64) throws(Fault) {
        if let expiry, expiry <= now { throw .expiryPassed }
    }

    /// Whether a text may be a brand's slug beside having its form: it must not look like an id, by which a brand can be
    /// asked for as well.
    public static func isUnambiguous(slug: String) -> Bool { KeyID(slug) == nil }
}
