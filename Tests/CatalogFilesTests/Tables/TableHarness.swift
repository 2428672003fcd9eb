import CatalogFiles
import CatalogMessages
import Testing

/// Reads and writes whole files for tests.
enum TableHarness {
    static func json() throws -> CatalogJSON { try CatalogJSON() }

    /// All records of a file that comes in pieces.
    static func read(
        _ reader: some CatalogFileReader, _ pieces: [[UInt8]]
    ) throws(CatalogFileFault) -> [CatalogRecord] {
        var reader = reader
        var records: [CatalogRecord] = []
        for piece in pieces {
            try reader.append(piece)
            while let record = try reader.next() { records.append(record) }
        }
        try reader.complete()
        while let record = try reader.next() { records.append(record) }
        return records
    }

    static func read(
        _ reader: some CatalogFileReader, _ text: String
    ) throws(CatalogFileFault) -> [CatalogRecord] {
        try self.read(reader, [Array(text.utf8)])
    }

    /// The fault of a file.
    static func fault(_ reader: some CatalogFileReader, _ bytes: [UInt8]) -> CatalogFileFault? {
        do throws(CatalogFileFault) {
            _ = try self.read(reader, [bytes])
            return nil
        } catch {
            return error
        }
    }

    /// Cuts bytes anywhere.
    static func cut(_ bytes: [UInt8], using generator: inout some RandomNumberGenerator) -> [[UInt8]] {
        var rest = bytes[...]
        var pieces: [[UInt8]] = []
        let most = [1, 7, 100, 5_000].randomElement(using: &generator) ?? 1
        while !rest.isEmpty {
            pieces.append(Array(rest.prefix(Int.random(in: 0...most, using: &generator))))
            rest = rest.dropFirst(pieces.last?.count ?? 0)
        }
        return pieces
    }
}

extension CatalogRecord {
    /// The product; nil: it is another record.
    var product: Product? { if case .product(let product, _, _) = self.content { product } else { nil } }
    /// The names of what a product says.
    var fields: [String]? { if case .product(_, _, let fields) = self.content { fields } else { nil } }
    var fitment: Fitment? { if case .fitment(let fitment, _) = self.content { fitment } else { nil } }
    var action: FileAction? {
        switch self.content {
        case .product(_, let action, _), .fitment(_, let action): action
        default: nil
        }
    }
    var refusal: FailedRecord? { if case .refused(let refusal) = self.content { refusal } else { nil } }
}
