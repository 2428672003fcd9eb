public import ChannelAPI
internal import ChannelAdapter
internal import ChannelDomain
public import ChannelMessages
internal import Logging
internal import Paging
internal import Postgres
public import RPC
internal import Refusals
internal import ServiceKit

/// Answers what is asked of connections, and changes them.
public struct ServedConnections: ChannelCalls {
    /// Connections of a page where the request names no number.
    static let defaultPageSize: UInt32 = 50
    /// What a platform says of an account at most: entries, and characters of each.
    static let maximumAccountEntries = 20
    static let maximumAccountCharacters = 500

    let connections: Connections
    let transport: any PlatformTransport
    let concerns: [any ListingsConcern]
    let reporting: any SyncReporting
    let logger: Logger

    /// Answers the platforms that there are adapters for.
    public func listPlatforms(
        _ request: ListPlatformsRequest, context: ServerContext
    ) async throws -> ListPlatformsResponse {
        let registry = self.connections.registry
        return ListPlatformsResponse(
            platforms: registry.platforms.compactMap { registry[$0]?.adapter.platform.message })
    }

    /// Makes a connection, or changes the one that has its id. The same put again changes nothing.
    public func putConnection(
        _ request: PutConnectionRequest, context: ServerContext
    ) async throws -> PutConnectionResponse {
        let brand = try self.brand(of: context.caller)
        guard let given = request.connection else {
            throw RPCError(field: "connection", "is missing", expected: "the connection")
        }
        guard given.id.isEmpty || given.id == request.id else {
            throw RPCError(field: "connection.id", "is another than that of the path", expected: "the same, or none")
        }
        return try await self.answering(context, in: "connection") {
            let outcome = try await self.connections.put(
                ConnectionChange(
                    key: ConnectionKey(brand: brand, id: request.id), given: given,
                    expectedVersion: request.expectedVersion),
                concerning: self.concerns)
            return PutConnectionResponse(
                connection: self.connections.answer(outcome.connection), created: outcome.isCreated)
        }
    }

    /// Answers a connection.
    public func getConnection(_ request: ConnectionRequest, context: ServerContext) async throws -> Connection {
        let key = ConnectionKey(brand: try self.brand(of: context.caller), id: request.id)
        return try await self.answering(context) { self.connections.answer(try await self.stored(key)) }
    }

    /// Answers a page of the connections, by id.
    public func listConnections(
        _ request: ListConnectionsRequest, context: ServerContext
    ) async throws -> ListConnectionsResponse {
        let brand = try self.brand(of: context.caller)
        let statuses = request.status.sorted { $0.rawValue < $1.rawValue }
        let question = PageToken.Question(
            "ListConnections", [brand.description, request.platform] + statuses.map { "\($0.rawValue)" })
        return try await self.answering(context) {
            var last = ""
            if !request.pageToken.isEmpty {
                guard let bytes = PageToken.position(request.pageToken, of: question),
                    let id = String(validating: bytes, as: UTF8.self)
                else { throw ChannelRefusal.invalidPageToken }
                last = id
            }
            let size = Int(request.pageSize == 0 ? Self.defaultPageSize : request.pageSize)
            let found = try ConnectionRows.read(
                try await self.connections.pool.query(
                    ConnectionRows.page(
                        after: last, of: brand, platform: request.platform, statuses: statuses,
                        limit: Int64(size) + 1)))
            var response = ListConnectionsResponse(connections: found.prefix(size).map { self.connections.answer($0) })
            if found.count > size, let end = response.connections.last {
                response.nextPageToken = PageToken.text(Array(end.id.utf8), of: question)
            }
            return response
        }
    }

    /// Forgets a connection with its listings and credentials.
    public func deleteConnection(
        _ request: ConnectionRequest, context: ServerContext
    ) async throws -> DeleteConnectionResponse {
        let key = ConnectionKey(brand: try self.brand(of: context.caller), id: request.id)
        return try await self.answering(context) {
            try await self.connections.remove(key, concerning: self.concerns)
            return DeleteConnectionResponse()
        }
    }

    /// Stops sending and taking in. Pausing what is paused changes its reason at most.
    public func pauseConnection(
        _ request: PauseConnectionRequest, context: ServerContext
    ) async throws -> Connection {
        try await self.changeStatus(request.id, context) { stored in
            guard stored.status != .paused || stored.statusReason != request.reason else { return nil }
            return (.paused, request.reason)
        }
    }

    /// Goes on after a pause or a stop.
    public func resumeConnection(_ request: ConnectionRequest, context: ServerContext) async throws -> Connection {
        try await self.changeStatus(request.id, context) { $0.status == .active ? nil : (.active, "") }
    }

    /// Asks the platform whether it takes the credentials and settings. Does so whatever the status is, and leaves it.
    public func checkConnection(_ request: ConnectionRequest, context: ServerContext) async throws -> ConnectionCheck {
        let key = ConnectionKey(brand: try self.brand(of: context.caller), id: request.id)
        return try await self.answering(context) {
            guard let connection = try await self.connections.renewed(key) else {
                throw ChannelRefusal.connectionNotFound(key.id)
            }
            let session = connection.adapter.session(connection.account, transport: self.transport)
            let check = await Self.check(session)
            _ = try await self.connections.pool.query(
                check.works
                    ? ConnectionHealthRows.succeeded(key)
                    : ConnectionHealthRows.failed(key, check.problems.joined(separator: "; ")))
            return check
        }
    }

    /// Answers what waits on a connection.
    public func getSync(_ request: GetSyncRequest, context: ServerContext) async throws -> ConnectionSync {
        let key = ConnectionKey(brand: try self.brand(of: context.caller), id: request.connection)
        return try await self.answering(context) {
            _ = try await self.stored(key)
            return try await self.reporting.sync(of: key)
        }
    }

    private func stored(_ key: ConnectionKey) async throws -> StoredConnection {
        let rows = try await self.connections.pool.query(ConnectionRows.one(key))
        guard let stored = try ConnectionRows.read(rows).first else {
            throw ChannelRefusal.connectionNotFound(key.id)
        }
        return stored
    }

    private func changeStatus(
        _ id: String, _ context: ServerContext,
        _ change: (StoredConnection) -> (ConnectionStatus, reason: String)?
    ) async throws -> Connection {
        let key = ConnectionKey(brand: try self.brand(of: context.caller), id: id)
        return try await self.answering(context) {
            guard let (stored, wasChanged) = try await self.connections.changeStatus(of: key, change) else {
                throw ChannelRefusal.connectionNotFound(id)
            }
            if wasChanged { self.connections.announce(key, to: self.concerns) }
            return self.connections.answer(stored)
        }
    }

    private static func check(_ session: any PlatformSession) async -> ConnectionCheck {
        do throws(PlatformFault) {
            return ConnectionCheck(works: true, account: Self.shortened(try await session.check()))
        } catch {
            return ConnectionCheck(
                works: false, problems: [String("\(error)".prefix(ConnectionHealthRows.maximumErrorCharacters))])
        }
    }

    private static func shortened(_ account: [String: String]) -> [String: String] {
        let entries = account.sorted { $0.key < $1.key }.prefix(Self.maximumAccountEntries)
        return Dictionary(
            entries.map { ($0.key, String($0.value.prefix(Self.maximumAccountCharacters))) },
            uniquingKeysWith: { first, _ in first })
    }
}

extension ServedConnections: ConnectionService {}

extension ChannelRefusal {
    /// A page token that was not given out for the question, or is cut short.
    static let invalidPageToken = ChannelRefusal(
        .invalidPageToken, field: "pageToken", "is none that was given out for this list",
        expected: "nextPageToken of the page before, with the filters of that page")
}
