internal import ArgumentParser
internal import RPC

/// `host:port`, as commands take it.
struct ServerAddress: ExpressibleByArgument, Hashable {
    let host: String
    let port: Int

    /// Reads `host:port` or `[IPv6 address]:port`.
    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"), let port = Int(argument[argument.index(after: colon)...]),
            (1...65_535).contains(port)
        else { return nil }
        var host = argument[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self.host = String(host)
        self.port = port
    }
}

/// How a command reaches its server.
struct ConnectionOptions: ParsableArguments {
    /// Where the credential is looked for when no file is named.
    static let credentialVariable = "DRIVELINE_CREDENTIAL"

    @Argument(help: "The server, as host:port.")
    var address: ServerAddress

    @Option(help: "The file of the credential; without one, DRIVELINE_CREDENTIAL is used.")
    var keyFile: String?

    @Option(help: "The file of the certificates to trust; TLS is spoken with it, plain text without.")
    var tlsCa: String?

    @Option(help: "How long the call may take, in seconds.")
    var timeout = 5.0

    func validate() throws {
        guard self.timeout > 0, self.timeout <= 86_400 else {
            throw ValidationError("--timeout must be more than 0 and at most 86400 seconds")
        }
    }

    /// The options of the command's calls.
    var callOptions: CallOptions { CallOptions(timeout: .seconds(self.timeout)) }

    /// Makes a client for the length of `body`.
    func withClient(_ body: (RPCClient) async throws -> Void) async throws {
        try await self.connection.withClient(body)
    }

    private var connection: ServerConnection {
        get throws {
            ServerConnection(address: self.address, credential: try self.credential(), authorityFile: self.tlsCa)
        }
    }

    /// The credential without the line break behind it.
    func credential() throws -> String {
        guard let keyFile else { return Terminal.current.environment(Self.credentialVariable) ?? "" }
        return try ServerConnection.secret(inFile: keyFile)
    }
}
