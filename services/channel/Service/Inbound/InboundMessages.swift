public import ChannelAPI
internal import ChannelAdapter
internal import ChannelDomain
public import ChannelMessages
internal import Logging
internal import Postgres
public import RPC
internal import RPCMessages
internal import RawMessages
internal import Refusals
internal import Wire

/// Takes platforms' notifications in, shows what came and what was told, and has dead letters tried again.
public struct InboundMessages: ChannelCalls {
    /// The rows of a page that says nothing else.
    static let pageSize = 50

    let pool: PostgresPool
    let inbound: Inbound
    let connections: any IntakeConnections
    let transport: any PlatformTransport
    /// Where platforms reach the gateway; nil: it was not told.
    let gateway: GatewayAddress?
    let deadLetters: [any DeadLetterPlace]
    let logger: Logger

    init(
        _ inbound: Inbound, connections: any IntakeConnections, transport: any PlatformTransport,
        gateway: GatewayAddress?, deadLetters: [any DeadLetterPlace], logger: Logger
    ) {
        self.pool = inbound.pool
        self.inbound = inbound
        self.connections = connections
        self.transport = transport
        self.gateway = gateway
        self.deadLetters = deadLetters
        self.logger = logger
    }

    /// Keeps a notification, once, and answers then: it is dealt with afterwards.
    ///
    /// What is not signed rightly is refused and not kept, and neither is what cannot be verified now, which the platform
    /// sends again. What is, but is not what the platform promises, is kept as a dead
    /// letter, and answered as well: the platform would only send it again.
    public func receiveNotification(
        _ request: ReceiveNotificationRequest, context: ServerContext
    ) async throws -> ReceiveNotificationResponse {
        try await self.answering(context) {
            guard request.body.count <= PlatformLimits.notificationBytes else {
                throw RPCError(
                    .resourceExhausted, "a notification has at most \(PlatformLimits.notificationBytes) bytes",
                    type: "message-too-large", reason: .messageTooLarge)
            }
            let connection = try await self.connection(request.key)
            switch try await self.verified(request, connection) {
            case .success(let message):
                _ = try await self.inbound.store(message)
                await self.noteNotification(connection.key)
                return ReceiveNotificationResponse(head: AnswerHead(status: 200))
            case .failure(let fault):
                guard let status = connection.adapter.platform.wrongSignatureStatus else {
                    throw ChannelRefusal(
                        .signatureInvalid, field: "body", "is not signed by the connection's platform (\(fault.code))",
                        expected: "the platform's signature over these bytes, with the secret that the connection has")
                }
                return ReceiveNotificationResponse(head: AnswerHead(status: status))
            }
        }
    }

    /// Answers a platform that asks whether it may send notifications to the connection's address.
    public func answerChallenge(
        _ request: AnswerChallengeRequest, context: ServerContext
    ) async throws -> ChallengeAnswer {
        try await self.answering(context) {
            let connection = try await self.connection(request.key)
            guard let gateway = self.gateway else {
                throw RPCError(.failedPrecondition, "the setting public-url says where platforms reach the gateway")
            }
            let address = gateway.address(of: connection.connection.notificationPath)
            let answer = connection.adapter.answer(
                toChallenge: request.challengeCode, address: address, account: connection.account)
            guard let answer else {
                throw ChannelRefusal(
                    .connectionNotFound, field: "key", "is that of a connection whose platform asks nothing",
                    expected: "the notificationPath of a connection to a platform that asks before it sends")
            }
            return ChallengeAnswer(challengeResponse: answer)
        }
    }

    /// The connection whose notifications come to a key.
    private func connection(_ key: String) async throws -> SyncConnection {
        guard let key = try await self.connections.key(ofNotifications: key),
            let connection = try await self.connections.connection(key), connection.connection.status != .stopped
        else {
            throw ChannelRefusal(
                .connectionNotFound, field: "key", "is that of no connection that takes notifications",
                expected: "the notificationPath of a connection that is not stopped")
        }
        return connection
    }

    private func verified(
        _ request: ReceiveNotificationRequest, _ connection: SyncConnection
    ) async throws -> Result<NewInbound, PlatformFault> {
        let head = NotificationHead(
            target: request.head?.target ?? "",
            headers: request.head?.headers.map { PlatformHeader($0.name, $0.value) } ?? [])
        let notification = PlatformNotification(
            target: head.target, headers: head.headers, body: request.body, receivedAt: MicrosecondClock.now)
        try await connection.prepare(for: notification, transport: self.transport)
        do throws(PlatformFault) {
            let content = try connection.adapter.content(of: notification, account: connection.account)
            return .success(NewInbound(content, head, body: request.body, of: connection.key))
        } catch {
            guard error.code != "not-understood" else {
                self.logger.error(
                    "a notification is not what its platform promises; it is kept as a dead letter",
                    metadata: self.metadata(connection.key))
                return .success(
                    NewInbound(notUnderstood: error.message, head, body: request.body, of: connection.key))
            }
            self.logger.warning(
                "a notification is refused",
                metadata: self.metadata(connection.key).merging(["code": "\(error.code)"]) { $1 })
            return .failure(error)
        }
    }

    /// When a connection last had a notification is told to the second; that it cannot be noted holds nothing up.
    private func noteNotification(_ key: ConnectionKey) async {
        do throws(PostgresError) {
            _ = try await self.pool.query(Self.notified, key.brand, key.id)
        } catch {
            self.logger.warning("the time of a notification was not noted", metadata: self.metadata(key))
        }
    }

    private func metadata(_ key: ConnectionKey) -> Logger.Metadata {
        ["brand": "\(key.brand)", "connection": "\(key.id)"]
    }

    private static let notified = PostgresStatement(
        """
        insert into connection_health as h (brand_id, connection_id, notified_at)
        select c.brand_id, c.connection_id, clock_timestamp() from connection c
        where c.brand_id = $1 and c.connection_id = $2
        on conflict (brand_id, connection_id) do update set notified_at = excluded.notified_at
            where h.notified_at is null or h.notified_at < excluded.notified_at - interval '1 second'
        """)
}

extension InboundMessages: InboundService {}
