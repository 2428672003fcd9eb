internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import ProtobufC
internal import RPC
internal import RPCMessages
internal import Refusals
internal import WellKnownMessages
internal import Wire

/// Who asks for an order to be placed, and how long they wait for it.
struct Placing: Sendable {
    /// Whose the order is.
    var brand: PostgresUUID
    /// The principal.
    var by: String
    /// The trace context of what causes it.
    var traceParent: String?
    /// How long what others do not answer is tried again.
    var patience: Patience
}

extension Placements {
    /// Places an order, or takes one in that is finished.
    ///
    /// - Parameter commandID: By which a repeat is recognised; empty: only by the order's own id.
    /// - Throws: `OrderRefusal`; `PostgresError`, behind which the same call may be made again; `RPCError` where pricing
    ///   cannot be reached, before anything is on record.
    func place(
        _ request: PlaceOrderRequest, commandID: String, for placing: Placing
    ) async throws -> PlaceOrderResponse {
        guard !commandID.isEmpty || !request.orderID.isEmpty else { throw OrderRefusal.keyRequired }
        let settings = try await self.settings.settings(of: placing.brand)
        let order = try Order(
            placing: request, at: PostgresTimestamp.ofSystemClock.protobuf, settings: settings)
        let agreed = try await self.agreed(order, request, placing)
        let new = NewOrder(
            brand: placing.brand, state: OrderState(order: (try? agreed.get()) ?? order), orderID: request.orderID,
            commandID: commandID, fingerprint: try request.placementFingerprint(), by: placing.by,
            traceParent: placing.traceParent, decide: Self.recording(agreed))
        do {
            return try await self.finish(try await self.writes.record(new), placing)
        } catch let refusal as OrderRefusal where refusal == .withoutPrices {
            throw RPCError.pricingUnreachable
        }
    }

    /// The order with the prices that pricing agrees to; or why it does not. A repeat of an order is answered all the same.
    private func agreed(
        _ order: Order, _ request: PlaceOrderRequest, _ placing: Placing
    ) async throws -> Result<Order, OrderRefusal> {
        guard order.needsQuote else { return .success(order) }
        let prices: Result<AgreedPrices, OrderRefusal>
        do {
            prices = try await placing.patience.retrying { () throws(RPCError) in
                try await self.calls.prices(of: order, for: placing.brand)
            }
        } catch is RPCError { return .failure(.withoutPrices) }
        var order = order
        do throws(OrderRefusal) {
            try order.agree(to: prices.get(), by: request)
            return .success(order)
        } catch { return .failure(error) }
    }

    /// Puts an order on record that has all it needs.
    private static func recording(_ order: Result<Order, OrderRefusal>) -> OrderDecision {
        { (state, _) throws(OrderRefusal) in
            let order = try order.get()
            guard order.isToBePlaced else {
                state.attention = .none
                return state.append(.imported, "it came \(order.status.words)")
            }
            state.order.beginPlacing(attempt: max(1, state.order.attempt))
            state.attention = .after(milliseconds: OrderLimits.attentionMilliseconds)
            state.append(
                .placed, state.order.attempt == 1 ? "on \(order.platform)" : "on \(order.platform), once more")
        }
    }

    private func finish(_ answer: NewOrderAnswer, _ placing: Placing) async throws -> PlaceOrderResponse {
        let isCreated: Bool
        switch answer {
        case .recorded, .replaced:
            isCreated = true
            try await self.faults.reach(.recorded)
        case .found(let found):
            guard found.isSame else { throw OrderRefusal.taken(found) }
            isCreated = false
        }
        guard let key = OrderKey(answer.order, of: placing.brand) else {
            throw PostgresError(.server, "an order has the id \(answer.order.id), which is none")
        }
        let order = try await self.finish(
            answer.order, of: key, placing.patience, traceParent: placing.traceParent)
        return PlaceOrderResponse(order: order, created: isCreated)
    }

    /// Places an order that another one has brought about, such as an exchange: see `Order.replacement(_:named:)`.
    ///
    /// - Parameter commandID: Of what brings it about, with something that tells it from others of the same.
    /// - Throws: `OrderRefusal`: where there is not enough stock, nothing is left of it.
    func place(_ order: Order, commandID: String, for placing: Placing) async throws -> Order {
        let content = PlaceOrderRequest(
            orderID: order.orderID, connection: order.connection,
            items: order.items.map { OrderItem(sku: $0.sku, quantity: $0.quantity, locationID: $0.locationID) })
        let answer = try await self.writes.record(
            NewOrder(
                brand: placing.brand, state: OrderState(order: order), orderID: order.orderID, commandID: commandID,
                fingerprint: try content.placementFingerprint(), by: placing.by, traceParent: placing.traceParent,
                decide: Self.recording(.success(order))))
        let placed = try await self.finish(answer, placing)
        return placed.order ?? answer.order
    }

    /// Confirms an order that is reserved and paid, as far as inventory can be reached now; the rest follows by itself.
    ///
    /// - Returns: The order as it stands then: confirmed, or cancelled where the payment came behind the end of the hold.
    func confirm(_ order: Order, for placing: Placing) async throws -> Order {
        guard order.status == .reserved, order.isPaid, let key = OrderKey(order, of: placing.brand) else {
            return order
        }
        do {
            return try await self.finish(order, of: key, placing.patience, traceParent: placing.traceParent)
        } catch let refusal as OrderRefusal where refusal.reason == .stillPending {
            return order
        }
    }
}

extension OrderKey {
    /// The key of an order as it was read; nil: its id is none of ours.
    init?(_ order: Order, of brand: PostgresUUID) {
        guard let id = OrderID(order.id) else { return nil }
        self.init(brand: brand, id: id)
    }
}

extension Refusals.Refusal where Reason == OrderMessages.RefusalReason {
    /// Nobody says what the order costs, so it does not come on record; unless it is there already.
    fileprivate static let withoutPrices = OrderRefusal(.stillPending, "pricing does not answer")
}

extension RPCError {
    /// An order needs a quote, and there is none to be had.
    fileprivate static let pricingUnreachable = RPCError(
        .unavailable, "pricing does not answer, and nothing is on record; send the order again", type: "unavailable",
        reason: .unavailable)
}

extension PlaceOrderRequest {
    /// What tells a repeat from another order.
    func placementFingerprint() throws(EncodingError) -> [UInt8] {
        guard !self.commandID.isEmpty else { return try self.fingerprint() }
        var content = self
        content.commandID = ""
        return try content.fingerprint()
    }
}
