internal import CPostgres

/// Where a database is and who connects: libpq's keywords.
///
/// What the URL leaves open comes from the environment (`PGHOST`, `PGPORT`, `PGUSER`, `PGPASSWORD`, `PGPASSFILE`,
/// `PGSSLMODE`, …) as with every program that uses libpq.
struct ConnectionParameters: Sendable {
    /// Seconds without traffic after which the peer is asked whether it lives.
    private static let keepaliveIdleSeconds = 30
    private static let keepaliveIntervalSeconds = 10
    private static let keepaliveProbes = 3

    private let url: String

    /// - Throws: ``PostgresError`` when the URL is not one that libpq reads.
    init(url: String) throws(PostgresError) {
        var message: UnsafeMutablePointer<CChar>?
        let options = PQconninfoParse(url, &message)
        defer {
            PQconninfoFree(options)
            PQfreemem(message)
        }
        guard options != nil else {
            let reason = message.map { String(cString: $0) } ?? "out of memory"
            throw PostgresError(.configuration, "the PostgreSQL URL is not valid: \(Self.redacted(reason, url))")
        }
        self.url = url
    }

    /// Begins to connect. Looks up the host's name, so it may take long and belongs on a thread of its own.
    func start() throws(PostgresError) -> StartedConnection {
        let handle = self.withKeywords { PQconnectStartParams($0, $1, 1) }
        guard let handle else { throw PostgresError(.cannotConnect, "out of memory", retry: .safe) }
        return StartedConnection(handle: handle)
    }

    /// What libpq is given: our defaults first, so that the URL's own settings win.
    func withKeywords<Result>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        let pairs = [
            ("fallback_application_name", "driveline"), ("client_encoding", "UTF8"), ("gssencmode", "disable"),
            ("keepalives_idle", "\(Self.keepaliveIdleSeconds)"),
            ("keepalives_interval", "\(Self.keepaliveIntervalSeconds)"),
            ("keepalives_count", "\(Self.keepaliveProbes)"), ("dbname", self.url),
        ]
        return Self.withCStrings(pairs.map(\.0)) { keywords in
            Self.withCStrings(pairs.map(\.1)) { values in body(keywords, values) }
        }
    }

    /// What of a URL may be told: by keyword, so that a new one of libpq's is not told by mistake.
    private static let publicKeywords: Set<String> = [
        "host", "hostaddr", "port", "dbname", "user", "sslmode", "service",
    ]

    static func publicDescription(of url: String) -> String {
        guard let options = PQconninfoParse(url, nil) else { return "a PostgreSQL URL that cannot be read" }
        defer { PQconninfoFree(options) }
        var told: [String] = []
        var option = options
        while let keyword = option.pointee.keyword.map({ String(cString: $0) }) {
            if let value = option.pointee.val, Self.publicKeywords.contains(keyword) {
                told.append("\(keyword)=\(String(cString: value))")
            }
            option += 1
        }
        return told.isEmpty ? "PostgreSQL as the environment says" : told.joined(separator: " ")
    }

    /// libpq may repeat the text it could not read, password included: what stands before the host is cut out.
    private static func redacted(_ message: String, _ url: String) -> String {
        guard let scheme = url.firstRange(of: "://"), let at = url.lastIndex(of: "@"), scheme.upperBound < at else {
            return message.contains(url) ? "it cannot be read" : message.trimmed
        }
        let secret = url[scheme.upperBound..<at]
        let parts = secret.split(separator: ":").map(String.init)
        let repeats = ([String(secret)] + parts).contains { message.contains($0) }
        return repeats ? "it cannot be read" : message.trimmed
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        let copies = strings.map { Array($0.utf8CString) }
        func descend(_ index: Int, _ pointers: [UnsafePointer<CChar>?]) -> Result {
            guard index < copies.count else {
                return (pointers + [nil]).withUnsafeBufferPointer { buffer in
                    // One element at least, the terminator, so there is an address.
                    body(buffer.baseAddress.unsafelyUnwrapped)
                }
            }
            return copies[index].withUnsafeBufferPointer { descend(index + 1, pointers + [$0.baseAddress]) }
        }
        return descend(0, [])
    }
}

extension String {
    /// Without spaces and line ends at both ends: libpq ends its messages with a line end.
    var trimmed: String {
        let rest = self.drop { $0.isWhitespace }
        guard let last = rest.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(rest[...last])
    }
}
