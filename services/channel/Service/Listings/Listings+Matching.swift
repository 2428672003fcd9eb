internal import ChannelAdapter
internal import ChannelDomain
public import ChannelMessages
internal import Postgres
public import RPC
internal import Refusals

extension Listings {
    /// Makes listings of the platform's items that have a SKU of ours, a page at a time.
    public func matchListings(
        _ request: MatchListingsRequest, context: ServerContext
    ) async throws -> MatchListingsResponse {
        let key = ConnectionKey(brand: try self.brand(of: context.caller), id: request.connection)
        return try await self.answering(context) {
            let connection = try await self.existing(key)
            guard connection.connection.status != .stopped else {
                throw ChannelRefusal(
                    .stateNotAllowed,
                    "the connection \(key.id) is stopped: \(connection.connection.statusReason); resume it first")
            }
            let page = try await self.page(request.pageToken, of: connection)
            let names = Set(page.listings.map(\.platformSKU).filter { !$0.isEmpty }).sorted()
            // A listing that names the platform's SKU goes before a product that happens to have the same.
            let listed = try await ListingLookup(self.pool).ours(names, on: key)
            let known = try await self.products.known(names.filter { listed[$0] == nil }, of: key.brand)
            var (writes, unknown): ([String: ListingWrite], [String]) = ([:], [])
            for item in page.listings {
                guard let sku = listed[item.platformSKU] ?? (known.contains(item.platformSKU) ? item.platformSKU : nil)
                else {
                    unknown.append(item.platformSKU)
                    continue
                }
                writes[sku] = ListingWrite(match: item, sku: sku, connection: key.id)
            }
            let matched = try await self.writes.put(
                writes.values.sorted { $0.sku < $1.sku }, of: key.brand)
            return MatchListingsResponse(
                seen: UInt32(clamping: page.listings.count), matched: UInt32(clamping: matched.count),
                unknown: Array(unknown.prefix(Self.maximumUnknown)), nextPageToken: page.next)
        }
    }

    private func page(_ token: String, of connection: SyncConnection) async throws(ChannelRefusal) -> ListingPage {
        let session = connection.adapter.session(connection.account, transport: self.transport)
        do throws(PlatformFault) {
            return try await session.listings(page: token)
        } catch {
            throw ChannelRefusal(.platformFailed, "the platform does not tell its listings: \(error)")
        }
    }
}
