extension PostgresError {
    /// Why a connection was refused, from libpq's verbose text: the only place where it leaves the server's SQLSTATE of a
    /// connection that did not come about.
    init(refusal text: String) {
        // The severity before the code is in the server's language.
        let code = text.matches(of: #/: {2}([0-9A-Z]{5}): /#).last
        let lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("LOCATION:") }
        var message = lines.map { String($0).trimmed }.joined(separator: " ")
        guard let code else {
            self.init(.cannotConnect, message, retry: .safe)
            if message.contains("certificate verify failed") {
                self.hint = "sslrootcert must be the certificate of the authority that signed the server's"
            }
            return
        }
        let sqlState = SQLState(String(code.output.1))
        message = message.replacing(code.output.0, with: ": ")
        self.init(.cannotConnect, message, retry: Self.retry(ofRefusal: sqlState))
        self.sqlState = sqlState
    }

    /// Who is not let in now will not be let in a moment later, unless it was for a state of the server's.
    private static func retry(ofRefusal sqlState: SQLState) -> Retry {
        switch sqlState.classCode {
        // Invalid authorization, invalid catalog name.
        case "28", "3D": .never
        default: .safe
        }
    }
}
