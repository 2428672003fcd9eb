internal import ArgumentParser
internal import Foundation
internal import IdentityAPI
internal import IdentityMessages
internal import RPC
internal import WellKnownMessages

/// `driveline keys`: the API keys of a brand.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Creates, lists and revokes API keys of a brand.",
        subcommands: [Create.self, List.self, Revoke.self]
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Creates a key, and writes its secret to standard output, this once.",
            discussion: """
                The secret stands there alone, so that it can be piped to where it is needed; nobody can show it again. \
                With --json, the key and its secret are written as one object.
                """)

        @OptionGroup var brand: BrandOptions

        @Option(help: "The scopes of the key, separated by commas, such as inventory:read,inventory:write.")
        var scopes: ScopeList

        @Option(help: "What the key is for.")
        var note = ""

        @Option(help: "How long the key is valid, such as 90d, 12h or 30m; without it, it does not expire.")
        var expiresIn: Lifetime?

        @OptionGroup var options: IdentityOptions

        func run() async throws {
            try await self.options.withClient { client in
                // Whoever hands out scopes must hold them; an operator may hand out any.
                let scopes = Set(self.scopes.scopes).union(["identity:write"])
                let caller = try await self.brand.caller(scopes, client, self.options)
                var options = self.options.callOptions(for: caller)
                try options.metadata.append(Metadata.idempotencyKey, UUID().uuidString)
                let request = CreateKeyRequest(
                    scopes: self.scopes.scopes, note: self.note, expiresAt: self.expiresIn?.end(from: Date()))
                try self.show(try await client.createKey(request, options: options))
            }
        }

        private func show(_ created: CreateKeyResponse) throws {
            guard let key = created.key else { throw CommandError("the answer names no key") }
            guard !created.secret.isEmpty else {
                throw CommandError(
                    "the key \(key.id) was created, but its secret was lost on the way; revoke it, and create another")
            }
            guard !self.options.json else {
                return try JSONText.print(CreatedKeyEntry(key: KeyEntry(key), secret: created.secret))
            }
            Terminal.current.complain("The secret of key \(key.id) follows. It cannot be shown again.")
            Terminal.current.print(created.secret)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists a brand's keys, the newest first.")

        @OptionGroup var brand: BrandOptions

        @OptionGroup var options: IdentityOptions

        func run() async throws {
            try await self.options.withClient { client in
                let caller = try await self.brand.caller(["identity:read"], client, self.options)
                var keys: [Key] = []
                var request = ListKeysRequest(pageSize: IdentityOptions.pageSize)
                repeat {
                    let page = try await client.listKeys(request, options: self.options.callOptions(for: caller))
                    keys += page.keys
                    request.pageToken = page.nextPageToken
                } while !request.pageToken.isEmpty
                try Listing(columns: KeyEntry.columns, entries: keys.map(KeyEntry.init))
                    .print(asJSON: self.options.json)
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Ends a key for good.")

        @OptionGroup var brand: BrandOptions

        @Argument(help: "The key's id, as the list shows it.")
        var key: String

        @OptionGroup var options: IdentityOptions

        func run() async throws {
            try await self.options.withClient { client in
                let caller = try await self.brand.caller(["identity:write"], client, self.options)
                let key = try await client.revokeKey(
                    RevokeKeyRequest(keyID: self.key), options: self.options.callOptions(for: caller))
                try Listing(columns: KeyEntry.columns, entries: [KeyEntry(key)]).print(asJSON: self.options.json)
            }
        }
    }
}

/// Scopes separated by commas.
struct ScopeList: ExpressibleByArgument {
    let scopes: [String]

    init?(argument: String) {
        self.scopes = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard !self.scopes.contains("") else { return nil }
    }
}

/// A time such as `90d`, `12h` or `30m`, of at most a hundred years.
struct Lifetime: ExpressibleByArgument, Hashable {
    static let maximumSeconds: Int64 = 3_153_600_000

    let seconds: Int64

    /// A time of so many seconds.
    init(seconds: Int64) { self.seconds = seconds }

    init?(argument: String) {
        let units: [Character: Int64] = ["d": 86_400, "h": 3_600, "m": 60]
        guard let unit = argument.last.flatMap({ units[$0] }), let count = Int64(argument.dropLast()), count > 0,
            count <= Self.maximumSeconds / unit
        else { return nil }
        self.seconds = count * unit
    }

    /// When it is over.
    func end(from start: Date) -> ProtoTimestamp {
        ProtoTimestamp(seconds: Int64(start.timeIntervalSince1970) + self.seconds)
    }
}
