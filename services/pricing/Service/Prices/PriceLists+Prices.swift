internal import Crypto
internal import Events
internal import Idempotency
internal import Money
internal import Postgres
internal import PricingDomain
public import PricingMessages
internal import ProtobufC
public import RPC
internal import ServedJobs
internal import Wire

extension PriceLists {
    /// Puts prices into a list, all or none.
    public func putPrices(_ request: PutPricesRequest, context: ServerContext) async throws -> PutPricesResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let writes = try Self.all(request.prices) { (index, price) throws(PricingRefusal) in
                try PriceWrite(putting: price, field: "prices[\(index)]")
            }
            var origin = PriceWriteOrigin(brand: brand, principal: context.caller.principal)
            (origin.reason, origin.isDryRun) = (request.reason, request.dryRun)
            origin.traceParent = context.trace?.traceparent
            var asked = request
            asked.commandID = ""
            let outcomes = try await self.carryOut(
                writes, into: request.listID, as: origin,
                once: request.dryRun ? nil : try Self.idempotencyKey(request.commandID, context, brand), asked
            ) { PutPricesResponse(outcomes: $0) }
            return outcomes
        }
    }

    /// Removes prices from a list, all or none. Those that are not there are absent then, too.
    public func deletePrices(
        _ request: DeletePricesRequest, context: ServerContext
    ) async throws -> DeletePricesResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let writes = try Self.all(request.prices) { (index, key) throws(PricingRefusal) in
                try PriceWrite(removing: key, field: "prices[\(index)]")
            }
            var origin = PriceWriteOrigin(brand: brand, principal: context.caller.principal)
            (origin.reason, origin.traceParent) = (request.reason, context.trace?.traceparent)
            var asked = request
            asked.commandID = ""
            return try await self.carryOut(
                writes, into: request.listID, as: origin,
                once: try Self.idempotencyKey(request.commandID, context, brand), asked
            ) { DeletePricesResponse(outcomes: $0) }
        }
    }

    /// Reads each entry; what is wrong with any of them is told at once.
    private static func all<Entry>(
        _ entries: [Entry], _ read: (Int, Entry) throws(PricingRefusal) -> PriceWrite
    ) throws(PricingRefusal) -> [PriceWrite] {
        var writes: [PriceWrite] = []
        var refusals: [PricingRefusal] = []
        for (index, entry) in entries.enumerated() {
            do throws(PricingRefusal) { writes.append(try read(index, entry)) } catch { refusals.append(error) }
        }
        if let refusal = PricingRefusal.combined(refusals) { throw refusal }
        return writes
    }

    /// Carries out changes in one transaction, unless the same request was answered before.
    private func carryOut<Request: Message, Response: Message & Sendable>(
        _ writes: [PriceWrite], into listID: String, as origin: PriceWriteOrigin, once key: IdempotencyKey?,
        _ request: Request, _ respond: ([PriceOutcome]) -> Response
    ) async throws -> Response {
        let once = try key.map {
            IdempotencyRequest($0, fingerprint: Array(SHA256.hash(data: try request.encodedBytes())))
        }
        return try await self.changing { transaction in
            if let once, let answer = try await Self.claim(once, in: transaction) {
                return try Self.answer(Response.self, answer)
            }
            let result = try await self.writes.write(writes, into: listID, as: origin, in: transaction)
            let refusals = result.outcomes.compactMap { (outcome) -> PricingRefusal? in
                if case .refused(let refusal) = outcome { refusal } else { nil }
            }
            if let refusal = PricingRefusal.combined(refusals) { throw refusal }
            let response = respond(
                zip(writes, result.outcomes).map { $1.message(of: $0, in: result.list, isDryRun: origin.isDryRun) })
            if let once {
                let answer = IdempotencyAnswer(status: 0, response: try response.encodedBytes())
                try await IdempotencyStore.complete(once.key, with: answer, in: transaction)
            }
            _ = try await transaction.commit(with: try EventLog.append(result.events))
            return response
        }
    }

    /// Claims a request's key.
    ///
    /// - Returns: What the same request was answered before; nil: it is new.
    private static func claim(
        _ request: IdempotencyRequest, in transaction: PostgresTransaction
    ) async throws -> IdempotencyAnswer? {
        switch try await IdempotencyStore.claim(request, in: transaction) {
        case .new: return nil
        case .answered(let answer): return answer
        case .otherRequest: throw RPCError.keyOfOtherRequest
        // One request stands in no batch with itself, but would be under way like any other.
        case .inFlight, .repeated: throw RPCError.keyInFlight
        }
    }

    private static func answer<Response: Message>(
        _: Response.Type, _ answer: IdempotencyAnswer
    ) throws(PostgresError) -> Response {
        let memory = ArenaMemory()
        return try Response(stored: answer.response, column: "response", in: memory.arena)
    }

    private static func idempotencyKey(
        _ field: String, _ context: ServerContext, _ brand: PostgresUUID
    ) throws(RPCError) -> IdempotencyKey {
        let key = field.isEmpty ? context.metadata[Metadata.idempotencyKey] ?? "" : field
        guard !key.isEmpty else {
            throw RPCError(
                field: "commandId", "is missing, and so is the metadata \(Metadata.idempotencyKey)",
                expected: "1 to \(IdempotencyKey.maximumLength) visible ASCII characters")
        }
        do throws(IdempotencyKeyError) {
            return try IdempotencyKey(
                brand: brand, principal: context.caller.principal, method: context.method.name, key: key)
        } catch {
            throw RPCError(
                field: "commandId", "is no id: \(error)",
                expected: "1 to \(IdempotencyKey.maximumLength) visible ASCII characters")
        }
    }
}

extension PriceWriteOutcome {
    /// The outcome as it is answered.
    func message(of write: PriceWrite, in list: BookList, isDryRun: Bool) -> PriceOutcome {
        func price(_ price: StoredPrice) -> Price { price.message(listID: list.id, currency: list.currency) }
        func amount(_ price: StoredPrice?) -> String { price?.amount.text(in: list.currency) ?? "" }
        switch self {
        case .created(let current): return PriceOutcome(price: price(current), result: .created)
        case .changed(let current, let previous):
            return PriceOutcome(price: price(current), result: .changed, previousAmount: amount(previous))
        case .unchanged(let current):
            return PriceOutcome(price: price(current), result: .unchanged, previousAmount: amount(current))
        case .held(let hold, let standing):
            return PriceOutcome(
                price: hold.message(listID: list.id, currency: list.currency, showsFloor: true).price, result: .held,
                previousAmount: amount(standing), holdID: isDryRun ? "" : hold.id.description)
        case .removed(let previous):
            return PriceOutcome(price: price(previous), result: .removed, previousAmount: amount(previous))
        case .absent, .refused:
            let identity = write.identity
            return PriceOutcome(
                price: Price(
                    sku: identity.sku.description, minimumQuantity: identity.minimumQuantity,
                    validFrom: identity.validFrom.timestamp, listID: list.id), result: .absent)
        }
    }
}
