public import CatalogMessages

/// Writes products as JSON, one in each line: what ``ProductJSONReader`` reads back equal.
///
/// Fields that say nothing, and those that stand in answers only, are left out.
public struct ProductJSONWriter: CatalogFileWriter, Sendable {
    private let json: CatalogJSON
    private var documents = DocumentWriter()

    /// An empty file.
    public init(_ json: CatalogJSON) { self.json = json }

    /// Adds a product, or says why it is left out.
    public mutating func append(_ product: Product) -> String? {
        self.documents.append(self.json.product.members(product))
    }

    /// Adds a fitment, or says why it is left out.
    public mutating func append(_ fitment: Fitment) -> String? { LeftOut.fitment }

    /// Does nothing: no record is without its end.
    public mutating func complete() {}

    /// Takes out what is written so far.
    public mutating func take() -> [UInt8] { self.documents.take() }
}

/// Writes fitments as JSON, one in each line: what ``FitmentJSONReader`` reads back equal.
///
/// Fields that say nothing, and those that stand in answers only, are left out.
public struct FitmentJSONWriter: CatalogFileWriter, Sendable {
    private let json: CatalogJSON
    private var documents = DocumentWriter()

    /// An empty file.
    public init(_ json: CatalogJSON) { self.json = json }

    /// Adds a product, or says why it is left out.
    public mutating func append(_ product: Product) -> String? { LeftOut.product }

    /// Adds a fitment, or says why it is left out.
    public mutating func append(_ fitment: Fitment) -> String? {
        self.documents.append(self.json.fitment.members(fitment))
    }

    /// Does nothing: no record is without its end.
    public mutating func complete() {}

    /// Takes out what is written so far.
    public mutating func take() -> [UInt8] { self.documents.take() }
}
