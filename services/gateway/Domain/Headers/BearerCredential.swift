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
        let text = field[...].trimmed
        guard let space = text.utf8.firstIndex(of: UInt8(ascii: " ")), text[..<space].lowercased() == "bearer" else {
            throw .credentialSchemeUnknown
        }
        let key = text[space...].trimmed
        guard !key.isEmpty, key.isVisibleASCII else { throw .credentialSchemeUnknown }
        self.key = String(key)
    }
}
