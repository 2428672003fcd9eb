internal import Money
internal import OrderDomain
public import OrderMessages
internal import Postgres
internal import ProtobufC
public import RPC
internal import Refusals
internal import Wire

extension Orders {
    /// How often settings are tried to be put while others put them.
    static let maximumPuts = 8

    /// Answers how a brand keeps its orders; where it never said, with version 0.
    public func getSettings(_ request: GetOrderSettingsRequest, context: ServerContext) async throws -> OrderSettings {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) { try await self.settings.read(brand) }
    }

    /// Changes how orders are kept. The same put again changes nothing.
    public func putSettings(_ request: PutOrderSettingsRequest, context: ServerContext) async throws -> OrderSettings {
        let brand = try self.brand(of: context.caller)
        guard var wanted = request.settings else {
            throw RPCError(field: "settings", "is missing", expected: "the settings")
        }
        wanted.version = 0
        return try await self.answering(context, in: "settings") {
            try Self.check(wanted)
            for _ in 0..<Self.maximumPuts {
                let current = try await self.settings.read(brand)
                if let expected = request.expectedVersion, expected != current.version {
                    throw OrderRefusal.versionConflict(
                        of: "the settings", expected: expected, current: current.version)
                }
                wanted.version = current.version
                guard current.version == 0 || wanted != current else { return current }
                wanted.version = current.version + 1
                let rows = try await self.pool.query(try SettingsRows.putting(wanted, of: brand))
                if rows.affected == 1 {
                    self.settings.note(wanted, of: brand)
                    return wanted
                }
            }
            throw PostgresError(.server, "settings were put \(Self.maximumPuts) times meanwhile", retry: .safe)
        }
    }

    private static func check(_ settings: OrderSettings) throws(OrderRefusal) {
        var faults = OrderFaults()
        if !settings.defaultCurrency.isEmpty && Currency(code: settings.defaultCurrency) == nil {
            faults.add(
                .unknownCurrency, "defaultCurrency", "is \"\(settings.defaultCurrency)\", which is no currency",
                expected: "a code of ISO 4217, such as USD")
        }
        if case .unrecognized(let number) = settings.onShortfall {
            faults.add(
                .invalidValue, "onShortfall", "is the unknown number \(number)", expected: "hold, refuse or backorder")
        }
        try faults.refuse()
    }
}

extension SettingsRows {
    /// The command that puts settings in place of the version before; it changes a row unless another one has come between.
    static func putting(_ settings: OrderSettings, of brand: PostgresUUID) throws -> PostgresCommand {
        PostgresCommand(
            Self.upsertion, brand, Int64(clamping: settings.version), try settings.encodedBytes())
    }

    private static let upsertion = PostgresStatement(
        """
        insert into order_settings (brand_id, version, document) values ($1, $2, $3)
        on conflict (brand_id) do update set version = excluded.version, document = excluded.document
            where order_settings.version = excluded.version - 1
        """)
}
