internal import OrderDomain
public import OrderMessages
internal import Postgres
internal import ProtobufC
public import RPC
internal import Refusals

extension Returns {
    /// Lets the buyer send a return.
    public func authorizeReturn(_ request: AuthorizeReturnRequest, context: ServerContext) async throws -> Return {
        try await self.step(request, \.returnID, \.commandID, context) { place in
            { (state, moment) throws(OrderRefusal) in try state.authorizeReturn(place, request, at: moment) }
        }
    }

    /// Does not take a return back.
    public func refuseReturn(_ request: RefuseReturnRequest, context: ServerContext) async throws -> Return {
        try await self.step(request, \.returnID, \.commandID, context) { place in
            { (state, _) throws(OrderRefusal) in try state.refuseReturn(place, request) }
        }
    }

    /// The buyer keeps it.
    public func cancelReturn(_ request: CancelReturnRequest, context: ServerContext) async throws -> Return {
        try await self.step(request, \.returnID, \.commandID, context) { place in
            { (state, _) throws(OrderRefusal) in try state.cancelReturn(place) }
        }
    }

    /// Units of a return have arrived.
    public func receiveReturn(_ request: ReceiveReturnRequest, context: ServerContext) async throws -> Return {
        try await self.step(request, \.returnID, \.commandID, context) { place in
            { (state, moment) throws(OrderRefusal) in try state.receiveReturn(place, request, at: moment) }
        }
    }

    /// Says what units that arrived are, and what becomes of them.
    public func gradeReturn(_ request: GradeReturnRequest, context: ServerContext) async throws -> Return {
        try await self.step(request, \.returnID, \.commandID, context) { place in
            { (state, _) throws(OrderRefusal) in try state.gradeReturn(place, request) }
        }
    }

    /// Puts the refund of a return on record.
    public func refundReturn(_ request: RefundReturnRequest, context: ServerContext) async throws -> Return {
        try await self.step(request, \.returnID, \.commandID, context) { place in
            { (state, moment) throws(OrderRefusal) in try state.refundReturn(place, request, at: moment) }
        }
    }

    /// Moves a claim on.
    public func decideClaim(_ request: DecideClaimRequest, context: ServerContext) async throws -> WarrantyClaim {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let number = try Self.claimNumber(request.claimID)
            let call = try Self.call(request, \.claimID, \.commandID, number, brand, context)
            let answer = try await self.claims(call, request.claimID) { (state, _) throws(OrderRefusal) in
                try state.decideClaim(number.place, request)
            }
            return try Self.child(answer.claims, at: number.place)
        }
    }

    /// Carries out a step of a return as a command of its order.
    private func step<Request: Message>(
        _ request: Request, _ id: WritableKeyPath<Request, String>, _ commandID: WritableKeyPath<Request, String>,
        _ context: ServerContext, _ decide: (Int) -> OrderDecision
    ) async throws -> Return {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let number = try Self.returnNumber(request[keyPath: id])
            let call = try Self.call(request, id, commandID, number, brand, context)
            let answer = try await self.returns(call, request[keyPath: id], decide(number.place))
            return try Self.child(answer.returns, at: number.place)
        }
    }

    /// Does something with an order's returns; where the brand has no such order, it has no such return.
    func returns(
        _ call: OrderChanges.Call, _ id: String, _ decide: @escaping OrderDecision
    ) async throws -> OrderAnswer {
        do {
            return try await self.changes.apply(call, needs: [.returns, .claims], decide)
        } catch let refusal as OrderRefusal where refusal.reason == .orderNotFound {
            throw OrderRefusal.returnNotFound(id)
        }
    }

    /// Does something with an order's claims.
    func claims(
        _ call: OrderChanges.Call, _ id: String, _ decide: @escaping OrderDecision
    ) async throws -> OrderAnswer {
        do {
            return try await self.changes.apply(call, needs: [.returns, .claims], decide)
        } catch let refusal as OrderRefusal where refusal.reason == .orderNotFound {
            throw OrderRefusal.claimNotFound(id)
        }
    }

    static func call<Request: Message>(
        _ request: Request, _ id: WritableKeyPath<Request, String>, _ commandID: WritableKeyPath<Request, String>,
        _ number: ReturnNumber, _ brand: PostgresUUID, _ context: ServerContext
    ) throws -> OrderChanges.Call {
        var content = request
        // As it was given out, whatever case it came in.
        content[keyPath: id] = "\(number.order)-\(number.number)"
        content[keyPath: commandID] = ""
        return try OrderChanges.call(
            OrderKey(brand: brand, id: number.order), content, commandID: request[keyPath: commandID], context)
    }

    static func returnNumber(_ id: String) throws(OrderRefusal) -> ReturnNumber {
        guard let number = ReturnNumber(id, ReturnNumber.returnLetter) else { throw .returnNotFound(id) }
        return number
    }

    static func claimNumber(_ id: String) throws(OrderRefusal) -> ReturnNumber {
        guard let number = ReturnNumber(id, ReturnNumber.claimLetter) else { throw .claimNotFound(id) }
        return number
    }
}
