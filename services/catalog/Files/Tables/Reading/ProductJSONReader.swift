internal import CatalogMessages
internal import FileFormats

/// Reads products from JSON, as docs/api.md has it: one, an array of them, or one behind the other, as in lines.
///
/// Each is at most ``CatalogJSON/maximumRecordBytes`` long; the file may be of any size. A product that is no JSON, or not
/// as the API takes it, is refused with its line and harms no other. Fields that stand in answers only are passed over.
public struct ProductJSONReader: CatalogFileReader, Sendable {
    private let json: CatalogJSON
    private let isPartial: Bool
    private var documents = DocumentReader(.invalidProduct)

    /// A reader of a file.
    ///
    /// - Parameter isPartial: Whether a product says only the fields that it names, and clears those that are null; else
    ///   it is said whole.
    public init(_ json: CatalogJSON, isPartial: Bool = false) {
        self.json = json
        self.isPartial = isPartial
    }

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
        let (form, isPartial) = (self.json.product, self.isPartial)
        return try self.documents.next { text throws(RecordFault) in
            let product = try RecordChecks.named(try form.record(text))
            let names = isPartial ? JSONMembers(text[...])?.all.map(\.name) : nil
            return .product(
                product, .add, fields: names?.filter { $0 != "sku" && !form.onlyInAnswers.contains($0) })
        }
    }
}
