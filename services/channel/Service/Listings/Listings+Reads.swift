internal import ChannelDomain
public import ChannelMessages
internal import Paging
internal import Postgres
internal import ProtobufC
public import RPC

extension Listings {
    /// One listing with its state.
    public func getListing(_ request: ListingRequest, context: ServerContext) async throws -> Listing {
        let brand = try self.brand(of: context.caller)
        let key = ListingKey(brand: brand, sku: request.sku, connection: request.connection)
        return try await self.answering(context) {
            _ = try await self.existing(ConnectionKey(key))
            return try await self.listing(key)
        }
    }

    /// A listing that there is.
    func listing(_ key: ListingKey) async throws -> Listing {
        let sent = try await self.sent(of: key.brand)
        let list = ListingList(brand: key.brand, connection: key.connection, sku: key.sku, statuses: [])
        let rows = try await self.pool.query(list.page(after: .start, limit: 1, sent: sent))
        guard let listing = try ListingList.read(rows, sent: sent).first else {
            throw ChannelRefusal.listingNotFound(key)
        }
        return listing
    }

    /// The listings, by connection and SKU.
    public func listListings(
        _ request: ListListingsRequest, context: ServerContext
    ) async throws -> ListListingsResponse {
        let brand = try self.brand(of: context.caller)
        let list = ListingList(
            brand: brand, connection: request.connection, sku: request.sku, statuses: request.status)
        let question = PageToken.Question(
            "ListListings",
            [brand.description, request.connection, request.sku]
                + request.status.map { "\($0.rawValue)" }.sorted())
        return try await self.answering(context) {
            if !request.connection.isEmpty {
                _ = try await self.existing(ConnectionKey(brand: brand, id: request.connection))
            }
            var position = ListingList.Position.start
            if !request.pageToken.isEmpty {
                guard let bytes = PageToken.position(request.pageToken, of: question),
                    let known = ListingList.Position(bytes)
                else { throw ChannelRefusal.invalidPageToken }
                position = known
            }
            let size = request.pageSize == 0 ? Self.defaultPageSize : Int(request.pageSize)
            let sent = try await self.sent(of: brand)
            // One more tells whether there is a further page.
            let found = try ListingList.read(
                try await self.pool.query(list.page(after: position, limit: Int64(size) + 1, sent: sent)), sent: sent)
            var response = ListListingsResponse(listings: Array(found.prefix(size)))
            if found.count > size, let last = response.listings.last {
                response.nextPageToken = PageToken.text(
                    ListingList.Position(connection: last.connection, sku: last.sku).bytes, of: question)
            }
            return response
        }
    }

    /// What a brand's connections are sent.
    private func sent(of brand: PostgresUUID) async throws -> ListingList.Sent {
        let arena = ArenaMemory()
        var sent = ListingList.Sent()
        for row in try await self.pool.query(Self.documents, brand) {
            let (id, document) = try row.decode(String.self, [UInt8].self)
            arena.arena.reset()
            let connection = try Connection(stored: document, column: "connection.document", in: arena.arena)
            if connection.prices?.push ?? false { sent.prices.insert(id) }
            if connection.pushContent { sent.contents.insert(id) }
        }
        return sent
    }

    private static let documents = PostgresStatement(
        "select connection_id, document from connection where brand_id = $1", readOnly: true)
}
