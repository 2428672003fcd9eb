internal import ChannelDomain
internal import ChannelMessages
internal import Postgres
internal import ProtobufC
internal import WellKnownMessages

/// A connection as its rows have it.
struct StoredConnection: Sendable {
    /// What was set up: the message without credentials, status, health and what else only answers have.
    var document: Connection
    let notificationKey: String
    var status: ConnectionStatus
    var statusReason: String
    var statusSince: PostgresTimestamp
    var version: Int64
    let createdAt: PostgresTimestamp
    var updatedAt: PostgresTimestamp
    /// The names of the credentials that are known, by bytes.
    var credentialNames: [String]
    var health: ConnectionHealth
    /// How far its platform was asked for notifications.
    var subscription: SubscriptionState

    /// Where notifications for it are sent, at the gateway.
    var notificationPath: String { "/v1/notifications/\(self.notificationKey)" }

    var stamp: RowStamp { RowStamp(version: self.version, changedAt: self.updatedAt) }

    /// The connection as it is answered.
    var answer: Connection {
        var answer = self.document
        answer.credentialNames = self.credentialNames
        answer.status = self.status
        answer.statusReason = self.statusReason
        answer.statusSince = self.statusSince.protobuf
        answer.health = self.health
        answer.notificationPath = self.notificationPath
        answer.version = UInt64(clamping: self.version)
        answer.createdAt = self.createdAt.protobuf
        answer.updatedAt = self.updatedAt.protobuf
        return answer
    }
}
