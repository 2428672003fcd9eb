internal import Jobs
public import OrderAPI
internal import OrderDomain
internal import OrderFiles
public import OrderMessages
internal import Paging
internal import Postgres
internal import ProtobufC
public import RPC
internal import Refusals
internal import ServedJobs

extension Settlements: SettlementService {
    /// The settlements of a page where the request names no number.
    static let defaultSettlements = 50
    /// The lines of a page where the request names no number.
    static let defaultSettlementLines = 200

    /// Begins a settlement, which waits for its file.
    public func beginSettlement(_ request: BeginSettlementRequest, context: ServerContext) async throws -> Settlement {
        let brand = try self.brand(of: context.caller)
        let options = request.options ?? SettlementOptions()
        let (principal, key) = (context.caller.principal, try OrderJobs.key(request.commandID, context))
        return try await self.answering(context, in: "options") {
            try OrderJobs.check(options.currency)
            try OrderJobs.checkColumns(options.columns.map(\.fileColumn))
            try Self.checkWords(options.words)
            guard options.tolerance?.micros ?? 0 >= 0 else {
                throw OrderRefusal(
                    .invalidValue, field: "tolerance", "is below zero", expected: "an amount from 0 on")
            }
            try OrderJobs.check { () throws(OrderFileFault) in _ = try SettlementFormats.reader(for: options) }
            let parameters = try Settlement(options: options, createdBy: principal).encodedBytes()
            let wanted = JobRequest(
                brand: brand, kind: OrderJobs.settlementKind, parameters: parameters, hasInput: true)
            let job = try await self.files.jobs.create(
                wanted, by: principal, key: key, method: OrderJobs.settlementKind)
            let settlement = try Settlement(beginning: job)
            _ = try await self.files.pool.query(try SettlementRows.beginning(settlement, job))
            return try await self.settlement(job.id.description, of: brand)
        }
    }

    /// One settlement, with its sums.
    public func getSettlement(_ request: GetSettlementRequest, context: ServerContext) async throws -> Settlement {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) { try await self.settlement(request.settlementID, of: brand) }
    }

    /// A page of the brand's settlements, the newest first.
    public func listSettlements(
        _ request: ListSettlementsRequest, context: ServerContext
    ) async throws -> ListSettlementsResponse {
        let brand = try self.brand(of: context.caller)
        let question = PageToken.Question("ListSettlements", [brand.description, request.connection])
        var before: PostgresUUID?
        if !request.pageToken.isEmpty {
            guard let bytes = PageToken.position(request.pageToken, of: question),
                let id = PostgresUUID(String(decoding: bytes, as: UTF8.self))
            else { throw RPCError.invalidPageToken }
            before = id
        }
        let size = request.pageSize == 0 ? Self.defaultSettlements : Int(request.pageSize)
        return try await self.answering(context) {
            let rows = try await self.files.pool.query(
                SettlementRows.page(
                    of: brand, connection: request.connection, before: before, limit: Int64(size) + 1))
            let stored = try rows.prefix(size).map { row in try StoredSettlement(row) }
            var settlements: [Settlement] = []
            for settlement in stored { settlements.append(try await self.message(settlement, of: brand)) }
            let next = rows.count > size ? stored.last.map { Array($0.id.description.utf8) } : nil
            return ListSettlementsResponse(
                settlements: settlements, nextPageToken: next.map { PageToken.text($0, of: question) } ?? "")
        }
    }

    /// A page of a settlement's lines, or of those that differ.
    public func listSettlementLines(
        _ request: ListSettlementLinesRequest, context: ServerContext
    ) async throws -> ListSettlementLinesResponse {
        let brand = try self.brand(of: context.caller)
        let differences = request.difference.map(\.column)
        let page = try SettlementLinePage(request, differences, of: brand)
        return try await self.answering(context) {
            let (id, found) = try await self.stored(request.settlementID, of: brand)
            guard found.settlement.state != .reading else { return ListSettlementLinesResponse() }
            let rows = try await self.files.pool.query(
                SettlementLinePage.selection, brand, id.uuid, page.number, page.place, differences, request.orderID,
                Int64(page.size) + 1)
            return try page.response(rows)
        }
    }

    /// Says that somebody has looked at the differences. The orders are told by a job.
    public func acceptSettlement(_ request: AcceptSettlementRequest, context: ServerContext) async throws -> Settlement
    {
        let brand = try self.brand(of: context.caller)
        let principal = context.caller.principal
        return try await self.answering(context) {
            let (id, found) = try await self.stored(request.settlementID, of: brand)
            // What is accepted is so once; its job is there, or was there until it was forgotten.
            if found.settlement.state == .accepted { return found.settlement }
            guard found.settlement.state == .matched else {
                let state = try await self.message(found, of: brand).state
                throw OrderRefusal(
                    .stateNotAllowed, "the settlement is not matched: it is \(state.words)",
                    faults: [FieldFault(field: "state", reason: "is \(state.words)", expected: "matched")])
            }
            // First the job: whoever comes no further than it is accepted by it.
            let parameters = try Settlement(settlementID: request.settlementID, acceptedBy: principal).encodedBytes()
            _ = try await self.files.jobs.create(
                JobRequest(brand: brand, kind: OrderJobs.acceptanceKind, parameters: parameters), by: principal,
                key: request.settlementID, method: OrderJobs.acceptanceKind)
            return try await self.files.accept(id, of: brand, by: principal)
        }
    }

    private func stored(_ text: String, of brand: PostgresUUID) async throws -> (JobID, StoredSettlement) {
        guard let id = JobID(text), id.service == self.files.jobs.service,
            let row = try await self.files.pool.query(SettlementRows.reading(id.uuid, of: brand)).first
        else { throw OrderRefusal.settlementNotFound(text) }
        return (id, try StoredSettlement(row))
    }

    private func settlement(_ text: String, of brand: PostgresUUID) async throws -> Settlement {
        try await self.message(try await self.stored(text, of: brand).1, of: brand)
    }

    private func message(_ stored: StoredSettlement, of brand: PostgresUUID) async throws -> Settlement {
        guard stored.settlement.state == .reading else { return stored.settlement }
        guard let id = JobID(stored.settlement.settlementID) else { return try stored.message(nil) }
        let job = try await self.files.jobs.find(id, brand: brand)
        // It may have been matched since the row was read.
        if job?.state == .succeeded,
            let row = try await self.files.pool.query(SettlementRows.reading(id.uuid, of: brand)).first
        {
            return try StoredSettlement(row).message(job)
        }
        return try stored.message(job)
    }

    private static func checkWords(_ words: [SettlementWord]) throws(OrderRefusal) {
        var known: Set<ExactText> = []
        for (place, word) in words.enumerated() where !known.insert(ExactText(word.word)).inserted {
            throw OrderRefusal(
                .duplicateEntry, field: "words[\(place)].word", "is \(word.word.debugDescription) again",
                expected: "each word once")
        }
    }
}

extension SettlementState {
    /// In a sentence.
    fileprivate var words: String {
        switch self {
        case .reading: "being read"
        case .matched: "matched"
        case .failed: "failed"
        case .cancelled: "cancelled"
        case .accepted: "accepted"
        case .unspecified, .unrecognized: "in no known state"
        }
    }
}

/// Which page is asked for of a settlement's lines, by number.
private struct SettlementLinePage {
    let number: Int64
    let place: Int64
    let size: Int
    private let question: PageToken.Question

    init(
        _ request: ListSettlementLinesRequest, _ differences: [Int16], of brand: PostgresUUID
    ) throws(RPCError) {
        self.size = request.pageSize == 0 ? Settlements.defaultSettlementLines : Int(request.pageSize)
        self.question = PageToken.Question(
            "ListSettlementLines",
            [
                brand.description, request.settlementID, request.orderID,
                differences.map { "\($0)" }.joined(separator: ","),
            ])
        guard !request.pageToken.isEmpty else {
            (self.number, self.place) = (-1, 0)
            return
        }
        let bytes = PageToken.position(request.pageToken, of: self.question) ?? []
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: ".").compactMap { Int64($0) }
        guard parts.count == 2 else { throw .invalidPageToken }
        (self.number, self.place) = (parts[0], parts[1])
    }

    func response(_ rows: PostgresRows) throws -> ListSettlementLinesResponse {
        var lines: [SettlementLine] = []
        var last: (number: Int64, place: Int64) = (0, 0)
        for row in rows.prefix(self.size) {
            let (line, place) = try SettlementLine.read(row)
            last = (line.number, place)
            lines.append(line)
        }
        guard rows.count > self.size else { return ListSettlementLinesResponse(lines: lines) }
        let position = Array("\(last.number).\(last.place)".utf8)
        return ListSettlementLinesResponse(
            lines: lines, nextPageToken: PageToken.text(position, of: self.question))
    }

    static let selection = PostgresStatement(
        """
        select number, place, channel_order_id, sku, line_id, quantity, kind, word, amount, posted_at, difference,
            order_id, order_amount, expected, description
        from settlement_line
        where brand_id = $1 and settlement_id = $2 and (number, place) > ($3, $4)
            and ($5::smallint[] = '{}' or difference = any($5)) and ($6 = '' or channel_order_id = $6)
        order by number, place limit $7
        """,
        readOnly: true)
}

extension SettlementLine {
    fileprivate static func read(_ row: PostgresRow) throws(PostgresError) -> (SettlementLine, place: Int64) {
        let (
            number, place, orderID, sku, lineID, quantity, kind, word, amount, postedAt, difference, order, orderAmount,
            expected, description
        ) = try row.decode(
            Int64.self, Int64.self, String.self, String.self, String.self, Int64.self, Int16.self, String.self,
            Int64.self, PostgresTimestamp?.self, Int16.self, PostgresUUID?.self, Int64?.self, Int64?.self, String.self)
        let line = SettlementLine(
            number: number, orderID: orderID, id: order?.description ?? "", sku: sku, lineID: lineID,
            quantity: quantity,
            kind: SettlementAmountKind(rawValue: Int32(kind)), word: word, amount: Decimal(micros: amount),
            postedAt: postedAt?.protobuf, difference: SettlementDifference(rawValue: Int32(difference)),
            orderAmount: orderAmount.map { Decimal(micros: $0) }, expected: expected.map { Decimal(micros: $0) },
            description: description)
        return (line, place)
    }
}
