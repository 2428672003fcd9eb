internal import Events
internal import Postgres
internal import PricingDomain
public import PricingMessages
internal import ProtobufC
public import RPC

extension PriceLists {
    /// Answers how a brand wants its prices kept; where it never said, with version 0.
    public func getSettings(
        _ request: GetPricingSettingsRequest, context: ServerContext
    ) async throws -> PricingSettings {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            guard let row = try await self.pool.query(Self.selection, brand).first else { return PricingSettings() }
            let (document, version) = try row.decode([UInt8].self, Int64.self)
            let memory = ArenaMemory()
            return try PricingSettings(stored: document, column: "settings", in: memory.arena).answer(version: version)
        }
    }

    /// Changes how prices are kept. The same put again changes nothing.
    public func putSettings(
        _ request: PutPricingSettingsRequest, context: ServerContext
    ) async throws -> PricingSettings {
        let brand = try self.brand(of: context.caller)
        guard let settings = request.settings?.stored else {
            throw RPCError(field: "settings", "is missing", expected: "the settings")
        }
        return try await self.answering(context, in: "settings") {
            try PricingSettingsRules.check(settings)
            return try await self.changing { transaction in
                let book = try await PriceBookWrites.lock(brand, in: transaction)
                let current = book.settings.version
                if let expected = request.expectedVersion, expected != current {
                    throw PricingRefusal.versionConflict(of: "the settings", expected: expected, current: current)
                }
                guard current == 0 || settings != book.settings.stored else { return book.settings }
                let record = try PriceBookWrites.record(
                    [PriceBookChange(.settings(settings))], in: book, by: context.caller.principal)
                let update = PostgresCommand(
                    Self.update, brand, try settings.encodedBytes(), book.revision)
                let events = try record.events.recorded(
                    of: brand, at: book.now, traceParent: context.trace?.traceparent)
                _ = try await transaction.commit(with: record.commands + [update] + EventLog.append(events))
                return settings.answer(version: book.revision)
            }
        }
    }

    private static let selection = PostgresStatement(
        "select settings, settings_version from price_book where brand_id = $1", readOnly: true)

    private static let update = PostgresStatement(
        "update price_book set settings = $2, settings_version = $3 where brand_id = $1")
}
