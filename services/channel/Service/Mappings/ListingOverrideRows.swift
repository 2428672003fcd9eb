internal import Buckets
internal import ChannelAdapter
internal import FileFormats
internal import Postgres

/// Reads what a listing has that its content depends on.
enum ListingOverrideRows {
    /// The command that reads a listing.
    static func one(_ key: ListingKey) -> PostgresCommand {
        PostgresCommand(Self.single, key.bucket.number, key.brand, key.sku, key.connection)
    }

    /// The listing of a row of that command, with its overrides; nil: there is none.
    static func read(
        _ rows: PostgresRows, sku: String
    ) throws(PostgresError) -> (listing: ListingReference, overrides: [String: String])? {
        guard let row = rows.first else { return nil }
        let (platformSKU, ids, overrides) = try row.decode(String.self, PostgresJSON.self, PostgresJSON.self)
        return (
            ListingReference(sku: sku, platformSKU: platformSKU, ids: try Self.texts(ids, column: "platform_ids")),
            try Self.texts(overrides, column: "overrides")
        )
    }

    private static func texts(_ json: PostgresJSON, column: String) throws(PostgresError) -> [String: String] {
        guard case .object(let members)? = try? JSONValue(Array(json.text.utf8)[...]) else {
            throw .unexpectedValue(column: column, reason: "it is no object")
        }
        var texts: [String: String] = [:]
        for member in members {
            guard case .string(let text) = member.value else {
                throw .unexpectedValue(column: column, reason: "a member is no text")
            }
            texts[member.name] = text
        }
        return texts
    }

    private static let single = PostgresStatement(
        """
        select platform_sku, platform_ids, overrides from listing
        where bucket = $1 and brand_id = $2 and sku = $3 and connection_id = $4
        """,
        readOnly: true)
}
