internal import Logging
public import OrderAPI
internal import OrderDomain
public import OrderMessages
internal import ProtobufC
public import RPC

/// Puts on record what happens to orders that stand: parcels, payments, refunds; cancels, amends and closes them.
public struct Fulfilment: OrderCalls {
    let changes: OrderChanges
    let placements: Placements
    let logger: Logger

    init(_ changes: OrderChanges, placements: Placements, logger: Logger) {
        self.changes = changes
        self.placements = placements
        self.logger = logger
    }

    /// Puts on record that a parcel left.
    public func shipOrder(_ request: ShipOrderRequest, context: ServerContext) async throws -> Order {
        try await self.change(request, \.id, \.commandID, context) { (state, moment) throws(OrderRefusal) in
            try state.ship(request, at: moment)
        }
    }

    /// Changes a parcel's tracking, or says that it arrived.
    public func updateShipment(_ request: UpdateShipmentRequest, context: ServerContext) async throws -> Order {
        try await self.change(request, \.id, \.commandID, context) { (state, moment) throws(OrderRefusal) in
            try state.updateShipment(request, at: moment)
        }
    }

    /// Cancels an order, or units of it. Where what is left of one is paid that was waiting for it, that is confirmed.
    public func cancelOrder(_ request: CancelOrderRequest, context: ServerContext) async throws -> Order {
        let order = try await self.change(request, \.id, \.commandID, context) {
            (state, moment) throws(OrderRefusal) in try state.cancel(request, at: moment)
        }
        return try await self.confirmWhenPaid(order, context)
    }

    /// Puts on record what happened to the buyer's money. A payment of all that an order waits for confirms it.
    public func recordPayment(_ request: RecordPaymentRequest, context: ServerContext) async throws -> Order {
        let order = try await self.change(request, \.id, \.commandID, context) {
            (state, moment) throws(OrderRefusal) in try state.recordPayment(request, at: moment)
        }
        return try await self.confirmWhenPaid(order, context)
    }

    /// Puts a refund on record.
    public func recordRefund(_ request: RecordRefundRequest, context: ServerContext) async throws -> Order {
        try await self.change(request, \.id, \.commandID, context) { (state, moment) throws(OrderRefusal) in
            try state.recordRefund(request, at: moment)
        }
    }

    /// Changes addresses, note or tags.
    public func amendOrder(_ request: AmendOrderRequest, context: ServerContext) async throws -> Order {
        try await self.change(request, \.id, \.commandID, context) { (state, moment) throws(OrderRefusal) in
            try state.amend(request, at: moment)
        }
    }

    /// Says that nothing more is expected of an order.
    public func closeOrder(_ request: CloseOrderRequest, context: ServerContext) async throws -> Order {
        try await self.change(request, \.id, \.commandID, needs: [.returns, .claims], context) {
            (state, moment) throws(OrderRefusal) in try state.close(at: moment)
        }
    }

    /// Carries out a request as a command of its order.
    private func change<Request: Message>(
        _ request: Request, _ id: WritableKeyPath<Request, String>, _ commandID: WritableKeyPath<Request, String>,
        needs: OrderNeeds = [], _ context: ServerContext, _ decide: @escaping OrderDecision
    ) async throws -> Order {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let key = try await self.changes.key(brand, request[keyPath: id])
            var content = request
            content[keyPath: id] = ""
            content[keyPath: commandID] = ""
            let call = try OrderChanges.call(key, content, commandID: request[keyPath: commandID], context)
            return try await self.changes.apply(call, needs: needs, decide).order
        }
    }
}

extension Fulfilment: FulfilmentService {}
