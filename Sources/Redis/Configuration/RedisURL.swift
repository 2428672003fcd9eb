internal import NIOSSL

extension RedisConfiguration {
    /// The port where a URL names none.
    public static let defaultPort = 6_379

    /// Reads a URL:
    ///
    /// - `redis://user:password@host:port/database`, where all but the host may be left out
    /// - `rediss://…`, the same over TLS with the machine's trusted authorities
    /// - `unix://user:password@/path?db=database`
    ///
    /// User and password are percent-decoded.
    ///
    /// - Throws: ``RedisError`` with code `configuration`. It names the part that is wrong, and never quotes the URL,
    ///   which may hold a password.
    public init(url: String) throws(RedisError) {
        guard let separator = url.firstRange(of: "://") else {
            throw RedisError(
                .configuration,
                "the Redis URL has no scheme; give redis://host:port/database, rediss:// or unix:///path")
        }
        let rest = url[separator.upperBound...]
        switch url[..<separator.lowerBound] {
        case "redis": try self.init(network: rest)
        case "rediss":
            try self.init(network: rest)
            self.tls = .makeClientConfiguration()
        case "unix", "redis+unix": try self.init(socket: rest)
        default:
            throw RedisError(.configuration, "the Redis URL's scheme is unknown; give redis, rediss or unix")
        }
    }

    private init(network rest: Substring) throws(RedisError) {
        guard !rest.contains("?"), !rest.contains("#") else {
            throw RedisError(.configuration, "the Redis URL has parameters; only the unix form takes one, db")
        }
        let (authority, path) = Self.split(rest, at: "/")
        let (credentials, place) = Self.splitCredentials(authority)
        self.init(address: try Self.address(place))
        try self.read(credentials)
        if let path, !path.isEmpty { self.database = try Self.number(path) }
    }

    private init(socket rest: Substring) throws(RedisError) {
        let (place, query) = Self.split(rest, at: "?")
        let (credentials, path) = Self.splitCredentials(place)
        guard path.hasPrefix("/") else {
            throw RedisError(.configuration, "the Redis URL's socket path is not absolute; give unix:///path")
        }
        self.init(address: .unix(path: try Self.decoded(path, "socket path")))
        try self.read(credentials)
        guard let query else { return }
        guard query.hasPrefix("db=") else {
            throw RedisError(.configuration, "the Redis URL has an unknown parameter; only db is known")
        }
        self.database = try Self.number(query.dropFirst(3))
    }

    private static func split(_ text: Substring, at separator: Character) -> (Substring, Substring?) {
        guard let index = text.firstIndex(of: separator) else { return (text, nil) }
        return (text[..<index], text[text.index(after: index)...])
    }

    private static func splitCredentials(_ text: Substring) -> (Substring?, Substring) {
        guard let index = text.lastIndex(of: "@") else { return (nil, text) }
        return (text[..<index], text[text.index(after: index)...])
    }

    private static func address(_ place: Substring) throws(RedisError) -> Address {
        let host: Substring
        let port: Substring?
        if place.hasPrefix("["), let end = place.firstIndex(of: "]") {
            host = place[place.index(after: place.startIndex)..<end]
            let behind = place[place.index(after: end)...]
            guard behind.isEmpty || behind.hasPrefix(":") else {
                throw RedisError(.configuration, "the Redis URL has something between its address and its port")
            }
            port = behind.isEmpty ? nil : behind.dropFirst()
        } else {
            (host, port) = Self.split(place, at: ":")
        }
        guard !host.isEmpty else { throw RedisError(.configuration, "the Redis URL names no host") }
        guard let port else { return .tcp(host: String(host), port: Self.defaultPort) }
        guard let number = Int(port), (1...65_535).contains(number) else {
            throw RedisError(.configuration, "the Redis URL's port is not valid; give a number from 1 to 65535")
        }
        return .tcp(host: String(host), port: number)
    }

    private mutating func read(_ credentials: Substring?) throws(RedisError) {
        guard let credentials else { return }
        let (user, password) = Self.split(credentials, at: ":")
        guard let password else {
            throw RedisError(.configuration, "the Redis URL has a user without a password; give user:password@")
        }
        self.user = user.isEmpty ? nil : try Self.decoded(user, "user")
        self.password = try Self.decoded(password, "password")
    }

    private static func number(_ text: Substring) throws(RedisError) -> Int {
        guard let number = Int(text), number >= 0 else {
            throw RedisError(.configuration, "the Redis URL's database is not valid; give a number from 0 on")
        }
        return number
    }

    private static func decoded(_ text: Substring, _ part: String) throws(RedisError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let digits = String(validating: rest.prefix(2), as: UTF8.self), digits.count == 2,
                digits.allSatisfy(\.isHexDigit), let value = UInt8(digits, radix: 16)
            else { throw RedisError(.configuration, "the Redis URL's \(part) has a % without two hexadecimal digits") }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw RedisError(.configuration, "the Redis URL's \(part) is not UTF-8")
        }
        return decoded
    }
}
