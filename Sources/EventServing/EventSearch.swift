internal import EventStreamMessages
internal import EventStreamValues
internal import Events
internal import Postgres
internal import RPC

/// What a caller looks for in pages of the log, beside types.
struct EventSearch {
    private let brand: PostgresUUID?
    private let id: PostgresUUID?
    private let subject: String

    /// - Throws: `RPCError` where brand or id is no UUID.
    init(_ request: ReadEventsRequest) throws(RPCError) {
        self.brand = try Self.uuid(request.brand, field: "brand")
        self.id = try Self.uuid(request.id, field: "id")
        self.subject = request.subject
    }

    /// The span with those of its events that are looked for.
    func found(in span: EventSpan) -> EventSpan {
        guard self.brand != nil || self.id != nil || !self.subject.isEmpty else { return span }
        var span = span
        span.events.removeAll { !self.isFound($0.event) }
        return span
    }

    private func isFound(_ event: Event) -> Bool {
        (self.brand == nil || self.brand == event.brand) && (self.id == nil || self.id == event.id)
            && (self.subject.isEmpty || self.subject == event.subject)
    }

    private static func uuid(_ bytes: [UInt8], field: String) throws(RPCError) -> PostgresUUID? {
        guard !bytes.isEmpty else { return nil }
        guard let uuid = PostgresUUID(bytes: bytes) else {
            throw RPCError(field: field, "has \(bytes.count) bytes", expected: "the 16 bytes of a UUID, or none")
        }
        return uuid
    }
}
