internal import ArgumentParser
internal import Logging
internal import NIOSSL
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
        let address = RPCTarget.Address(host: self.address.host, port: self.address.port)
        var configuration = RPCClientConfiguration(target: .list([address]), credential: try self.credential())
        configuration.agent = "driveline-command"
        configuration.tls = try self.tls()
        // What went wrong is said once, by the command.
        let client = try RPCClient(configuration, logger: Logger(label: "driveline") { _ in SwiftLogNoOpLogHandler() })
        defer { client.shutDown() }
        try await body(client)
    }

    /// The credential without the line break behind it.
    func credential() throws -> String {
        guard let keyFile else { return Terminal.current.environment(Self.credentialVariable) ?? "" }
        guard let text = String(validating: try Terminal.readFile(keyFile), as: UTF8.self) else {
            throw CommandError("\(keyFile) is not text")
        }
        return String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    private func tls() throws -> TLSConfiguration? {
        guard let tlsCa else { return nil }
        // Read here, as a missing file would otherwise show only as a failed handshake.
        let certificates: [NIOSSLCertificate]
        do {
            certificates = try NIOSSLCertificate.fromPEMBytes(try Terminal.readFile(tlsCa))
        } catch let error as NIOSSLError {
            throw CommandError("\(tlsCa) holds no certificates: \(error)")
        }
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(certificates)
        return tls
    }
}
