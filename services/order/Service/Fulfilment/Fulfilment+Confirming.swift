internal import OrderDomain
internal import OrderMessages
internal import RPC

extension Fulfilment {
    /// Has an order go on that was waiting for its payment. Whether the payment came in time inventory decides; where it
    /// cannot be asked now, the order goes on by itself.
    func confirmWhenPaid(_ order: Order, _ context: ServerContext) async throws -> Order {
        guard order.status == .reserved, order.isPaid else { return order }
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            try await self.placements.confirm(
                order,
                for: Placing(
                    brand: brand, by: context.caller.principal, traceParent: context.trace?.traceparent,
                    patience: Patience(of: context)))
        }
    }
}
