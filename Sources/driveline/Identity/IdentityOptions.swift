internal import ArgumentParser
internal import IdentityAPI
internal import IdentityMessages
internal import RPC

/// How the commands about brands and keys reach the identity service, and what they write.
struct IdentityOptions: ParsableArguments {
    /// The entries that are asked for at once.
    static let pageSize: UInt32 = 500

    @OptionGroup var connection: IdentityConnection

    @Flag(help: "Writes JSON instead of a table.")
    var json = false

    /// Makes a client for the length of `body`; a failure becomes one line.
    func withClient(_ body: (IdentityServiceClient) async throws -> Void) async throws {
        try await reportingFailure { try await self.connection.withClient(body) }
    }

    /// The options of a call, made for a brand's caller if one is named.
    func callOptions(for caller: CallerIdentity? = nil) -> CallOptions { self.connection.callOptions(for: caller) }
}

/// How commands reach the identity service, and as whom.
///
/// The service token is taken from a file or the environment only: arguments can be seen by everybody on the host.
struct IdentityConnection: ParsableArguments {
    /// Where the service is looked for without `--identity`.
    static let addressVariable = "DRIVELINE_IDENTITY_ADDRESS"
    /// The service token, and the file that holds it, without `--token-file`.
    static let tokenVariable = "DRIVELINE_SERVICE_TOKEN"
    static let tokenFileVariable = "DRIVELINE_SERVICE_TOKEN_FILE"

    @Option(help: "The identity service, as host:port; without it, DRIVELINE_IDENTITY_ADDRESS is used.")
    var identity: ServerAddress?

    @Option(
        help:
            "The file of the service token; without one, DRIVELINE_SERVICE_TOKEN_FILE or DRIVELINE_SERVICE_TOKEN is used."
    )
    var tokenFile: String?

    @Option(help: "The file of the certificates to trust; TLS is spoken with it, plain text without.")
    var tlsCa: String?

    @Option(help: "How long a call may take, in seconds.")
    var timeout = 5.0

    func validate() throws {
        guard self.timeout > 0, self.timeout <= 86_400 else {
            throw ValidationError("--timeout must be more than 0 and at most 86400 seconds")
        }
    }

    /// Makes a client for the length of `body`.
    func withClient(_ body: (IdentityServiceClient) async throws -> Void) async throws {
        let connection = ServerConnection(
            address: try self.address(), credential: try self.token(), authorityFile: self.tlsCa)
        try await connection.withClient { try await body(IdentityServiceClient($0)) }
    }

    /// The options of a call, made for a brand's caller if one is named.
    func callOptions(for caller: CallerIdentity? = nil) -> CallOptions {
        CallOptions(timeout: .seconds(self.timeout), caller: caller)
    }

    /// The id of a brand by its short name or id, as identity knows it.
    func brandID(of brand: String) async throws -> String {
        var id = ""
        try await self.withClient { client in
            id = try await client.getBrand(GetBrandRequest(brand: brand), options: self.callOptions()).id
        }
        return id
    }

    private func address() throws -> ServerAddress {
        if let identity { return identity }
        guard let text = Terminal.current.environment(Self.addressVariable) else {
            throw CommandError("it is not known where identity is; give --identity or \(Self.addressVariable)")
        }
        guard let address = ServerAddress(argument: text) else {
            throw CommandError("\(Self.addressVariable): \(text) is not host:port")
        }
        return address
    }

    private func token() throws -> String {
        let environment = Terminal.current.environment
        if let file = self.tokenFile ?? environment(Self.tokenFileVariable) {
            return try ServerConnection.secret(inFile: file)
        }
        guard let token = environment(Self.tokenVariable), !token.isEmpty else {
            throw CommandError(
                "the service token is missing; give --token-file, \(Self.tokenFileVariable) or \(Self.tokenVariable)")
        }
        return token
    }
}

/// A brand's keys, as the commands about keys ask for them.
struct BrandOptions: ParsableArguments {
    @Option(help: "The brand, by its short name or id.")
    var brand: String

    /// The brand's caller that the command acts as.
    ///
    /// - Parameter scopes: What the caller holds: no more than the command needs.
    func caller(
        _ scopes: Set<String>, _ client: IdentityServiceClient, _ options: IdentityOptions
    ) async throws -> CallerIdentity {
        let found = try await client.getBrand(GetBrandRequest(brand: self.brand), options: options.callOptions())
        return CallerIdentity(brand: found.id, principal: "operator", scopes: scopes)
    }
}
