internal import ArgumentParser
internal import Foundation
internal import InventoryAPI
internal import InventoryMessages
internal import RPC
internal import WellKnownMessages

/// `driveline inventory export`: writes stock to a file.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes stock to a file of CSV or JSON lines, which an import takes back.",
        discussion: "All of it is as of one moment. A location or region selects SKUs, and only their stock there.")

    @Argument(help: "The file; - is standard output.")
    var file: String

    @OptionGroup var form: FileOptions

    @Flag(help: "Writes what is for reading only, too: reserved, incoming, in transit, quarantined, shortage, version.")
    var full = false

    @Option(help: "Only SKUs that begin so.")
    var skuPrefix = ""

    @Option(help: "Only stock at this location.")
    var location = ""

    @Option(help: "Only stock in this region.")
    var region = ""

    @Option(help: "true: only SKUs with free units there; false: only those without.")
    var inStock: Bool?

    @Flag(help: "Only SKUs below their reorder threshold.")
    var belowReorderThreshold = false

    @Option(help: "Only SKUs that changed at this time or later, such as 2026-01-31T12:00:00Z.")
    var changedSince: Moment?

    @OptionGroup var options: InventoryOptions

    func run() async throws {
        try await reportingFailure {
            let request = CreateExportRequest(commandID: UUID().uuidString, options: try self.exportOptions())
            // Made before the export, so that a path that cannot be written is told at once.
            let output = try ByteFile.writing(self.file)
            try await self.options.withClient { client in
                let created = try await client.createExport(request, options: self.options.callOptions)
                let ended = try await self.watch(created.exportID, client)
                try Self.check(ended)
                let parts = try await client.readExport(
                    ReadExportRequest(exportID: ended.exportID), options: self.options.streamOptions)
                for try await part in parts { try output.write(part.data) }
                Terminal.current.complain("\(ended.items) SKUs, \(ended.bytes) bytes")
            }
        }
    }

    private func exportOptions() throws -> ExportOptions {
        ExportOptions(
            format: try self.form.format(of: self.file), delimiter: self.form.delimiterOption,
            detail: self.full ? .full : .document, skuPrefix: self.skuPrefix, locationID: self.location,
            region: self.region, inStock: self.inStock, belowReorderThreshold: self.belowReorderThreshold,
            changedSince: self.changedSince?.time)
    }

    private func watch(_ id: String, _ client: InventoryServiceClient) async throws -> StockExport {
        var progress = FileProgress()
        while true {
            let found = try await client.getExport(GetExportRequest(exportID: id), options: self.options.callOptions)
            guard !found.state.hasEnded else { return found }
            progress.show("\(found.items) of \(found.itemsTotal) SKUs")
            try await Task.sleep(for: .milliseconds(FileProgress.pollMilliseconds))
        }
    }

    private static func check(_ found: StockExport) throws {
        if found.state == .cancelled { throw CommandError("the export was cancelled") }
        if let problem = found.problem { throw CommandError("the export failed: \(problem.code): \(problem.message)") }
        if found.readings > 1 {
            Terminal.current.complain(
                "the service was restarted meanwhile: the export is as of \(found.readings) moments, one behind the other"
            )
        }
    }
}

/// A time as RFC 3339 has it.
struct Moment: ExpressibleByArgument, Hashable {
    let time: ProtoTimestamp

    init?(argument: String) {
        guard let date = try? Date(argument, strategy: .iso8601) else { return nil }
        self.time = ProtoTimestamp(seconds: Int64(date.timeIntervalSince1970.rounded(.down)))
    }
}
