internal import Events
internal import Paging
internal import Postgres
internal import PricingDomain
public import PricingMessages
public import RPC

extension PriceLists {
    /// Answers a page of held prices, the last held first.
    public func listHolds(_ request: ListHoldsRequest, context: ServerContext) async throws -> ListHoldsResponse {
        let brand = try self.brand(of: context.caller)
        let state = request.state == .unspecified ? HoldState.pending : request.state
        let question = PageToken.Question("ListHolds", [brand.description, "\(state.rawValue)"])
        let last = try Self.position(request.pageToken, of: question) { HoldPosition(token: $0) }
        return try await self.answering(context) {
            let size = self.pageSize(request.pageSize)
            let rows = try await self.pool.query(
                PriceHoldRows.page(state, of: brand, after: last.map { ($0.heldAt, $0.id) }, limit: size + 1))
            let holds = try rows.map { (row) throws(PostgresError) in try PriceHoldRow(row) }
            let known = try KnownLists(try await self.pool.query(KnownLists.reading(of: brand)))
            let page = holds.prefix(size)
            var response = ListHoldsResponse(
                holds: try page.map { try self.answer($0, known, to: context.caller) })
            if holds.count > size, let end = page.last {
                response.nextPageToken = PageToken.text(
                    HoldPosition(heldAt: end.heldAt, id: end.id).token, of: question)
            }
            return response
        }
    }

    /// Puts a held price into its list, past the floors: that is what the approval is for. The same approved again changes
    /// nothing.
    public func approveHold(_ request: DecideHoldRequest, context: ServerContext) async throws -> PriceHold {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let id = try Self.holdID(request)
            return try await self.changing { transaction in
                let answers = try await transaction.execute([
                    PriceHoldRows.one(id, of: brand), KnownLists.reading(of: brand),
                ])
                guard let row = answers[0].first else { throw PricingRefusal.holdNotFound(request.holdID) }
                let (hold, known) = (try PriceHoldRow(row), try KnownLists(answers[1]))
                if hold.state == .approved { return try self.answer(hold, known, to: context.caller) }
                guard hold.state == .pending else { throw PricingRefusal.holdDecided }
                let list = try known[hold.listNumber]
                guard list.removedAt == nil else { throw PricingRefusal.listNotFound(list.list.listID) }
                var origin = PriceWriteOrigin(brand: brand, principal: context.caller.principal)
                (origin.reason, origin.traceParent) = (hold.reason, context.trace?.traceparent)
                origin.approval = PriceWriteOrigin.Approval(holdID: id, note: request.note)
                let write = PriceWrite(hold.identity, .put(hold.amount, validTo: hold.validTo))
                let result = try await self.writes.write([write], into: list.list.listID, as: origin, in: transaction)
                let read = try await transaction.execute([PriceHoldRows.one(id, of: brand)])[0].first
                guard let decided = try read.map({ (row) throws(PostgresError) in try PriceHoldRow(row) }) else {
                    throw PostgresError(.server, "a held price without a row")
                }
                // Somebody may have approved it since it was read.
                if case .refused(let refusal) = result.outcomes.first, decided.state != .approved { throw refusal }
                _ = try await transaction.commit(with: try EventLog.append(result.events))
                return try self.answer(decided, known, to: context.caller)
            }
        }
    }

    /// Drops a held price. The same rejected again changes nothing.
    public func rejectHold(_ request: DecideHoldRequest, context: ServerContext) async throws -> PriceHold {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let id = try Self.holdID(request)
            return try await self.changing { transaction in
                let answers = try await transaction.execute([
                    PriceHoldRows.locking(id, of: brand), KnownLists.reading(of: brand),
                    PostgresCommand(Self.clock),
                ])
                guard let row = answers[0].first, let now = try answers[2].first?.decode(PostgresTimestamp.self) else {
                    throw PricingRefusal.holdNotFound(request.holdID)
                }
                let (hold, known) = (try PriceHoldRow(row), try KnownLists(answers[1]))
                if hold.state == .rejected { return try self.answer(hold, known, to: context.caller) }
                guard hold.state == .pending else { throw PricingRefusal.holdDecided }
                let rejected = hold.decided(.rejected, by: context.caller.principal, at: now, note: request.note)
                let list = try known[hold.listNumber]
                let told = rejected.message(listID: list.list.listID, currency: list.currency, showsFloor: true)
                let events = try [PricingEvent.holdsChanged(PriceHoldsChanged(holds: [told]))].recorded(
                    of: brand, at: now, traceParent: context.trace?.traceparent)
                _ = try await transaction.commit(
                    with: [PriceHoldRows.decision([rejected], of: brand)] + EventLog.append(events))
                return try self.answer(rejected, known, to: context.caller)
            }
        }
    }

    private func answer(
        _ hold: PriceHoldRow, _ known: KnownLists, to caller: CallerIdentity
    ) throws(PostgresError) -> PriceHold {
        let list = try known[hold.listNumber]
        return hold.message(
            listID: list.list.listID, currency: list.currency, showsFloor: self.showsCost(to: caller))
    }

    private static func holdID(_ request: DecideHoldRequest) throws(PricingRefusal) -> PostgresUUID {
        guard let id = PostgresUUID(request.holdID) else { throw .holdNotFound(request.holdID) }
        return id
    }

    private static let clock = PostgresStatement("select clock_timestamp()", readOnly: true)
}

/// Where a page of held prices ended.
private struct HoldPosition {
    let heldAt: PostgresTimestamp
    let id: PostgresUUID

    init(heldAt: PostgresTimestamp, id: PostgresUUID) {
        self.heldAt = heldAt
        self.id = id
    }

    init?(token: [UInt8]) {
        let values = token.int64s
        guard values.count == 3 else { return nil }
        self.heldAt = PostgresTimestamp(microseconds: values[0])
        self.id = PostgresUUID(high: UInt64(bitPattern: values[1]), low: UInt64(bitPattern: values[2]))
    }

    var token: [UInt8] {
        Array(
            int64s: [self.heldAt.microseconds, Int64(bitPattern: self.id.high), Int64(bitPattern: self.id.low)])
    }
}

extension PricingRefusal {
    fileprivate static func holdNotFound(_ id: String) -> PricingRefusal {
        PricingRefusal(.holdNotFound, "there is no held price \(id.debugDescription)")
    }
}
