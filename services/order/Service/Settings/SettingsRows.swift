internal import OrderMessages
internal import Postgres
internal import ProtobufC

/// Reads and writes how brands keep their orders.
enum SettingsRows {
    /// The command that reads the settings of brands, for ``read(_:in:)``.
    static func reading(_ brands: [PostgresUUID]) -> PostgresCommand { PostgresCommand(Self.selection, brands) }

    /// The settings of the brands that have some, with their versions.
    static func read(
        _ rows: PostgresRows, in arena: ArenaMemory
    ) throws(PostgresError) -> [PostgresUUID: OrderSettings] {
        var read: [PostgresUUID: OrderSettings] = [:]
        for row in rows {
            let (brand, version, document) = try row.decode(PostgresUUID.self, Int64.self, [UInt8].self)
            arena.arena.reset()
            var settings = try OrderSettings(stored: document, column: "order_settings.document", in: arena.arena)
            settings.version = UInt64(clamping: version)
            read[brand] = settings
        }
        return read
    }

    private static let selection = PostgresStatement(
        "select brand_id, version, document from order_settings where brand_id = any($1::uuid[])", readOnly: true)
}
