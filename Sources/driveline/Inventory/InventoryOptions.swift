internal import ArgumentParser
internal import InventoryAPI
internal import InventoryMessages
internal import RPC

/// How commands about stock reach the inventory service, and as whom.
struct InventoryOptions: ParsableArguments {
    /// Where the service is looked for without `--inventory`.
    static let addressVariable = "DRIVELINE_INVENTORY_ADDRESS"
    /// How long an upload or download may take, in seconds: a day.
    private static let streamSeconds: Double = 86_400

    @Option(help: "The inventory service, as host:port; without it, DRIVELINE_INVENTORY_ADDRESS is used.")
    var inventory: ServerAddress?

    @Option(help: "The file of the brand's API key; without one, DRIVELINE_CREDENTIAL is used.")
    var keyFile: String?

    @Option(help: "The file of the certificates to trust; TLS is spoken with it, plain text without.")
    var tlsCa: String?

    @Option(help: "How long a call may take, in seconds; uploads and downloads may take a day.")
    var timeout = 5.0

    func validate() throws {
        guard self.timeout > 0, self.timeout <= 86_400 else {
            throw ValidationError("--timeout must be more than 0 and at most 86400 seconds")
        }
    }

    /// Makes a client for the length of `body`.
    func withClient<Result>(_ body: (InventoryServiceClient) async throws -> Result) async throws -> Result {
        let connection = ServerConnection(
            address: try self.address(), credential: try self.credential(), authorityFile: self.tlsCa)
        return try await connection.withClient { try await body(InventoryServiceClient($0)) }
    }

    /// The options of a call.
    var callOptions: CallOptions { CallOptions(timeout: .seconds(self.timeout)) }

    /// The options of an upload or download.
    var streamOptions: CallOptions { CallOptions(timeout: .seconds(Self.streamSeconds)) }

    private func address() throws -> ServerAddress {
        if let inventory { return inventory }
        guard let text = Terminal.current.environment(Self.addressVariable) else {
            throw CommandError("it is not known where inventory is; give --inventory or \(Self.addressVariable)")
        }
        guard let address = ServerAddress(argument: text) else {
            throw CommandError("\(Self.addressVariable): \(text) is not host:port")
        }
        return address
    }

    private func credential() throws -> String {
        if let keyFile { return try ServerConnection.secret(inFile: keyFile) }
        guard let key = Terminal.current.environment(ConnectionOptions.credentialVariable), !key.isEmpty else {
            throw CommandError("the API key is missing; give --key-file or \(ConnectionOptions.credentialVariable)")
        }
        return key
    }
}

/// What a file looks like, as commands take it.
struct FileOptions: ParsableArguments {
    @Option(help: "csv or json; without it, the ending of the file's name says it.")
    var format: FormatName?

    @Option(help: "What stands between the fields of CSV: comma, semicolon or tab.")
    var delimiter: DelimiterName?

    enum FormatName: String, ExpressibleByArgument, CaseIterable {
        case csv, json
    }

    enum DelimiterName: String, ExpressibleByArgument, CaseIterable {
        case comma, semicolon, tab
    }

    /// The format, from the option or the name of a file.
    func format(of path: String) throws -> FileFormat {
        let name = path.lowercased()
        let isJSON = [".json", ".jsonl", ".ndjson"].contains { name.hasSuffix($0) }
        guard let format = self.format ?? (isJSON ? .json : name.hasSuffix(".csv") ? .csv : nil) else {
            throw CommandError("it is not known what \(path) is; give --format csv or --format json")
        }
        return format == .json ? .json : .csv
    }

    var delimiterOption: Delimiter {
        switch self.delimiter {
        case .comma: .comma
        case .semicolon: .semicolon
        case .tab: .tab
        case nil: .unspecified
        }
    }
}
