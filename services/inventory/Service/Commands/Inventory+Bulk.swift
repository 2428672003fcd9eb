internal import InventoryDomain
public import InventoryMessages
internal import Postgres
internal import ProtobufC
public import RPC
internal import RPCMessages
internal import Wire

extension Inventory {
    /// Carries out many commands, each on its own.
    ///
    /// - Throws: ``RPCError`` where some could not be decided, for example since the database does not answer: the same
    ///   call may be sent again, and those that were carried out give the answer that they would have given now.
    public func changeStock(_ request: ChangeStockRequest, context: ServerContext) async throws -> ChangeStockResponse {
        let fallback = request.commandID.isEmpty ? context.metadata[Metadata.idempotencyKey] : request.commandID
        var bulk = BulkCall(brand: try self.brand(of: context.caller), context)
        let checker = RowChecker()
        for (row, command) in request.commands.enumerated() {
            let place = JSONPointer("commands", "\(row)").appending(field: command.command?.name ?? "")
            bulk.add(at: place) { () throws(RPCError) in
                guard let request = command.command?.request else {
                    throw RPCError(field: "command", "is missing", expected: "one command")
                }
                try checker.check(request)
                return try request.command(fallbackID: fallback.map { "\($0).\(row)" }, caller: context.caller)
            }
        }
        return ChangeStockResponse(outcomes: try await bulk.outcomes(by: self.engine))
    }

    /// Sets stock and settings, of one SKU or many.
    ///
    /// - Throws: ``RPCError`` as ``changeStock(_:context:)`` does; also where one document is refused that is not among
    ///   several.
    public func updateStock(_ request: UpdateStockRequest, context: ServerContext) async throws -> UpdateStockResponse {
        let fallback = request.commandID.isEmpty ? context.metadata[Metadata.idempotencyKey] : request.commandID
        let brand = try self.brand(of: context.caller)
        guard !request.documents.isEmpty else {
            let id = try CommandID.of(request.commandID, fallback: fallback)
            let action = Action.update(try StockDocumentFields(request).update())
            let command = try Command.of(id, request.context, context.caller, action)
            return UpdateStockResponse(outcomes: [try await self.single(command, of: brand, context)])
        }
        guard request.sku.isEmpty, request.warehouses.isEmpty else {
            throw RPCError(
                field: "documents", "stands beside a document in fields of its own", expected: "one of the two")
        }
        var bulk = BulkCall(brand: brand, context)
        let checker = RowChecker()
        for (row, document) in request.documents.enumerated() {
            bulk.add(at: JSONPointer("documents", "\(row)")) { () throws(RPCError) in
                try checker.check(document)
                let id = try CommandID.of(document.commandID, fallback: fallback.map { "\($0).\(row)" })
                let action = Action.update(try StockDocumentFields(document).update())
                return try Command.of(id, request.context, context.caller, action)
            }
        }
        return UpdateStockResponse(outcomes: try await bulk.outcomes(by: self.engine))
    }

    private func single(
        _ command: Command, of brand: PostgresUUID, _ context: ServerContext
    ) async throws(RPCError) -> CommandOutcome {
        let answers = BulkAnswers(count: 1)
        self.engine.submit([
            PendingCommand(
                brand: brand, command: command, traceParent: context.trace?.traceparent, receiver: answers, place: 0)
        ])
        switch await answers.wait().first {
        case .accepted(let bytes)?: return CommandOutcome(row: 0, outcome: .response(try CommandResponse.read(bytes)))
        case .refused(let refusal)?: throw RPCError(refusal)
        case .failed(let error)?: throw error
        case nil: throw .outcomeUnknown
        }
    }
}

/// The rows of a bulk call.
private struct BulkCall {
    private let brand: PostgresUUID
    private let traceParent: String?
    private var outcomes: [CommandOutcome] = []
    /// The commands of the rows that are valid, with their rows.
    private var commands: [(row: Int, command: Command)] = []
    /// Where in the call's JSON the rows are.
    private var places: [JSONPointer] = []

    init(brand: PostgresUUID, _ context: ServerContext) {
        self.brand = brand
        self.traceParent = context.trace?.traceparent
    }

    /// Adds a row; one that is not valid is refused, and harms no other.
    mutating func add(at place: JSONPointer, _ command: () throws(RPCError) -> Command) {
        self.places.append(place)
        let row = self.outcomes.count
        var outcome = CommandOutcome(row: UInt32(clamping: row))
        do throws(RPCError) {
            self.commands.append((row: row, command: try command()))
        } catch {
            outcome.outcome = .refusal(InventoryMessages.Refusal(invalid: error, at: place))
        }
        self.outcomes.append(outcome)
    }

    /// The outcomes of all rows, in their order.
    func outcomes(by engine: StockEngine) async throws(RPCError) -> [CommandOutcome] {
        guard !self.commands.isEmpty else { return self.outcomes }
        let answers = BulkAnswers(count: self.commands.count)
        engine.submit(
            self.commands.enumerated().map { place, row in
                PendingCommand(
                    brand: self.brand, command: row.command, traceParent: self.traceParent, receiver: answers,
                    place: place)
            }, isBulk: true)
        var outcomes = self.outcomes
        for (row, answer) in zip(self.commands.map(\.row), await answers.wait()) {
            switch answer {
            case .accepted(let bytes): outcomes[row].outcome = .response(try CommandResponse.read(bytes))
            case .refused(let refusal):
                outcomes[row].outcome = .refusal(InventoryMessages.Refusal(refusal, at: self.places[row]))
            case .failed(let error): throw error
            }
        }
        return outcomes
    }
}

/// Refuses rows with a field that breaks its rule, as the dispatcher does with calls.
private struct RowChecker {
    private let memory = ArenaMemory()

    func check(_ row: some Message) throws(RPCError) {
        let violations: FieldViolations
        self.memory.arena.reset()
        do throws(EncodingError) {
            violations = try row.ruleViolations(in: self.memory.arena)
        } catch {
            throw RPCError(error, of: "row")
        }
        if !violations.isEmpty { throw RPCError(violations, of: "the row") }
    }
}

extension CommandResponse {
    /// The answer that the engine has encoded, or found encoded.
    fileprivate static func read(_ bytes: [UInt8]) throws(RPCError) -> CommandResponse {
        do throws(ProtobufC.DecodingError) { return try CommandResponse(decoding: bytes) } catch {
            throw RPCError(.internal, "a stored answer cannot be read", type: "internal", reason: .internal)
        }
    }
}

extension InventoryMessages.Refusal {
    /// A row that is not valid.
    fileprivate init(invalid error: RPCError, at place: JSONPointer) {
        let field = error.problem?.fields.first?.field ?? ""
        let reason = InventoryMessages.RefusalReason.fieldInvalid
        self.init(
            reason: reason, field: field, message: error.message, type: error.problem?.type ?? "field-invalid",
            status: UInt32(reason.httpStatus ?? 400), pointer: place.appending(field: field).description)
    }
}

extension StockCommand.Command {
    /// Its name in JSON.
    fileprivate var name: String {
        switch self {
        case .setStock: "setStock"
        case .adjustStock: "adjustStock"
        case .expectStock: "expectStock"
        case .receiveStock: "receiveStock"
        case .transferStock: "transferStock"
        case .receiveTransfer: "receiveTransfer"
        case .countStock: "countStock"
        case .quarantineStock: "quarantineStock"
        case .releaseQuarantine: "releaseQuarantine"
        case .reserve: "reserve"
        case .extendReservation: "extendReservation"
        case .confirmReservation: "confirmReservation"
        case .commitReservation: "commitReservation"
        case .releaseReservation: "releaseReservation"
        }
    }

    /// The request that it is.
    fileprivate var request: any CommandRequest {
        switch self {
        case .setStock(let request): request
        case .adjustStock(let request): request
        case .expectStock(let request): request
        case .receiveStock(let request): request
        case .transferStock(let request): request
        case .receiveTransfer(let request): request
        case .countStock(let request): request
        case .quarantineStock(let request): request
        case .releaseQuarantine(let request): request
        case .reserve(let request): request
        case .extendReservation(let request): request
        case .confirmReservation(let request): request
        case .commitReservation(let request): request
        case .releaseReservation(let request): request
        }
    }
}
