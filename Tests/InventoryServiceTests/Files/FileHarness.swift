import DrivelineTesting
import InventoryAPI
import InventoryMessages
import Jobs
import Logging
import Postgres
import RPC

@testable import InventoryService

extension InventoryHarness {
    /// A runner that looks often and gives up soon.
    static var fileRunner: JobRunner.Configuration {
        var configuration = JobRunner.Configuration()
        configuration.slots = 1
        configuration.pollMilliseconds = 20
        configuration.firstWaitMilliseconds = 1
        configuration.leaseMilliseconds = 1_500
        configuration.maximumAttempts = 20
        return configuration
    }

    /// Runs imports and exports while a body does its work.
    func workingOnFiles<Result>(_ body: () async throws -> Result) async throws -> Result {
        let files = self.copies[0].files
        let runner = PostgresUUID(high: 0, low: .random(in: 1 ... .max))
        return try await Self.running(
            Task { await files.run(as: runner, configuration: Self.fileRunner) }, while: body)
    }

    /// Has imports done by a handler of the test's own while a body does its work.
    func workingOnImports<Result>(
        by handler: @escaping JobRunner.Handler, _ body: () async throws -> Result
    ) async throws -> Result {
        let runner = JobRunner(
            self.copies[0].files.jobs, runner: PostgresUUID(high: 0, low: .random(in: 1 ... .max)),
            handlers: [StockFiles.importKind: handler], configuration: Self.fileRunner,
            logger: self.copies[0].inventory.logger)
        return try await Self.running(Task { await runner.run() }, while: body)
    }

    private static func running<Result>(
        _ work: Task<Void, Never>, while body: () async throws -> Result
    ) async throws -> Result {
        do {
            let result = try await body()
            work.cancel()
            await work.value
            return result
        } catch {
            work.cancel()
            throw error
        }
    }

    /// Sends a file by a call of many messages.
    func upload(
        _ bytes: [UInt8], _ options: ImportOptions, id: String = InventoryHarness.newID(), piece: Int = 100_000
    ) async throws -> StockImport {
        try await self.client.createImport(options: CallOptions(timeout: .seconds(60))) { writer in
            try await writer.write(CreateImportRequest(commandID: id, options: options))
            for start in stride(from: 0, to: bytes.count, by: piece) {
                let data = Array(bytes[start..<min(start + piece, bytes.count)])
                try await writer.write(CreateImportRequest(data: data))
            }
        }
    }

    /// The import once it has ended.
    func ended(_ id: String) async throws -> StockImport {
        var found = StockImport()
        try await until {
            found = try await self.client.getImport(GetImportRequest(importID: id))
            return [.succeeded, .failed, .cancelled].contains(found.state)
        }
        return found
    }

    /// Imports a text to its end.
    func importing(_ text: String, _ options: ImportOptions = ImportOptions(format: .csv)) async throws -> StockImport {
        try await self.workingOnFiles {
            try await self.ended(try await self.upload(Array(text.utf8), options).importID)
        }
    }

    /// Imports a text to its end, in steps of so many SKUs at most.
    func importing(_ text: String, _ options: ImportOptions, stepsOf skus: Int) async throws -> StockImport {
        let files = self.copies[0].files
        let handler: JobRunner.Handler = { try await files.runImport($0, size: ImportStepSize(maximum: skus)) }
        return try await self.workingOnImports(by: handler) {
            try await self.ended(try await self.upload(Array(text.utf8), options).importID)
        }
    }

    /// The lines of one of an import's results.
    func lines(_ result: ImportResult, of found: StockImport) async throws -> [String] {
        let parts = try await self.client.readImportResult(
            ReadImportResultRequest(importID: found.importID, result: result))
        return try await Self.text(parts).split(separator: "\r\n").map(String.init)
    }

    /// The text of an export, made to its end.
    func exporting(_ options: ExportOptions) async throws -> String {
        try await self.workingOnFiles {
            let begun = try await self.client.createExport(
                CreateExportRequest(commandID: Self.newID(), options: options))
            var found = begun
            try await until {
                found = try await self.client.getExport(GetExportRequest(exportID: begun.exportID))
                return [.succeeded, .failed, .cancelled].contains(found.state)
            }
            guard found.state == .succeeded else { return "\(found)" }
            return try await Self.text(
                try await self.client.readExport(ReadExportRequest(exportID: begun.exportID)))
        }
    }

    private static func text(_ parts: ResponseStream<FilePart>) async throws -> String {
        var bytes: [UInt8] = []
        for try await part in parts { bytes += part.data }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What stands in a table's rows of a brand, but for times and whatever names a command.
    func rows(_ table: Table, of brand: PostgresUUID) async throws -> [String] {
        let rows = try await self.pool.query(table.statement, brand)
        var texts: [String] = []
        for row in rows { texts.append(try row.decode(String.self)) }
        return texts
    }

    enum Table: CaseIterable {
        case item, level, movement, event

        var statement: PostgresStatement {
            switch self {
            case .item: Self.items
            case .level: Self.levels
            case .movement: Self.movements
            case .event: Self.events
            }
        }

        private static let items = PostgresStatement(
            """
            select row(sku, version, total_available, reorder_threshold, reorder_quantity, safety_buffer, is_drop_ship,
                channels, channel_buffers, reorder_source, buffers_source, drop_ship_source, is_in_stock)::text
            from item where brand_id = $1 order by sku
            """)
        private static let levels = PostgresStatement(
            """
            select row(sku, location_id, available, reserved, quarantined, in_transit, incoming, version,
                written_source)::text
            from level where brand_id = $1 order by sku, location_id
            """)
        private static let movements = PostgresStatement(
            """
            select row(sku, version, part, location_id, from_state, to_state, quantity, reason, available, reserved,
                actor, reference)::text
            from movement where brand_id = $1 order by sku, version, part
            """)
        // Those of kits depend on what else is decided with a command: they have no number without all components.
        private static let events = PostgresStatement(
            """
            select row(subject, type, row_number() over (partition by subject order by sequence))::text
            from event where brand_id = $1 and type <> 'inventory.kit.availability.changed'
            order by subject, sequence
            """)
    }
}
