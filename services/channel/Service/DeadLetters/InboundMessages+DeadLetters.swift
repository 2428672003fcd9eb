internal import ChannelAdapter
internal import ChannelDomain
public import ChannelMessages
internal import Paging
internal import Postgres
public import RPC
internal import Refusals
internal import WellKnownMessages

extension InboundMessages {
    /// Lists what could not be dealt with, the last first: of all places, as one list.
    public func listDeadLetters(
        _ request: ListDeadLettersRequest, context: ServerContext
    ) async throws -> ListDeadLettersResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            try await self.checkConnection(request.connection, of: brand)
            let question = PageToken.Question(
                "listDeadLetters",
                ["\(brand)", request.connection, request.kind.map { "\($0.rawValue)" }.joined(separator: ",")])
            var last = DeadLetterPosition.start
            if !request.pageToken.isEmpty {
                guard let bytes = PageToken.position(request.pageToken, of: question),
                    let position = DeadLetterPosition(bytes)
                else { throw ChannelRefusal.invalidListToken }
                last = position
            }
            let size = Self.size(request.pageSize)
            var letters: [StoredDeadLetter] = []
            for place in self.deadLetters where request.kind.isEmpty || request.kind.contains(place.kind) {
                letters += try await place.list(
                    of: brand, connection: request.connection, behind: last, limit: size + 1)
            }
            letters.sort { $0.position > $1.position }
            let page = letters.prefix(size)
            var next = ""
            if letters.count > size, let end = page.last?.position {
                next = PageToken.text(end.bytes, of: question)
            }
            return ListDeadLettersResponse(deadLetters: page.map(\.message), nextPageToken: next)
        }
    }

    /// One dead letter with its body.
    public func getDeadLetter(_ request: GetDeadLetterRequest, context: ServerContext) async throws -> DeadLetter {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            guard let id = DeadLetterID(request.id) else { throw ChannelRefusal.messageNotFound }
            for place in self.deadLetters {
                if let letter = try await place.letter(id, of: brand) { return letter.message }
            }
            throw ChannelRefusal.messageNotFound
        }
    }

    /// Has dead letters tried again: all that fulfil what is named, at most ``InboundLimits/replaysPerCall`` of each place.
    public func replayDeadLetters(
        _ request: ReplayDeadLettersRequest, context: ServerContext
    ) async throws -> ReplayDeadLettersResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            try await self.checkConnection(request.connection, of: brand)
            let selection = try DeadLetterSelection(request)
            var replayed: Int64 = 0
            for place in self.deadLetters {
                replayed += try await place.replay(selection, of: brand, limit: InboundLimits.replaysPerCall)
            }
            return ReplayDeadLettersResponse(replayed: UInt64(replayed))
        }
    }
}

extension DeadLetterSelection {
    /// What a request names.
    init(_ request: ReplayDeadLettersRequest) throws(ChannelRefusal) {
        guard
            !request.ids.isEmpty || !request.connection.isEmpty || !request.subject.isEmpty || request.from != nil
                || request.to != nil
        else {
            throw ChannelRefusal(
                .invalidValue, field: "ids", "is empty, and nothing else says what is meant",
                expected: "ids, a connection, a subject, or from and to")
        }
        var ids: [DeadLetterID] = []
        for (place, text) in request.ids.enumerated() {
            guard let id = DeadLetterID(text) else {
                throw ChannelRefusal(
                    .invalidValue, field: "ids[\(place)]", "is no id of a dead letter",
                    expected: "one as the list gives it, such as inbound-018f2d6e-0000-7000-8000-000000000000")
            }
            ids.append(id)
        }
        self.init(ids: ids, connection: request.connection, subject: request.subject)
        if let from = request.from { self.from = try Self.moment(from, "from") }
        if let to = request.to { self.to = try Self.moment(to, "to") }
        guard self.from < self.to else {
            throw ChannelRefusal(.invalidValue, field: "to", "is not behind from", expected: "a later moment")
        }
    }

    private static func moment(_ message: ProtoTimestamp, _ field: String) throws(ChannelRefusal) -> PostgresTimestamp {
        guard let moment = PostgresTimestamp(message) else {
            throw ChannelRefusal(
                .invalidValue, field: field, "is no moment of the years 1 to 9999", expected: "2026-01-31T12:00:00Z")
        }
        return moment
    }
}
