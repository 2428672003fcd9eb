public import ChannelAPI
internal import ChannelAdapter
internal import ChannelDomain
public import ChannelMessages
internal import Logging
internal import Paging
internal import Postgres
public import RPC
internal import Refusals
internal import Waking

/// Answers for listings: SKUs on connections, and how far they are in step.
public struct Listings: ChannelCalls {
    /// Listings of a page where the request names no number.
    static let defaultPageSize = 50
    /// Unknown SKUs of a page of a platform that are told.
    static let maximumUnknown = 250

    let pool: PostgresPool
    let connections: any SyncConnections
    let transport: any PlatformTransport
    let products: any KnownProducts
    let writes: ListingWrites
    let news: SyncNews
    let logger: Logger

    /// - Parameters:
    ///   - news: Is told of the connections that have something to send.
    ///   - fill: Is given when SKUs were added to the copy of stock.
    init(
        _ pool: PostgresPool, connections: any SyncConnections, transport: any PlatformTransport,
        products: any KnownProducts, news: SyncNews, fill: WakeSignal, logger: Logger
    ) {
        self.pool = pool
        self.connections = connections
        self.transport = transport
        self.products = products
        self.writes = ListingWrites(pool: pool, news: news, fill: fill)
        self.news = news
        self.logger = logger
    }

    /// A connection that there is.
    func existing(_ key: ConnectionKey) async throws -> SyncConnection {
        guard let connection = try await self.connections.connection(key) else {
            throw ChannelRefusal.connectionNotFound(key.id)
        }
        return connection
    }

    /// Makes or changes listings, each row for itself.
    public func putListings(
        _ request: PutListingsRequest, context: ServerContext
    ) async throws -> PutListingsResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            try Self.refuseDuplicates(request.listings)
            let known = try await self.products.known(Set(request.listings.map(\.sku)).sorted(), of: brand)
            var outcomes = request.listings.map { ListingOutcome(connection: $0.connection, sku: $0.sku) }
            var rows: [(index: Int, write: ListingWrite)] = []
            for (index, listing) in request.listings.enumerated() {
                if known.contains(listing.sku) {
                    rows.append((index, ListingWrite(listing)))
                } else {
                    outcomes[index].problem = .unknownSku
                    outcomes[index].detail = "the catalog has no product \(listing.sku.debugDescription)"
                }
            }
            let written = try await self.writes.put(rows.map(\.write), of: brand)
            for (index, write) in rows {
                switch written[ListingKey(brand: brand, sku: write.sku, connection: write.connection)] {
                case let created?: outcomes[index].created = created
                case nil:
                    outcomes[index].problem = .connectionNotFound
                    outcomes[index].detail = ChannelRefusal.connectionNotFound(write.connection).description
                }
            }
            return PutListingsResponse(outcomes: outcomes)
        }
    }

    private static func refuseDuplicates(_ listings: [Listing]) throws(ChannelRefusal) {
        var seen: Set<[String]> = []
        for (index, listing) in listings.enumerated()
        where !seen.insert([listing.connection, listing.sku]).inserted {
            throw ChannelRefusal(
                .duplicateEntry, field: "listings[\(index)]",
                "\(listing.sku) stands on \(listing.connection) before in the request",
                expected: "each SKU once for each connection")
        }
    }

    /// Forgets a listing. Nothing is changed on the platform.
    public func deleteListing(_ request: ListingRequest, context: ServerContext) async throws -> DeleteListingResponse {
        let key = ListingKey(
            brand: try self.brand(of: context.caller), sku: request.sku, connection: request.connection)
        return try await self.answering(context) {
            _ = try await self.existing(ConnectionKey(key))
            guard try await self.writes.delete(key) else { throw ChannelRefusal.listingNotFound(key) }
            return DeleteListingResponse()
        }
    }
}

extension Listings: ListingService {}

extension ChannelRefusal {
    /// The connection has no such listing.
    static func listingNotFound(_ key: ListingKey) -> ChannelRefusal {
        ChannelRefusal(
            .listingNotFound, "the connection \(key.connection) has no listing of \(key.sku.debugDescription)")
    }
}
