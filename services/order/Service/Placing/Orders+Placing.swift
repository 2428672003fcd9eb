public import OrderAPI
internal import OrderDomain
public import OrderMessages
internal import ProtobufC
public import RPC
internal import RPCMessages

extension Orders: OrderService {
    /// Places an order, or takes one in that is finished.
    public func placeOrder(_ request: PlaceOrderRequest, context: ServerContext) async throws -> PlaceOrderResponse {
        let placing = try self.placing(context)
        return try await self.answering(context) {
            try await self.placements.place(
                request, commandID: Self.commandID(request.commandID, context), for: placing)
        }
    }

    /// Decides what becomes of an order of which something is missing.
    public func resolveShortfall(_ request: ResolveShortfallRequest, context: ServerContext) async throws -> Order {
        let placing = try self.placing(context)
        return try await self.answering(context) {
            try await self.placements.resolve(
                request, commandID: Self.commandID(request.commandID, context), for: placing)
        }
    }

    /// The command's own id, or that of the metadata.
    private static func commandID(_ given: String, _ context: ServerContext) -> String {
        given.isEmpty ? context.metadata[Metadata.idempotencyKey] ?? "" : given
    }

    private func placing(_ context: ServerContext) throws(RPCError) -> Placing {
        Placing(
            brand: try self.brand(of: context.caller), by: context.caller.principal,
            traceParent: context.trace?.traceparent, patience: Patience(of: context))
    }
}
