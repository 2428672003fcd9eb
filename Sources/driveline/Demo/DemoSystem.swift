internal import ChannelAPI
internal import ChannelMessages
internal import Demo
internal import Foundation
internal import IdentityAPI
internal import IdentityMessages
internal import LocalSystem
internal import RPC
internal import Wire

/// The demo brand in a system of `driveline up`: its key, and the services that it is kept by.
struct DemoSystem: Sendable {
    /// What the file of the key is called.
    private static let keyName = "demo-key"
    /// How long a first call waits for a service that has just started.
    private static let timeout: Duration = .seconds(30)

    private let folder: DataFolder
    private let record: SystemRecord

    init(_ folder: DataFolder, _ record: SystemRecord) {
        self.folder = folder
        self.record = record
    }

    /// The one that runs in a folder.
    static func running(in folder: DataFolder) throws -> DemoSystem {
        guard let record = try SystemRecord.read(folder), record.isRunning else {
            throw CommandError("no system runs in \(folder.path); start one with `driveline up`")
        }
        return DemoSystem(folder, record)
    }

    /// Sets the brand up, and says how to go on; or why that failed.
    func linesOfSetup() async -> [String] {
        do {
            return try await self.setUp()
        } catch is CancellationError {
            return []
        } catch {
            let text = (error as? RPCError)?.line ?? "\(error)"
            return [
                "", "The demo brand could not be set up: \(text.oneLine)", "Try again with: driveline demo setup", "",
            ]
        }
    }

    /// Sets the brand up, and says how to go on.
    func setUp() async throws -> [String] {
        let key = try await self.key()
        let began = ContinuousClock.now
        try await self.withServices { try await DemoBrand.setUp($0) }
        let shops = try await self.openShops(key)
        let tenths = Int((ContinuousClock.now - began) / .milliseconds(100))
        let base = "http://127.0.0.1:\(self.record.portBase)"
        return DemoCalls(base: base, key: key, shops: shops).lines(after: "\(tenths / 10).\(tenths % 10) s")
    }

    /// Opens the brand's shops on the stand-in marketplaces, if the system runs them, and connects the brand to each.
    ///
    /// - Returns: Where their shelves are seen; nil: there are none.
    private func openShops(_ key: String) async throws -> String? {
        guard let marketplace = DemoMarketplace(self.folder, self.record) else { return nil }
        try await self.connection(to: "channel", credential: key).withClient { client in
            for place in DemoShopPlace.allCases {
                let (token, secret) = try marketplace.secrets(of: place)
                let shop = DemoShop(place, client: client, base: marketplace.base, token: token, secret: secret)
                let account = try await marketplace.open(shop.opening)
                try await marketplace.fill(shop.warehouse, of: shop.opening.name)
                _ = try await shop.connect(account)
            }
        }
        return marketplace.base
    }

    /// Runs `body` with clients that show the brand's key.
    func withServices<Result>(_ body: (DemoServices) async throws -> Result) async throws -> Result {
        let key = try await self.key()
        var clients: [RPCClient] = []
        defer { for client in clients { client.shutDown() } }
        for service in ["catalog", "inventory", "pricing", "order"] {
            clients.append(try self.connection(to: service, credential: key).makeClient())
        }
        return try await body(
            DemoServices(catalog: clients[0], inventory: clients[1], pricing: clients[2], order: clients[3]))
    }

    private func connection(to service: String, credential: String) throws -> ServerConnection {
        let part = self.record.parts.first { $0.name == service }
        guard let address = part.flatMap({ ServerAddress(argument: $0.address) }) else {
            throw CommandError("the system has no service \(service)")
        }
        return ServerConnection(address: address, credential: credential, authorityFile: nil)
    }

    /// The brand's key: the one that is kept in the folder, or a new one where there is none that is taken.
    private func key() async throws -> String {
        let file = self.folder.secret(Self.keyName).path(percentEncoded: false)
        if let key = try? ServerConnection.secret(inFile: file), try await self.isTaken(key) { return key }
        let token = try ServerConnection.secret(inFile: self.folder.serviceToken.path(percentEncoded: false))
        let secret = try await self.connection(to: "identity", credential: token).withClient { client in
            let identity = IdentityServiceClient(client)
            let brand = try await identity.createBrand(
                CreateBrandRequest(slug: DemoBrand.slug, name: DemoBrand.name),
                options: CallOptions(timeout: Self.timeout, waitsForReady: true))
            // Whoever hands out scopes must hold them.
            let caller = CallerIdentity(
                brand: brand.id, principal: "operator", scopes: Set(DemoBrand.scopes).union(["identity:write"]))
            var options = CallOptions(caller: caller)
            try options.metadata.append(Metadata.idempotencyKey, UUID().uuidString)
            let request = CreateKeyRequest(scopes: DemoBrand.scopes, note: "driveline demo")
            return try await identity.createKey(request, options: options).secret
        }
        guard !secret.isEmpty else { throw CommandError("a key was made, and its secret was lost; try again") }
        try self.folder.writeSecret(Self.keyName, secret)
        return secret
    }

    /// Whether a service takes a key: it may have been revoked, be of a database that is no more, or of a time before there
    /// were connections.
    private func isTaken(_ key: String) async throws -> Bool {
        try await self.connection(to: "channel", credential: key).withClient { client in
            do {
                _ = try await ConnectionServiceClient(client).listConnections(
                    ListConnectionsRequest(pageSize: 1),
                    options: CallOptions(timeout: Self.timeout, waitsForReady: true))
                return true
            } catch let error as RPCError where [.unauthenticated, .permissionDenied].contains(error.code) {
                return false
            }
        }
    }
}
