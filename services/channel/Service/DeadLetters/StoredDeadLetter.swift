internal import ChannelDomain
internal import ChannelMessages
internal import Postgres

/// A dead letter as it is kept.
struct StoredDeadLetter: Sendable {
    let id: DeadLetterID
    /// Empty: of no connection.
    let connection: String
    let topic: String
    let subject: String
    let tries: Int
    let problem: String
    let detail: String
    let deadSince: PostgresTimestamp
    /// As it came; empty in lists.
    var body: [UInt8] = []

    /// Where it stands among the others: the last first.
    var position: DeadLetterPosition { DeadLetterPosition(deadSince: self.deadSince, id: self.id.description) }

    /// As callers get it.
    var message: DeadLetter {
        DeadLetter(
            id: self.id.description, kind: self.id.kind, connection: self.connection, topic: self.topic,
            subject: self.subject, tries: UInt32(clamping: self.tries), problem: self.problem, detail: self.detail,
            deadSince: self.deadSince.protobuf, body: self.body)
    }
}

extension DeadLetterID {
    /// As callers know it.
    var kind: DeadLetterKind {
        switch self {
        case .inbound: .inbound
        case .task: .orderTask
        case .event: .event
        }
    }
}

/// Where a page of dead letters ended.
struct DeadLetterPosition: Hashable, Comparable, Sendable {
    /// Before all letters.
    static let start = DeadLetterPosition(deadSince: .infinity, id: "")

    let deadSince: PostgresTimestamp
    let id: String

    init(deadSince: PostgresTimestamp, id: String) {
        self.deadSince = deadSince
        self.id = id
    }

    /// Behind the last letter of a page.
    init?(_ bytes: [UInt8]) {
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let microseconds = Int64(parts[0]) else { return nil }
        self.init(deadSince: PostgresTimestamp(microseconds: microseconds), id: String(parts[1]))
    }

    var bytes: [UInt8] { Array("\(self.deadSince.microseconds) \(self.id)".utf8) }

    /// Whether the left one is listed behind the right one: it is older.
    static func < (left: Self, right: Self) -> Bool {
        left.deadSince == right.deadSince
            ? left.id.utf8.lexicographicallyPrecedes(right.id.utf8) : left.deadSince < right.deadSince
    }
}

/// Which dead letters are meant.
struct DeadLetterSelection: Hashable, Sendable {
    /// Empty: any.
    var ids: [DeadLetterID] = []
    /// Empty: any.
    var connection = ""
    /// Empty: any.
    var subject = ""
    /// They died then or later.
    var from = PostgresTimestamp.negativeInfinity
    /// They died before.
    var to = PostgresTimestamp.infinity
}

/// Somewhere that dead letters lie.
protocol DeadLetterPlace: Sendable {
    /// What lies there.
    var kind: DeadLetterKind { get }

    /// A brand's letters, the last first, without their bodies.
    ///
    /// - Parameters:
    ///   - connection: Empty: any.
    ///   - position: They stand behind it.
    func list(
        of brand: PostgresUUID, connection: String, behind position: DeadLetterPosition, limit: Int
    ) async throws -> [StoredDeadLetter]

    /// One letter with its body; nil: there is none, or its id is of another place.
    func letter(_ id: DeadLetterID, of brand: PostgresUUID) async throws -> StoredDeadLetter?

    /// Has letters tried again.
    ///
    /// - Parameter limit: The most that are put back.
    /// - Returns: How many were.
    func replay(_ selection: DeadLetterSelection, of brand: PostgresUUID, limit: Int64) async throws -> Int64
}
