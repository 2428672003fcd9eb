/// A PostgreSQL server's URL, whose database is put in later.
struct DatabaseServerURL {
    private let server: Substring
    private let parameters: Substring

    /// nil for what is no `postgresql://` URL, and where the parameters name a database.
    init?(_ text: String) {
        guard text.hasPrefix("postgresql://") || text.hasPrefix("postgres://"),
            let scheme = text.firstRange(of: "://")
        else { return nil }
        let rest = text[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        self.server = text[..<authority.endIndex]
        self.parameters = rest.drop { $0 != "?" }
        let isNamed = self.parameters.dropFirst().split(separator: "&").contains { $0.hasPrefix("dbname=") }
        guard !isNamed else { return nil }
    }

    /// The URL of one database of the server, in the place of the one that the text named.
    func url(database: String) -> String { "\(self.server)/\(database)\(self.parameters)" }

    /// The server that an option names, or the environment where it does not.
    static func given(_ option: String?) throws -> DatabaseServerURL {
        let variable = "DRIVELINE_POSTGRES_URL"
        guard let text = option ?? Terminal.current.environment(variable) else {
            throw CommandError("no server is given; say with --postgres-url or \(variable) where PostgreSQL is")
        }
        guard let server = DatabaseServerURL(text) else {
            throw CommandError("the PostgreSQL URL is not valid; give postgresql://USER:PASSWORD@HOST:PORT")
        }
        return server
    }
}
