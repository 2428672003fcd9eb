internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import Refusals

/// What listings are to say: what their connections' mappings make of products.
struct MappedContent: ListingContent {
    let mappings: Mappings
    let products: CatalogProducts

    func content(
        _ listing: ListingReference, overrides: [String: String], of connection: SyncConnection
    ) async throws -> ContentRow? {
        let program = try await self.mappings.program(of: connection.key, platform: connection.connection.platform)
        guard let made = try await self.made(listing, overrides, program, connection) else { return nil }
        guard made.problems.isEmpty else {
            throw ChannelRefusal(.invalidValue, made.problems.joined(separator: "; "))
        }
        return made.row
    }

    /// What a mapping makes of a product for a listing.
    struct Made: Sendable {
        var values: [MappedValue]
        var row: ContentRow
        /// What keeps the listing from being sent, by the mapping or the adapter.
        var problems: [String]
    }

    /// Runs a mapping.
    ///
    /// - Returns: nil: there is no such product.
    func made(
        _ listing: ListingReference, _ overrides: [String: String], _ program: MappingProgram,
        _ connection: SyncConnection
    ) async throws -> Made? {
        guard
            let product = try await self.products.product(
                listing.sku, of: connection.key.brand, withFitments: program.usesFitments)
        else { return nil }
        let result = program.run(on: product, overrides: overrides)
        let row = ContentRow(
            listing: listing, values: result.values.map { ContentRow.Value(target: $0.target, value: $0.value) })
        return Made(
            values: result.values, row: row, problems: result.problems + connection.adapter.problems(in: row))
    }
}
