internal import Buckets
internal import Logging
internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import ProtobufC
internal import RPC
internal import Refusals

/// What callers have done with orders that stand: each call is one command of the order's, recognised by its id when it is
/// repeated.
struct OrderChanges: Sendable {
    /// How long a call waits for what other services do for it, in milliseconds: so that stock has followed, usually, when it
    /// is answered. The rest follows by itself.
    static let effectMilliseconds: Int64 = 1_000
    /// The longest id of a command, in bytes.
    static let maximumCommandIDBytes = 255

    let pool: PostgresPool
    let writes: OrderWrites
    let lookup: OrderLookup
    let effects: EffectRunner

    /// A call that is a command, with what recognises it.
    struct Call: Sendable {
        let key: OrderKey
        let commandID: String
        let fingerprint: [UInt8]
        let by: String
        let traceParent: String?
    }

    /// What a call is to do.
    ///
    /// - Parameters:
    ///   - content: The request without its command id and the order's: the same whatever name the order went by.
    ///   - commandID: As the request has it; empty: it stands in the metadata.
    /// - Throws: `OrderRefusal` with `keyRequired`.
    static func call(
        _ key: OrderKey, _ content: some Message, commandID: String, _ context: ServerContext
    ) throws -> Call {
        let given = commandID.isEmpty ? context.metadata[Metadata.idempotencyKey] ?? "" : commandID
        guard !given.isEmpty, given.utf8.count <= Self.maximumCommandIDBytes else {
            throw OrderRefusal(
                .keyRequired, field: "commandId",
                given.isEmpty ? "is missing, and so is the metadata \(Metadata.idempotencyKey)" : "is too long",
                expected: "an id of 1 to \(Self.maximumCommandIDBytes) bytes by which a repeat is recognised")
        }
        return Call(
            key: key, commandID: given, fingerprint: try content.fingerprint(), by: context.caller.principal,
            traceParent: context.trace?.traceparent)
    }

    /// Does something with an order, and waits for what other services do for it.
    func apply(_ call: Call, needs: OrderNeeds = [], _ decide: @escaping OrderDecision) async throws -> OrderAnswer {
        let answer = try await self.writes.apply(
            OrderCommand(
                brand: call.key.brand, order: call.key.id, commandID: call.commandID, fingerprint: call.fingerprint,
                by: call.by, traceParent: call.traceParent, needs: needs, decide: decide))
        if answer.hasEffects { await self.effects.wait(for: call.key, milliseconds: Self.effectMilliseconds) }
        return answer
    }

    /// The order that an id stands for: ours or the channel's.
    func key(_ brand: PostgresUUID, _ id: String) async throws -> OrderKey {
        OrderKey(brand: brand, id: try await self.lookup.find(brand, id))
    }

    /// What a command that was carried out was about: the subject of its first entry.
    func subject(of call: Call) async throws -> String? {
        let rows = try await self.pool.query(
            Self.entrySelection, call.key.bucket.number, call.key.brand, PostgresUUID(call.key.id), call.commandID)
        guard let row = rows.first else { return nil }
        return try ArenaMemory.with { (arena) throws(PostgresError) in
            try OrderEntry(stored: row.decode([UInt8].self), column: "order_entry.document", in: arena).subject
        }
    }

    private static let entrySelection = PostgresStatement(
        """
        select document from order_entry
        where bucket = $1 and brand_id = $2 and order_id = $3 and command_id = $4 and command_id <> ''
        """,
        readOnly: true)
}
