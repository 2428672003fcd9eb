internal import ArgumentParser
internal import Foundation
internal import IdentityAPI
internal import IdentityMessages
internal import LocalSystem
internal import RPC

/// Which inventory service is put under load, and as whom: one that is named, or that of a system of `driveline up`.
struct LoadTarget: ParsableArguments {
    /// Where the service is looked for without `--inventory`.
    static let addressVariable = "DRIVELINE_INVENTORY_ADDRESS"
    /// The brand of tests that make their own key.
    static let brand = "load-test"
    /// What a key for the test must be allowed to do.
    static let scopes = ["inventory:admin", "inventory:read", "inventory:reserve", "inventory:write"]
    /// How long a key that the test has made is valid if it cannot be revoked, in seconds.
    private static let keySeconds: Int64 = 172_800

    @Flag(help: "Makes a brand and a key for the test, with the service token.")
    var prepare = false

    @Option(
        help: "The inventory service, as host:port; without it, DRIVELINE_INVENTORY_ADDRESS or the running system's.")
    var inventory: ServerAddress?

    @Option(
        help: ArgumentHelp(
            "The file of the key, with the scopes \(scopes.joined(separator: ", ")); without one, DRIVELINE_CREDENTIAL is used.",
            valueName: "file"))
    var keyFile: String?

    @Option(
        help: "The identity service, for --prepare; without it, DRIVELINE_IDENTITY_ADDRESS or the running system's.")
    var identity: ServerAddress?

    @Option(
        help: ArgumentHelp(
            "The file of the service token, for --prepare; without one, DRIVELINE_SERVICE_TOKEN_FILE, "
                + "DRIVELINE_SERVICE_TOKEN or the running system's.", valueName: "file"))
    var tokenFile: String?

    @Option(help: "The file of the certificates to trust; TLS is spoken with it, plain text without.")
    var tlsCa: String?

    @OptionGroup var data: FolderOptions

    func validate() throws {
        if self.prepare, self.keyFile != nil {
            throw ValidationError("--prepare makes a key, and --key-file names one; give one of them")
        }
    }

    /// Runs `body` with a connection to the service; a key that was made for it ends with it.
    func withConnection<Result>(_ body: (ServerConnection) async throws -> Result) async throws -> Result {
        let address = try self.address(self.inventory, Self.addressVariable, of: "inventory", option: "--inventory")
        guard self.prepare else {
            let key = try self.key()
            return try await body(ServerConnection(address: address, credential: key, authorityFile: self.tlsCa))
        }
        let identity = try self.address(
            self.identity, IdentityConnection.addressVariable, of: "identity", option: "--identity")
        let operatorConnection = ServerConnection(
            address: identity, credential: try self.token(), authorityFile: self.tlsCa)
        return try await operatorConnection.withClient { client in
            let identity = IdentityServiceClient(client)
            let (key, caller) = try await self.makeKey(identity)
            let connection = ServerConnection(address: address, credential: key.secret, authorityFile: self.tlsCa)
            let outcome: Swift.Result<Result, any Error>
            do { outcome = .success(try await body(connection)) } catch { outcome = .failure(error) }
            await self.revoke(key, identity, caller)
            return try outcome.get()
        }
    }

    /// Makes the test's brand, unless it is there, and a key of it.
    private func makeKey(
        _ identity: IdentityServiceClient
    ) async throws -> (key: CreateKeyResponse, caller: CallerIdentity) {
        let brand = try await identity.createBrand(CreateBrandRequest(slug: Self.brand, name: "Load tests"))
        // Whoever hands out scopes must hold them.
        let caller = CallerIdentity(
            brand: brand.id, principal: "operator", scopes: Set(Self.scopes).union(["identity:write"]))
        var options = CallOptions(caller: caller)
        try options.metadata.append(Metadata.idempotencyKey, UUID().uuidString)
        let request = CreateKeyRequest(
            scopes: Self.scopes, note: "driveline load-test",
            expiresAt: Lifetime(seconds: Self.keySeconds).end(from: Date()))
        let key = try await identity.createKey(request, options: options)
        guard !key.secret.isEmpty else { throw CommandError("a key was made, and its secret was lost; try again") }
        return (key: key, caller: caller)
    }

    private func revoke(_ key: CreateKeyResponse, _ identity: IdentityServiceClient, _ caller: CallerIdentity) async {
        let id = key.key?.id ?? ""
        do {
            _ = try await identity.revokeKey(RevokeKeyRequest(keyID: id), options: CallOptions(caller: caller))
        } catch {
            Terminal.current.complain("the test's key \(id) could not be revoked (\(error)); it expires by itself")
        }
    }

    private func address(
        _ option: ServerAddress?, _ variable: String, of service: String, option name: String
    ) throws -> ServerAddress {
        if let option { return option }
        if let text = Terminal.current.environment(variable) {
            guard let address = ServerAddress(argument: text) else {
                throw CommandError("\(variable): \(text) is not host:port")
            }
            return address
        }
        let part = try SystemRecord.read(self.data.folder)?.parts.first { $0.name == service }
        guard let address = part.flatMap({ ServerAddress(argument: $0.address) }) else {
            throw CommandError(
                "it is not known where \(service) is; give \(name) or \(variable), or start a system with `driveline up`"
            )
        }
        return address
    }

    private func key() throws -> String {
        if let keyFile { return try ServerConnection.secret(inFile: keyFile) }
        guard let key = Terminal.current.environment(ConnectionOptions.credentialVariable), !key.isEmpty else {
            throw CommandError(
                "the key is missing; give --key-file or \(ConnectionOptions.credentialVariable), or let --prepare make one"
            )
        }
        return key
    }

    private func token() throws -> String {
        let environment = Terminal.current.environment
        if let file = self.tokenFile ?? environment(IdentityConnection.tokenFileVariable) {
            return try ServerConnection.secret(inFile: file)
        }
        if let token = environment(IdentityConnection.tokenVariable), !token.isEmpty { return token }
        return try ServerConnection.secret(inFile: self.data.folder.serviceToken.path(percentEncoded: false))
    }
}
