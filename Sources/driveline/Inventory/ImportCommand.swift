internal import ArgumentParser
internal import Foundation
internal import InventoryAPI
internal import InventoryMessages
internal import RPC

/// `driveline inventory import`: brings stock in from a file.
struct ImportCommand: AsyncParsableCommand {
    /// The exit code where all was done but rows were refused.
    static let rowsFailed: Int32 = 2

    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Sets stock from a file of CSV or JSON, compressed by gzip or not.",
        discussion: """
            The file is sent, and carried out by a job of the service, which goes on if this command is ended. Rows that \
            are refused are written to a file with the reasons, and the exit code is 2; it is 1 where the import as a \
            whole failed. docs/inventory.md says what files look like.
            """)

    @Argument(help: "The file; - is standard input.")
    var file: String

    @OptionGroup var form: FileOptions

    @Option(help: "A column of the file and ours, as NAME=COLUMN; NAME= passes it over. May be repeated.")
    var map: [ColumnPair] = []

    @Flag(help: "Passes over columns that are not known.")
    var ignoreOtherColumns = false

    @Option(help: "The location of all rows, where the file has no column for it.")
    var location = ""

    @Flag(help: "Changes nothing, and writes what would change to a file.")
    var dryRun = false

    @Option(help: "What kind of system the figures come from: warehouse, erp, channel, feed or user.")
    var source: SourceName?

    @Option(help: "Stands in all movements; without it, the file's name does.")
    var reference: String?

    @Option(help: "Names the import, so that the same command can be given again where it broke off.")
    var id: String?

    @Option(help: "Where refused rows are written; without it, beside the file, with .failed.csv behind its name.")
    var failedRows: String?

    @Option(help: "Where a dry run writes differences; without it, beside the file, with .differences.csv.")
    var differences: String?

    @OptionGroup var options: InventoryOptions

    func run() async throws {
        var found = StockImport()
        try await reportingFailure {
            let importOptions = try self.importOptions()
            found = try await self.options.withClient { client in
                let created = try await self.upload(importOptions, client)
                Terminal.current.complain("import \(created.importID)")
                let ended = try await self.watch(created.importID, client)
                try await self.fetchResults(of: ended, client)
                return ended
            }
            try Self.show(found)
        }
        if found.rowsFailed > 0 { throw ExitCode(Self.rowsFailed) }
    }

    private func importOptions() throws -> ImportOptions {
        let name = self.file == "-" ? "" : URL(fileURLWithPath: self.file).lastPathComponent
        // The service decompresses what is gzip.
        let plain = self.file.lowercased().hasSuffix(".gz") ? String(self.file.dropLast(3)) : self.file
        return ImportOptions(
            format: try self.form.format(of: plain), delimiter: self.form.delimiterOption,
            columns: self.map.map { ColumnMapping(fileColumn: $0.fileColumn, column: $0.column) },
            ignoreOtherColumns: self.ignoreOtherColumns, locationID: self.location, dryRun: self.dryRun,
            context: CommandContext(source: self.source?.message ?? .unspecified, reference: self.reference ?? name))
    }

    private func upload(_ importOptions: ImportOptions, _ client: InventoryServiceClient) async throws -> StockImport {
        let path = self.file
        let id = self.id ?? UUID().uuidString
        // Opened before the call, so that a file that is not there is told as such.
        let file = try ByteFile.reading(path)
        return try await client.createImport(options: self.options.streamOptions) { writer in
            try await writer.write(CreateImportRequest(commandID: id, options: importOptions))
            while let piece = try file.read() { try await writer.write(CreateImportRequest(data: piece)) }
        }
    }

    private func watch(_ id: String, _ client: InventoryServiceClient) async throws -> StockImport {
        var progress = FileProgress()
        while true {
            let found = try await client.getImport(GetImportRequest(importID: id), options: self.options.callOptions)
            guard !found.state.hasEnded else { return found }
            let share = found.bytes > 0 ? 100 * found.bytesDone / found.bytes : 0
            progress.show("\(share) %: \(found.rows) rows, \(found.rowsFailed) refused")
            try await Task.sleep(for: .milliseconds(FileProgress.pollMilliseconds))
        }
    }

    private func fetchResults(of found: StockImport, _ client: InventoryServiceClient) async throws {
        if found.rowsFailed > 0 {
            try await self.fetch(.failedRows, of: found, to: self.failedRows ?? self.beside("failed"), client)
        }
        if self.dryRun, found.state == .succeeded {
            try await self.fetch(.differences, of: found, to: self.differences ?? self.beside("differences"), client)
        }
    }

    private func beside(_ what: String) -> String {
        self.file == "-" ? "import.\(what).csv" : "\(self.file).\(what).csv"
    }

    private func fetch(
        _ result: ImportResult, of found: StockImport, to path: String, _ client: InventoryServiceClient
    ) async throws {
        let output = try ByteFile.writing(path)
        let parts = try await client.readImportResult(
            ReadImportResultRequest(importID: found.importID, result: result), options: self.options.streamOptions)
        for try await part in parts { try output.write(part.data) }
        Terminal.current.complain("\(result == .failedRows ? "refused rows" : "differences"): \(path)")
    }

    private static func show(_ found: StockImport) throws {
        let cut = found.resultsCut ? "; not all of them are listed" : ""
        Terminal.current.print(
            """
            \(found.rows) rows: \(found.rowsApplied) applied, \(found.rowsUnchanged) unchanged, \
            \(found.rowsSuperseded) superseded, \(found.rowsFailed) refused\(cut); \
            \(found.levelsChanged) levels \(found.options?.dryRun == true ? "would change" : "changed")
            """)
        if found.state == .cancelled { throw CommandError("the import was cancelled; what it had done stays done") }
        if let problem = found.problem { throw CommandError("the import failed: \(problem.code): \(problem.message)") }
    }
}

/// `NAME=COLUMN`.
struct ColumnPair: ExpressibleByArgument, Hashable {
    let fileColumn: String
    let column: String

    init?(argument: String) {
        // The file's name may hold the sign, ours does not.
        guard let equals = argument.lastIndex(of: "="), equals > argument.startIndex else { return nil }
        self.fileColumn = String(argument[..<equals])
        self.column = String(argument[argument.index(after: equals)...])
    }
}

/// What kind of system figures come from.
enum SourceName: String, ExpressibleByArgument, CaseIterable {
    case warehouse, erp, channel, feed, user

    var message: Source {
        switch self {
        case .warehouse: .warehouse
        case .erp: .erp
        case .channel: .channel
        case .feed: .feed
        case .user: .user
        }
    }
}

extension FileJobState {
    /// Whether nothing changes it any more.
    var hasEnded: Bool { self == .succeeded || self == .failed || self == .cancelled }
}

/// Says now and then how far a job has come.
struct FileProgress {
    /// How often it is asked, in milliseconds.
    static let pollMilliseconds = 200
    private static let interval: Duration = .seconds(2)

    private var last = ContinuousClock.now

    mutating func show(_ line: String) {
        guard self.last.duration(to: .now) >= Self.interval else { return }
        self.last = .now
        Terminal.current.complain(line)
    }
}
