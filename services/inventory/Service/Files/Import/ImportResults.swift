internal import FileFormats
internal import InventoryMessages
internal import Jobs
internal import Postgres
internal import ServedJobs

/// What an import leaves: two files in one row of chunks, told apart by each chunk's first byte.
enum ImportResultFile: UInt8, CaseIterable, Sendable {
    /// One row for each row that was refused.
    case failedRows = 1
    /// One row for each number that a dry run would change.
    case differences = 2

    /// The file that a request names; nil: none that is known.
    init?(_ result: ImportResult) {
        switch result {
        case .failedRows: self = .failedRows
        case .differences: self = .differences
        default: return nil
        }
    }

    /// The file's first line.
    var header: String {
        switch self {
        case .failedRows: "line,sku,locationId,field,reason,message,expected,text\r\n"
        case .differences: "line,sku,locationId,field,old,new\r\n"
        }
    }

    /// The chunk that keeps some of the file's bytes.
    func chunk(_ bytes: some Sequence<UInt8>) -> [UInt8] { [self.rawValue] + bytes }

    /// The file's bytes in a chunk; nil: it is one of the other file's.
    func bytes(of chunk: [UInt8]) -> [UInt8]? {
        chunk.first == self.rawValue ? Array(chunk.dropFirst()) : nil
    }
}

/// A row that an import has refused, as far as its file of failed rows tells.
struct RefusedRow: Sendable {
    /// What it was about.
    struct Place: Hashable, Sendable {
        let sku: String
        let location: String
    }

    let place: Place
    /// For people.
    let message: String
}

extension StockFiles {
    /// The rows of one part.
    private static let refusedRowsOfPart = 2_000

    /// Reads what an import has kept of its refused rows, part by part.
    func failedRows(
        of id: String, of brand: PostgresUUID, _ body: ([RefusedRow]) async throws -> Void
    ) async throws {
        let job = try await self.jobs.job(id, kind: Self.importKind, of: brand)
        var reader = CSVReader(FileBuffer(offset: 0, line: 1), delimiter: UInt8(ascii: ","))
        var record = CSVRecord()
        var rows: [RefusedRow] = []
        for try await chunk in self.jobs.result(of: job) {
            guard let bytes = ImportResultFile.failedRows.bytes(of: chunk) else { continue }
            reader.buffer.append(bytes)
            while case .record = reader.next(into: &record) {
                // line, sku, locationId, field, reason, message: as the header says.
                guard record.count > 5 else { continue }
                func text(_ field: Int) -> String { String(decoding: record[field], as: UTF8.self) }
                rows.append(RefusedRow(place: .init(sku: text(1), location: text(2)), message: text(5)))
            }
            if rows.count >= Self.refusedRowsOfPart {
                try await body(rows)
                rows.removeAll()
            }
        }
        if !rows.isEmpty { try await body(rows) }
    }
}
