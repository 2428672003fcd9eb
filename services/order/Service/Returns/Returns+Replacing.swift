internal import OrderDomain
public import OrderMessages
internal import Postgres
internal import ProtobufC
public import RPC
internal import Refusals

extension Returns {
    /// Sends other parts instead of a refund.
    public func exchangeReturn(_ request: ExchangeReturnRequest, context: ServerContext) async throws -> Return {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let number = try Self.returnNumber(request.returnID)
            let call = try Self.call(request, \.returnID, \.commandID, number, brand, context)
            let answer = try await self.returns(call, request.returnID) { (state, _) throws(OrderRefusal) in
                try state.exchangeReturn(number.place, request)
            }
            var goods = try Self.child(answer.returns, at: number.place)
            if goods.status == .exchanged && goods.exchangeOrderID.isEmpty {
                await self.waitForReplacement(call.key, context)
                let rows = try await self.changes.pool.query(ReturnList.one(number, of: brand))
                goods = try ReturnList.read(rows).first?.1 ?? goods
            }
            guard goods.status == .exchanged else { throw self.replacements.takeRefusal(of: goods.returnID) }
            guard !goods.exchangeOrderID.isEmpty else { throw OrderRefusal.stillPending }
            return goods
        }
    }

    /// Pays an approved claim, or sends the part again.
    public func settleClaim(_ request: SettleClaimRequest, context: ServerContext) async throws -> WarrantyClaim {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let number = try Self.claimNumber(request.claimID)
            let call = try Self.call(request, \.claimID, \.commandID, number, brand, context)
            let answer = try await self.claims(call, request.claimID) { (state, moment) throws(OrderRefusal) in
                try state.settleClaim(number.place, request, at: moment)
            }
            var claim = try Self.child(answer.claims, at: number.place)
            guard claim.outcome == .replacement else { return claim }
            if claim.status == .settled && claim.replacementOrderID.isEmpty {
                await self.waitForReplacement(call.key, context)
                let rows = try await self.changes.pool.query(ClaimList.one(number, of: brand))
                claim = try ClaimList.read(rows).first?.1 ?? claim
            }
            guard claim.status == .settled else { throw self.replacements.takeRefusal(of: claim.claimID) }
            guard !claim.replacementOrderID.isEmpty else { throw OrderRefusal.stillPending }
            return claim
        }
    }

    /// Waits for an order that is placed in the place of parts of another one, as long as the call may take.
    private func waitForReplacement(_ order: OrderKey, _ context: ServerContext) async {
        let milliseconds = Patience(of: context).left / .milliseconds(1)
        await self.changes.effects.wait(for: order, milliseconds: Int64(milliseconds))
    }
}
