public import CatalogMessages
internal import FileFormats

/// Writes products as CSV, a row each: what ``ProductCSVReader`` reads back equal.
///
/// The first row names all fields but those that stand in answers only. Attributes are one cell of JSON: their names are
/// not known before the last product is.
public struct ProductCSVWriter: CatalogFileWriter, Sendable {
    private let json: CatalogJSON
    private var table: TableWriter

    /// A file with its row of names.
    ///
    /// - Parameter options: Of these the delimiter.
    public init(_ json: CatalogJSON, _ options: TableOptions, isResumed: Bool = false) {
        self.json = json
        self.table = TableWriter(.products(json), options, isResumed: isResumed)
    }

    /// Adds a product, or says why it is left out.
    public mutating func append(_ product: Product) -> String? {
        let members = self.json.product.members(product)
        return self.table.append(members.map { Dictionary($0.map { ($0.name, $0.value) }) { first, _ in first } })
    }

    /// Adds a fitment, or says why it is left out.
    public mutating func append(_ fitment: Fitment) -> String? { LeftOut.fitment }

    /// Does nothing: no record is without its end.
    public mutating func complete() {}

    /// Takes out what is written so far.
    public mutating func take() -> [UInt8] { self.table.take() }
}
