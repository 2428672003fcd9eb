public import NIOSSL

/// Where a client connects to, and its limits.
public struct RedisConfiguration: Sendable, CustomStringConvertible {
    /// A place where a server listens.
    public enum Address: Hashable, Sendable, CustomStringConvertible {
        /// A name or numeric address, and a port.
        case tcp(host: String, port: Int)
        /// The path of a Unix domain socket.
        case unix(path: String)

        /// As in a URL.
        public var description: String {
            switch self {
            case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
            case .unix(let path): path
            }
        }
    }

    /// Where the server listens.
    public var address: Address
    /// Who to be, with ``password``; `nil` is the server's default user.
    public var user: String?
    /// Never printed nor logged.
    public var password: String?
    /// The number of the database.
    public var database = 0
    /// What is spoken below Redis' protocol; `nil` is plain text.
    public var tls: TLSConfiguration?
    /// How long connecting may take, the handshakes of TLS and of Redis included, in milliseconds.
    public var connectMilliseconds = 2_000
    /// How long a command may wait for its answer, in milliseconds, from when it was handed in. Then the connection is
    /// closed, since Redis answers in order and whatever is behind waits too. Commands that block for longer (`BLPOP`, a
    /// long script) must have a client of their own.
    public var commandMilliseconds = 1_000
    /// The commands of one connection that wait for their answer at the most; more are refused at once.
    public var maximumPendingCommands = 16_384
    /// The bytes of the commands of one connection that wait for their answer at the most; more are refused at once.
    public var maximumPendingBytes = 16 * 1_048_576
    /// The bytes of the replies to one batch at the most, at least 1,024 and below 2 GiB. A server that sends more is cut
    /// off.
    public var maximumReplyBytes = 64 * 1_048_576
    /// The least and the highest ceiling of the random wait before connecting anew, in milliseconds.
    public var reconnectMilliseconds = 50...5_000
    /// How often the server of a subscription is asked for a sign of life, in milliseconds.
    public var keepaliveMilliseconds = 10_000
    /// Told when a connection finds the server to be another process than before, so that what it holds may be lost: once
    /// for each change, on an event loop. Given are the old and the new run id.
    public var onServerChange: (@Sendable (_ old: String, _ new: String) -> Void)?

    /// A server without authentication and encryption.
    public init(address: Address) { self.address = address }

    /// Where the server is, for people; without user and password.
    public var description: String {
        switch self.address {
        case .tcp: "\(self.tls == nil ? "redis" : "rediss")://\(self.address)/\(self.database)"
        case .unix: "unix://\(self.address)?db=\(self.database)"
        }
    }

    /// The name for TLS's server name indication and for the check of the certificate; numeric addresses have none.
    var serverName: String? {
        guard case .tcp(let host, _) = self.address else { return nil }
        let isNumeric = host.contains(":") || host.allSatisfy { $0.isNumber || $0 == "." }
        return isNumeric ? nil : host
    }

    /// The limit of replies, kept where the lists' 32-bit positions reach.
    var replyLimit: Int { min(max(self.maximumReplyBytes, 1_024), Int(Int32.max)) }

    /// What cannot work.
    ///
    /// - Throws: ``RedisError`` with code `configuration` that names the setting and what is valid.
    func check() throws(RedisError) {
        let limits = [
            ("connectMilliseconds", self.connectMilliseconds), ("commandMilliseconds", self.commandMilliseconds),
            ("maximumPendingCommands", self.maximumPendingCommands),
            ("maximumPendingBytes", self.maximumPendingBytes), ("keepaliveMilliseconds", self.keepaliveMilliseconds),
            ("reconnectMilliseconds", self.reconnectMilliseconds.lowerBound),
        ]
        for (name, value) in limits where value < 1 {
            throw RedisError(.configuration, "\(name) is \(value); it must be at least 1")
        }
        guard self.password != nil || self.user == nil else {
            throw RedisError(.configuration, "a user without a password cannot be authenticated")
        }
    }
}
