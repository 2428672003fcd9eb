/// The API key that a request shows, in `Authorization: Bearer KEY` (RFC 6750).
public struct BearerCredential: Sendable, Hashable {
    /// The key's text. It must never be logged.
    public let key: String

    /// Reads the header's fields.
    ///
    /// - Parameter fields: All `Authorization` fields of the request.
    /// - Throws: The 401 that says what is missing.
    public init(authorization fields: [String]) throws(ProblemDocument) {
        guard let field = fields.first else { throw .credentialMissing }
        guard fields.count == 1 else { throw .credentialRepeated }
        let parts = field.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { throw .credentialSchemeUnknown }
        let key = parts[1].trimmed
        guard !key.isEmpty, key.isVisibleASCII else { throw .credentialSchemeUnknown }
        self.key = String(key)
    }
}
