internal import CatalogDomain
internal import CatalogMessages
internal import Postgres
internal import ProtobufC

/// A product as its row has it.
struct StoredProduct: Sendable {
    /// The document, without what only answers have.
    let product: Product
    /// How many bytes the document has.
    let documentBytes: Int
    let version: Int64
    let createdAt: PostgresTimestamp
    let changedAt: PostgresTimestamp

    /// The product as it is answered.
    var answer: Product { self.product.answer(version: self.version, self.createdAt, self.changedAt) }
}

extension Product {
    /// The product as it is answered.
    func answer(version: Int64, _ createdAt: PostgresTimestamp, _ changedAt: PostgresTimestamp) -> Product {
        var product = self
        product.version = UInt64(clamping: version)
        product.createdAt = createdAt.protobuf
        product.changedAt = changedAt.protobuf
        return product
    }
}

/// Reads products.
enum ProductRows {
    /// The command that reads products by their SKUs, in no order; SKUs without a product have no row.
    static func all(_ skus: [String], of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.selection, skus.map { brand.bucket(of: $0) }, skus, brand)
    }

    /// The command that reads products and locks their rows against every change, ascending by bucket and SKU.
    static func locking(_ skus: [SKU], of brand: PostgresUUID) -> PostgresCommand {
        let texts = skus.map(\.description)
        return PostgresCommand(Self.locking, texts.map { brand.bucket(of: $0) }, texts, brand)
    }

    /// The command that finds which products there are, and keeps them from being changed or deleted until the end of
    /// the transaction.
    static func sharing(_ skus: [SKU], of brand: PostgresUUID) -> PostgresCommand {
        let texts = skus.map(\.description)
        return PostgresCommand(Self.sharing, texts.map { brand.bucket(of: $0) }, texts, brand)
    }

    /// The products of the rows of ``all(_:of:)`` or ``locking(_:of:)``.
    static func read(_ rows: PostgresRows) throws(PostgresError) -> [SKU: StoredProduct] {
        var products: [SKU: StoredProduct] = [:]
        products.reserveCapacity(rows.count)
        for product in try Self.readInOrder(rows) { products[try SKU.read(product.product.sku)] = product }
        return products
    }

    /// The products of rows of SKU, version, times and document, in their order.
    static func readInOrder(_ rows: PostgresRows) throws(PostgresError) -> [StoredProduct] {
        let memory = ArenaMemory()
        return try rows.map { (row) throws(PostgresError) in
            let (_, version, createdAt, changedAt, document) = try row.decode(
                String.self, Int64.self, PostgresTimestamp.self, PostgresTimestamp.self, [UInt8].self)
            memory.arena.reset()
            return StoredProduct(
                product: try Self.product(document, in: memory.arena), documentBytes: document.count, version: version,
                createdAt: createdAt, changedAt: changedAt)
        }
    }

    private static func product(_ document: [UInt8], in arena: Arena) throws(PostgresError) -> Product {
        do throws(DecodingError) {
            return try Product(decoding: document.span.bytes, in: arena)
        } catch {
            throw .unexpectedValue(column: "document", reason: "it is no product: \(error)")
        }
    }

    private static let columns: StaticString =
        """
        select p.sku, p.version, p.created_at, p.changed_at, p.document
        from unnest($1::smallint[], $2::text[]) as k (bucket, sku)
        join product p on p.bucket = k.bucket and p.brand_id = $3 and p.sku = k.sku
        """

    private static let selection = PostgresStatement(joining: [Self.columns], readOnly: true)

    private static let locking = PostgresStatement(
        joining: [Self.columns, " order by p.bucket, p.sku for update of p"])

    private static let sharing = PostgresStatement(
        """
        select p.sku
        from unnest($1::smallint[], $2::text[]) as k (bucket, sku)
        join product p on p.bucket = k.bucket and p.brand_id = $3 and p.sku = k.sku
        order by p.bucket, p.sku for share of p
        """)
}
