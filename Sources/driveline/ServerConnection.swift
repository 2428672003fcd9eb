internal import Logging
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import RPC

/// How to reach a server, once all options are known.
struct ServerConnection {
    let address: ServerAddress
    let credential: String
    /// The file of the certificates to trust; plain text is spoken without one.
    let authorityFile: String?

    /// Makes a client for the length of `body`.
    func withClient<Result>(_ body: (RPCClient) async throws -> Result) async throws -> Result {
        let client = try self.makeClient()
        defer { client.shutDown() }
        return try await body(client)
    }

    /// Makes a client, which the caller shuts down.
    ///
    /// - Parameters:
    ///   - group: Its event loops.
    ///   - configure: Changes its configuration.
    func makeClient(
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        _ configure: (inout RPCClientConfiguration) -> Void = { _ in }
    ) throws -> RPCClient {
        let address = RPCTarget.Address(host: self.address.host, port: self.address.port)
        var configuration = RPCClientConfiguration(target: .list([address]), credential: self.credential)
        configuration.agent = "driveline-command"
        configuration.tls = try self.tls()
        configure(&configuration)
        // What went wrong is said once, by the command.
        let logger = Logger(label: "driveline") { _ in SwiftLogNoOpLogHandler() }
        return try RPCClient(configuration, logger: logger, group: group)
    }

    /// The text of a file without the white space around it.
    static func secret(inFile path: String) throws -> String {
        guard let text = String(validating: try Terminal.readFile(path), as: UTF8.self) else {
            throw CommandError("\(path) is not text")
        }
        return String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    private func tls() throws -> TLSConfiguration? {
        guard let authorityFile else { return nil }
        // Read here, as a missing file would otherwise show only as a failed handshake.
        let certificates: [NIOSSLCertificate]
        do {
            certificates = try NIOSSLCertificate.fromPEMBytes(try Terminal.readFile(authorityFile))
        } catch let error as NIOSSLError {
            throw CommandError("\(authorityFile) holds no certificates: \(error)")
        }
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(certificates)
        return tls
    }
}
