internal import Events
internal import OrderDomain
public import OrderMessages
internal import Postgres
internal import ProtobufC
public import RPC
internal import Watching

extension Orders {
    /// Writes what happens to orders from a cursor on, without a gap, until the caller leaves.
    ///
    /// The first answer has no orders: it says where the watcher stands.
    public func watchOrders(
        _ request: WatchOrdersRequest, responses: ResponseWriter<WatchOrdersResponse>, context: ServerContext
    ) async throws {
        let brand = try self.brand(of: context.caller)
        try await self.answering(context) {
            try await EventWatch(self.pool, news: self.news, method: "WatchOrders").run(
                after: request.cursor, of: brand, change: Self.notice
            ) { notices, cursor in
                try await responses.write(WatchOrdersResponse(orders: notices, cursor: cursor))
            }
        }
    }

    /// What a watcher is told of an event; nil: nothing.
    static func notice(of event: Event) throws -> OrderNotice? {
        guard event.type.hasPrefix(OrderEvents.typePrefix), !event.type.hasPrefix(OrderEvents.settlementTypePrefix)
        else { return nil }
        switch event.type {
        case OrderEvents.returnChangedType:
            let goodsReturn = try ReturnChanged(decoding: event.payload).goodsReturn
            return OrderNotice(
                type: event.type, id: event.subject, orderID: goodsReturn?.orderID ?? "",
                connection: goodsReturn?.connection ?? "")
        case OrderEvents.claimChangedType:
            let claim = try ClaimChanged(decoding: event.payload).claim
            return OrderNotice(type: event.type, id: event.subject, orderID: claim?.orderID ?? "")
        case OrderEvents.importedManyType:
            return OrderNotice(type: event.type, id: event.subject)
        default:
            let order = try OrderChanged(decoding: event.payload).order ?? Order()
            return OrderNotice(
                type: event.type, id: event.subject, orderID: order.orderID, connection: order.connection,
                status: order.status, paymentStatus: order.paymentStatus, version: order.version)
        }
    }
}
