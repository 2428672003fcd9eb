internal import ChannelAdapter
internal import Postgres
internal import RPC
internal import ServiceKit

/// The parts that orders go through, in and out.
struct OrderParts: Sendable {
    /// Where others ask that a platform's orders be asked for at once.
    let intake: OrderIntake
    /// What the worker of a connection tells its platform of orders.
    let tasks: OrderTaskWorker
    /// The effect of the order service's events.
    let planning: OrderTaskPlanning
}

extension Channelling {
    /// Registers the service of messages, and has run what takes orders in.
    ///
    /// - Parameters:
    ///   - adapters: One for each platform.
    ///   - eventLetters: The events of other services that could not be dealt with.
    static func composeOrders(
        in context: ServiceContext, on pool: PostgresPool, connections: any IntakeConnections,
        transport: any PlatformTransport, gateway: GatewayAddress?, adapters: [any ChannelAdapter],
        hints: any ShelfHints,
        eventLetters: [any DeadLetterPlace]
    ) throws -> OrderParts {
        let (logger, orders) = (context.logger, RemoteOrders(try context.client(for: "order")))
        let inbound = Inbound(pool)
        let intake = OrderIntake(pool, logger: logger)
        let queue = OrderTaskQueue(pool, orders: orders, logger: logger)
        context.register(
            InboundMessages(
                inbound, connections: connections, transport: transport, gateway: gateway,
                deadLetters: [InboundDeadLetters(inbound), OrderTaskDeadLetters(pool, signal: queue.signal)]
                    + eventLetters,
                logger: logger))
        context.run(
            InboundProcessor(
                inbound, connections: connections, transport: transport, orders: OrderTaking(pool, orders: orders),
                intake: intake, hints: hints, logger: logger),
            OrderPolling(
                pool, connections: connections, transport: transport, intake: intake, inbound: inbound, logger: logger),
            InboundRetention(pool, logger: logger))
        return OrderParts(
            intake: intake, tasks: OrderTaskWorker(queue),
            planning: OrderTaskPlanning(
                adapters: Dictionary(adapters.map { ($0.platform.id, $0) }) { first, _ in first },
                signal: queue.signal))
    }
}
