internal import ChannelAdapter
internal import ChannelDomain
public import ChannelMessages
internal import Paging
internal import Postgres
public import RPC
internal import Refusals

/// Where a page of messages or tasks ended: the last first.
private struct ListPosition {
    let time: PostgresTimestamp
    let id: PostgresUUID

    /// Before all rows.
    static let start = ListPosition(time: .infinity, id: PostgresUUID(high: .max, low: .max))

    init(time: PostgresTimestamp, id: PostgresUUID) {
        self.time = time
        self.id = id
    }

    init?(_ bytes: [UInt8]) {
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard parts.count == 2, let microseconds = Int64(parts[0]), let id = PostgresUUID(parts[1]) else { return nil }
        self.init(time: PostgresTimestamp(microseconds: microseconds), id: id)
    }

    var bytes: [UInt8] { Array("\(self.time.microseconds) \(self.id)".utf8) }

    static func behind(_ token: String, of question: PageToken.Question) throws(ChannelRefusal) -> Self {
        guard !token.isEmpty else { return .start }
        guard let bytes = PageToken.position(token, of: question), let position = Self(bytes) else {
            throw .invalidListToken
        }
        return position
    }
}

extension ChannelRefusal {
    /// A page token that was not given out for the question, or is cut short.
    static let invalidListToken = ChannelRefusal(
        .invalidPageToken, field: "pageToken", "is none that was given out for this question",
        expected: "nextPageToken of the page before")

    /// An id that no message of the brand has.
    static let messageNotFound = ChannelRefusal(
        .messageNotFound, field: "id", "is that of no message of the brand", expected: "an id of the list")
}

extension InboundMessages {
    /// Lists what came in, the last first.
    public func listInbound(_ request: ListInboundRequest, context: ServerContext) async throws -> ListInboundResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            try await self.checkConnection(request.connection, of: brand)
            let question = PageToken.Question(
                "listInbound",
                [
                    "\(brand)", request.connection, request.status.map { "\($0.rawValue)" }.joined(separator: ","),
                    request.subject,
                ])
            let last = try ListPosition.behind(request.pageToken, of: question)
            let size = Self.size(request.pageSize)
            // One more tells whether there is a further page.
            let rows = try await self.pool.query(
                Self.inboundPage, brand, request.connection, request.status.map(\.column), request.subject, last.time,
                last.id, Int64(size) + 1)
            let messages = try rows.prefix(size).map { try Self.message($0) }
            var next = ""
            if rows.count > size, let end = messages.last?.position {
                next = PageToken.text(end.bytes, of: question)
            }
            return ListInboundResponse(messages: messages.map(\.message), nextPageToken: next)
        }
    }

    /// One message with its body.
    public func getInbound(_ request: GetInboundRequest, context: ServerContext) async throws -> InboundMessage {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            guard let id = PostgresUUID(request.id),
                let row = try await self.pool.query(Self.inboundSingle, brand, id).first
            else { throw ChannelRefusal.messageNotFound }
            return try Self.message(row).message
        }
    }

    /// Lists what platforms were told of orders, or are to be told, the last first.
    public func listOrderTasks(
        _ request: ListOrderTasksRequest, context: ServerContext
    ) async throws -> ListOrderTasksResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            try await self.checkConnection(request.connection, of: brand)
            let question = PageToken.Question(
                "listOrderTasks",
                [
                    "\(brand)", request.connection, request.status.map { "\($0.rawValue)" }.joined(separator: ","),
                    request.orderID,
                ])
            let last = try ListPosition.behind(request.pageToken, of: question)
            let size = Self.size(request.pageSize)
            let rows = try await self.pool.query(
                Self.taskPage, brand, request.connection, request.status.map(\.column), request.orderID, last.time,
                last.id, Int64(size) + 1)
            let tasks = try rows.prefix(size).map { try Self.task($0) }
            var next = ""
            if rows.count > size, let end = tasks.last?.position {
                next = PageToken.text(end.bytes, of: question)
            }
            return ListOrderTasksResponse(tasks: tasks.map(\.task), nextPageToken: next)
        }
    }

    static func size(_ asked: UInt32) -> Int { asked == 0 ? Self.pageSize : Int(min(asked, 200)) }

    /// Refuses a filter by a connection that the brand does not have.
    func checkConnection(_ connection: String, of brand: PostgresUUID) async throws {
        guard !connection.isEmpty else { return }
        guard try await self.pool.query(Self.connectionSelection, brand, connection).isEmpty else { return }
        throw ChannelRefusal(
            .connectionNotFound, field: "connection", "is none of the brand's", expected: "the id of a connection")
    }

    private static func message(
        _ row: PostgresRows.Element
    ) throws(PostgresError) -> (message: InboundMessage, position: ListPosition) {
        let (
            id, connection, kind, source, topic, subject, status, tries, received, due, done, problem, detail, body
        ) = try row.decode(
            PostgresUUID.self, String.self, Int16.self, String.self, String.self, String.self, Int16.self,
            Int32.self, PostgresTimestamp.self, PostgresTimestamp.self, PostgresTimestamp?.self, String.self,
            String.self, [UInt8].self)
        let state = InboundStatus(rawValue: Int32(status))
        let message = InboundMessage(
            id: id.description, connection: connection, kind: InboundKind(rawValue: Int32(kind)), source: source,
            topic: topic, subject: subject, status: state, tries: UInt32(clamping: tries),
            receivedAt: received.protobuf, nextTryAt: state == .retrying ? due.protobuf : nil,
            doneAt: done?.protobuf, problem: problem, detail: detail, body: body)
        return (message: message, position: ListPosition(time: received, id: id))
    }

    private static func task(
        _ row: PostgresRows.Element
    ) throws(PostgresError) -> (task: OrderTask, position: ListPosition) {
        let (
            id, connection, orderKey, orderID, kind, subject, status, tries, created, due, done, platformID, code,
            error
        ) = try row.decode(
            PostgresUUID.self, String.self, String.self, String.self, Int16.self, String.self, Int16.self,
            Int32.self, PostgresTimestamp.self, PostgresTimestamp.self, PostgresTimestamp?.self, String.self,
            String.self, String.self)
        let state = OrderTaskStatus(rawValue: Int32(status))
        let task = OrderTask(
            id: id.description, connection: connection, order: orderKey, orderID: orderID,
            kind: OrderTaskKind(rawValue: Int32(kind)), subject: subject, status: state, tries: UInt32(clamping: tries),
            createdAt: created.protobuf, nextTryAt: state == .retrying ? due.protobuf : nil, doneAt: done?.protobuf,
            platformID: platformID, errorCode: code, error: error)
        return (task: task, position: ListPosition(time: created, id: id))
    }

    private static let connectionSelection = PostgresStatement(
        "select 1 from connection where brand_id = $1 and connection_id = $2", readOnly: true)

    private static let inboundPage = PostgresStatement(
        """
        select inbound_id, connection_id, kind, source, topic, subject, status, tries, received_at, due_at, done_at,
            problem, detail, ''::bytea
        from inbound
        where brand_id = $1 and ($2 = '' or connection_id = $2)
            and (cardinality($3::smallint[]) = 0 or status = any($3)) and ($4 = '' or subject = $4)
            and (received_at, inbound_id) < ($5, $6)
        order by received_at desc, inbound_id desc limit $7
        """,
        readOnly: true)

    private static let inboundSingle = PostgresStatement(
        """
        select inbound_id, connection_id, kind, source, topic, subject, status, tries, received_at, due_at, done_at,
            problem, detail, body
        from inbound where brand_id = $1 and inbound_id = $2
        """,
        readOnly: true)

    private static let taskPage = PostgresStatement(
        """
        select task_id, connection_id, order_key, order_id, kind, subject, status, tries, created_at, due_at, done_at,
            platform_id, error_code, error
        from order_task
        where brand_id = $1 and ($2 = '' or connection_id = $2)
            and (cardinality($3::smallint[]) = 0 or status = any($3)) and ($4 = '' or order_id = $4)
            and (created_at, task_id) < ($5, $6)
        order by created_at desc, task_id desc limit $7
        """,
        readOnly: true)
}
