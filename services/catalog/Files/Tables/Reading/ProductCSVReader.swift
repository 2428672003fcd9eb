internal import CatalogMessages
internal import FileFormats

/// Reads products from CSV: a row each, and a first row with names of fields as JSON has them.
///
/// RFC 4180 in UTF-8, with or without its mark. An empty cell says nothing of its field, and `null` clears it. Texts stand
/// as they are; texts of a list have `|` between them or are a JSON list; all other lists and objects are JSON. A column
/// `attributes.NAME` or `variantOptions.NAME` holds one value. A column `action` says what becomes of the product: A or
/// nothing adds it or changes what is said, C changes it, D deletes it. The fields of a record do not name its SKU. Empty
/// rows are passed over, and so are fields that stand in answers only. docs/catalog-files.md has it all.
public struct ProductCSVReader: CatalogFileReader, Sendable {
    private let json: CatalogJSON
    private var table: TableReader

    /// A reader of a file.
    public init(_ json: CatalogJSON, _ options: TableOptions) {
        self.json = json
        self.table = TableReader(.products(json), options)
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
        let form = self.json.product
        return try self.table.next { row throws(RecordFault) in
            let json: [UInt8]
            do throws(RowFault) { json = try row.product() } catch { throw RecordFault(error) }
            let product = try form.record(json)
            return .product(try RecordChecks.named(product), row.action, fields: row.said)
        }
    }
}
