internal import CatalogMessages
internal import FileFormats

/// Reads fitments from CSV: a row each, and a first row with names of fields as JSON has them.
///
/// The fields of the vehicle stand beside those of the fitment: `yearFrom`, `make`, `baseVehicleId`. `engine`, `drive` and
/// `body` are attributes by name, which stand behind those of the column `attributes`. `notes` are texts with `|` between
/// them, or a JSON list of objects. A column `action` says what becomes of the fitment: A or nothing adds it, D removes it.
/// All else is as in ``ProductCSVReader``, but that a fitment is always said whole: an empty cell and `null` are the same.
public struct FitmentCSVReader: CatalogFileReader, Sendable {
    private let json: CatalogJSON
    private var table: TableReader

    /// A reader of a file.
    public init(_ json: CatalogJSON, _ options: TableOptions) {
        self.json = json
        self.table = TableReader(.fitments(json), options)
    }

    /// Nothing; nil until the row of names was read.
    public var header: CatalogFileHeader? { self.table.hasColumns ? CatalogFileHeader() : nil }

    /// Nil: the format does not say it.
    public var declaredCount: Int64? { nil }

    /// Takes the next bytes.
    public mutating func append(_ bytes: [UInt8]) throws(CatalogFileFault) { try self.table.append(bytes) }

    /// Says that there are no more bytes.
    public mutating func complete() throws(CatalogFileFault) { try self.table.complete() }

    /// The next record; nil: more bytes are needed, or all is read.
    public mutating func next() throws(CatalogFileFault) -> CatalogRecord? {
        let form = self.json.fitment
        return try self.table.next { row throws(RecordFault) in
            let json: [UInt8]
            do throws(RowFault) { json = try row.fitment() } catch { throw RecordFault(error) }
            let fitment = try form.record(json) { [row] field in row.column(field) }
            return .fitment(try RecordChecks.named(fitment), row.action)
        }
    }
}
