internal import Logging
public import OrderAPI
internal import OrderDomain
public import OrderMessages
internal import Postgres
internal import ProtobufC
public import RPC

/// Takes back what was sold: returns, deposits, exchanges; and warranty claims.
public struct Returns: OrderCalls {
    let changes: OrderChanges
    let replacements: Replacements
    let logger: Logger

    init(_ changes: OrderChanges, replacements: Replacements, logger: Logger) {
        self.changes = changes
        self.replacements = replacements
        self.logger = logger
    }

    /// Asks for a return.
    public func requestReturn(
        _ request: RequestReturnRequest, context: ServerContext
    ) async throws -> RequestReturnResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let (answer, place) = try await self.begin(
                request, \.id, \.commandID, .returnLetter, brand, context
            ) { (state, moment) throws(OrderRefusal) in try state.requestReturn(request, at: moment) }
            return RequestReturnResponse(
                goodsReturn: try Self.child(answer.returns, at: place), created: !answer.isRepeated)
        }
    }

    /// Says that a part failed.
    public func submitClaim(_ request: SubmitClaimRequest, context: ServerContext) async throws -> SubmitClaimResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let (answer, place) = try await self.begin(
                request, \.id, \.commandID, .claimLetter, brand, context
            ) { (state, moment) throws(OrderRefusal) in try state.submitClaim(request, at: moment) }
            return SubmitClaimResponse(
                claim: try Self.child(answer.claims, at: place), created: !answer.isRepeated)
        }
    }

    /// Carries out a command that makes a new return or claim.
    ///
    /// - Returns: What it came to, and the place of what it has made, also where that was before.
    private func begin<Request: Message>(
        _ request: Request, _ id: WritableKeyPath<Request, String>, _ commandID: WritableKeyPath<Request, String>,
        _ letter: Character, _ brand: PostgresUUID, _ context: ServerContext, _ decide: @escaping OrderDecision
    ) async throws -> (OrderAnswer, Int) {
        let key = try await self.changes.key(brand, request[keyPath: id])
        var content = request
        content[keyPath: id] = ""
        content[keyPath: commandID] = ""
        let call = try OrderChanges.call(key, content, commandID: request[keyPath: commandID], context)
        let answer = try await self.changes.apply(call, needs: [.returns, .claims], decide)
        let subject =
            answer.isRepeated ? try await self.changes.subject(of: call) : answer.entries.first?.subject
        guard let number = subject.flatMap({ ReturnNumber($0, letter) }) else {
            throw PostgresError(.server, "an entry of a return or claim names none")
        }
        return (answer, number.place)
    }

    static func child<Child>(_ children: [Child], at place: Int) throws -> Child {
        guard children.indices.contains(place) else {
            throw PostgresError(.server, "an order has fewer returns or claims than its log names")
        }
        return children[place]
    }
}

extension Character {
    fileprivate static let returnLetter = ReturnNumber.returnLetter
    fileprivate static let claimLetter = ReturnNumber.claimLetter
}

extension Returns: ReturnService {}
