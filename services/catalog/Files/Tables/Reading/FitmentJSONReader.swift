internal import CatalogMessages

/// Reads fitments from JSON, as ``ProductJSONReader`` reads products.
public struct FitmentJSONReader: CatalogFileReader, Sendable {
    private let json: CatalogJSON
    private var documents = DocumentReader(.invalidFitment)

    /// A reader of a file.
    public init(_ json: CatalogJSON) { self.json = json }

    /// Nothing: JSON says nothing of itself.
    public var header: CatalogFileHeader? { CatalogFileHeader() }

    /// Nil: the format does not say it.
    public var declaredCount: Int64? { nil }

    /// Takes the next bytes.
    public mutating func append(_ bytes: [UInt8]) throws(CatalogFileFault) { try self.documents.append(bytes) }

    /// Says that there are no more bytes.
    public mutating func complete() throws(CatalogFileFault) { try self.documents.complete() }

    /// The next record; nil: more bytes are needed, or all is read.
    public mutating func next() throws(CatalogFileFault) -> CatalogRecord? {
        let form = self.json.fitment
        return try self.documents.next { text throws(RecordFault) in
            .fitment(try RecordChecks.named(try form.record(text)), .add)
        }
    }
}
