import Buckets
import CatalogAPI
import CatalogMessages
import ChannelAPI
import ChannelAdapter
import ChannelDomain
import Events
import OrderMessages
import Postgres
import ProtobufC
import RPC
import RPCMessages
import Synchronization
import WellKnownMessages
import Wire

@testable import ChannelService

/// An order service of the tests' own: it keeps orders by their natural key, as the real one does, and fails as it is told.
final class StandInDesk: OrderDesk {
    struct State {
        var orders: [String: Order] = [:]
        var commands: Set<String> = []
        /// How many orders were placed in truth.
        var placed = 0
        var payments = 0
        var cancellations = 0
        /// Calls that fail before anything happens.
        var failures: [RPCError] = []
        /// Orders that are placed and whose answer is lost.
        var lostAnswers = 0
        /// SKUs that nobody knows.
        var unknown: Set<String> = []
    }

    let state = Mutex(State())

    static let lost = RPCError(.unavailable, "the connection was lost", type: "unavailable", reason: .unavailable)

    private static func key(_ connection: String, _ id: String, _ brand: PostgresUUID) -> String {
        "\(brand)/\(connection)/\(id)"
    }

    /// An order by the platform's id.
    func order(_ id: String, _ harness: OrderFlowHarness) -> Order? {
        self.state.withLock { $0.orders[Self.key(harness.key.id, id, harness.key.brand)] }
    }

    private func failing(_ state: inout State) throws(RPCError) {
        if !state.failures.isEmpty { throw state.failures.removeFirst() }
    }

    func order(id: String, connection: String, of brand: PostgresUUID) async throws(RPCError) -> Order? {
        try self.answer { state throws(RPCError) in
            try self.failing(&state)
            return connection.isEmpty
                ? state.orders.values.first { $0.id == id } : state.orders[Self.key(connection, id, brand)]
        }
    }

    func place(_ request: PlaceOrderRequest, of brand: PostgresUUID) async throws(RPCError) -> Order {
        try self.answer { state throws(RPCError) in
            try self.failing(&state)
            let key = Self.key(request.connection, request.orderID, brand)
            if let there = state.orders[key] {
                guard there.items.map(\.sku) == request.items.map(\.sku) else {
                    throw RPCError(
                        .failedPrecondition, "another order has the id", type: "order-exists", reason: .conflict)
                }
                return there
            }
            for item in request.items where state.unknown.contains(item.sku) {
                throw RPCError(
                    .invalidArgument, "nobody knows \(item.sku)", type: "unknown-sku", reason: .fieldInvalid)
            }
            let total = request.items.reduce(0) { $0 + ($1.price?.micros ?? 0) * $1.quantity }
            let isPaid = request.paymentStatus == .paid
            let order = Order(
                id: PostgresUUID.ofNow().description, orderID: request.orderID, connection: request.connection,
                items: request.items, status: .confirmed, paymentStatus: isPaid ? .paid : .pending,
                totals: OrderTotals(
                    total: Decimal(micros: total), paid: Decimal(micros: isPaid ? total : 0)),
                reservationID: "r-\(request.orderID)")
            state.orders[key] = order
            state.placed += 1
            if state.lostAnswers > 0 {
                state.lostAnswers -= 1
                throw Self.lost
            }
            return order
        }
    }

    func recordPayment(_ request: RecordPaymentRequest, of brand: PostgresUUID) async throws(RPCError) {
        try self.answer { state throws(RPCError) in
            try self.failing(&state)
            guard state.commands.insert("\(request.id)/\(request.commandID)").inserted else { return }
            guard let key = state.orders.first(where: { $0.value.id == request.id })?.key else { return }
            state.orders[key]?.paymentStatus = .paid
            state.orders[key]?.totals?.paid = request.amount
            state.payments += 1
        }
    }

    func cancel(_ request: CancelOrderRequest, of brand: PostgresUUID) async throws(RPCError) {
        try self.answer { state throws(RPCError) in
            try self.failing(&state)
            guard state.commands.insert("\(request.id)/\(request.commandID)").inserted else { return }
            guard let key = state.orders.first(where: { $0.value.id == request.id })?.key else { return }
            state.orders[key]?.status = .cancelled
            state.orders[key]?.cancelReason = request.reason
            state.cancellations += 1
        }
    }

    private func answer<Value: Sendable>(
        _ body: (inout State) throws(RPCError) -> Value
    ) throws(RPCError) -> Value {
        let result: Result<Value, RPCError> = self.state.withLock { state in
            do throws(RPCError) { return .success(try body(&state)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}
