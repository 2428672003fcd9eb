internal import CatalogDomain
internal import CatalogMessages
internal import Postgres
internal import ProtobufC

/// Reads and writes fitments of products whose rows the transaction has locked.
enum FitmentRows {
    /// The most rows of one statement.
    static let maximumRowsPerStatement = 10_000

    /// A fitment that is there.
    struct Stored: Sendable {
        let id: FitmentID
        let origin: FitmentOrigin
        let importID: PostgresUUID?
        let document: [UInt8]
    }

    /// The commands that add rows, and replace those of the same ids. What belongs to a product's compatibility is
    /// replaced by the same only.
    static func upserting(_ rows: [FitmentRow]) -> [PostgresCommand] {
        stride(from: 0, to: rows.count, by: Self.maximumRowsPerStatement).map { start in
            let rows = rows[start..<min(start + Self.maximumRowsPerStatement, rows.count)]
            return PostgresCommand(
                Self.upsert, rows.map(\.bucket), rows.map(\.brand), rows.map(\.sku), rows.map { PostgresUUID($0.id) },
                rows.map { Int16(clamping: $0.origin.rawValue) }, rows.map(\.importID), rows.map(\.documentName),
                rows.map(\.vehicleKey), rows.map(\.yearFrom), rows.map(\.yearTo), rows.map(\.reviewKey),
                rows.map(\.document))
        }
    }

    /// The command that removes those of a product's compatibility, by SKU and id.
    static func removing(compatibility ids: [(sku: String, id: FitmentID)], of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(
            Self.compatibilityRemoval, ids.map { brand.bucket(of: $0.sku) }, brand, ids.map(\.sku),
            ids.map { PostgresUUID($0.id) })
    }

    /// The command that removes all fitments of products.
    static func removing(all skus: [String], of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.removal, skus.map { brand.bucket(of: $0) }, brand, skus)
    }

    /// The command that removes one.
    static func removing(_ id: FitmentID, of sku: String, _ brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.singleRemoval, brand.bucket(of: sku), brand, sku, PostgresUUID(id))
    }

    /// The command that reads those of some ids; read them with ``stored(_:)``.
    static func selecting(_ ids: [FitmentID], of sku: String, _ brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.selection, brand.bucket(of: sku), brand, sku, ids.map { PostgresUUID($0) })
    }

    static func stored(_ rows: PostgresRows) throws(PostgresError) -> [FitmentID: Stored] {
        var found: [FitmentID: Stored] = [:]
        for row in rows {
            let (id, origin, importID, document) = try row.decode(
                PostgresUUID.self, Int16.self, PostgresUUID?.self, [UInt8].self)
            found[FitmentID(id)] = Stored(
                id: FitmentID(id), origin: FitmentOrigin(rawValue: Int32(origin)), importID: importID,
                document: document)
        }
        return found
    }

    /// The command that counts a product's fitments.
    static func counting(_ sku: String, _ brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.count, brand.bucket(of: sku), brand, sku)
    }

    private static let upsert = PostgresStatement(
        """
        insert into fitment (bucket, brand_id, sku, fitment_id, origin, import_id, document_name, vehicle_key, year_from,
            year_to, review_key, document)
        select * from unnest($1::smallint[], $2::uuid[], $3::text[], $4::uuid[], $5::smallint[], $6::uuid[], $7::text[],
            $8::text[], $9::smallint[], $10::smallint[], $11::text[], $12::bytea[])
        on conflict (bucket, brand_id, sku, fitment_id) do update
        set origin = excluded.origin, import_id = excluded.import_id, document_name = excluded.document_name,
            vehicle_key = excluded.vehicle_key, review_key = excluded.review_key, document = excluded.document
        where fitment.origin <> 1 or excluded.origin = 1
        """)

    private static let compatibilityRemoval = PostgresStatement(
        """
        delete from fitment f using unnest($1::smallint[], $3::text[], $4::uuid[]) as k (bucket, sku, fitment_id)
        where f.bucket = k.bucket and f.brand_id = $2 and f.sku = k.sku and f.fitment_id = k.fitment_id and f.origin = 1
        """)

    private static let removal = PostgresStatement(
        """
        delete from fitment f using unnest($1::smallint[], $3::text[]) as k (bucket, sku)
        where f.bucket = k.bucket and f.brand_id = $2 and f.sku = k.sku
        """)

    private static let singleRemoval = PostgresStatement(
        """
        delete from fitment where bucket = $1 and brand_id = $2 and sku = $3 and fitment_id = $4 and origin <> 1
        """)

    private static let selection = PostgresStatement(
        """
        select fitment_id, origin, import_id, document from fitment
        where bucket = $1 and brand_id = $2 and sku = $3 and fitment_id = any($4)
        """,
        readOnly: true)

    private static let count = PostgresStatement(
        "select count(*) from fitment where bucket = $1 and brand_id = $2 and sku = $3", readOnly: true)
}
