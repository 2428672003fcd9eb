internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import OrderMessages
internal import Postgres
internal import RPC
internal import RPCMessages
internal import WellKnownMessages
internal import Wire

/// Where working on an order's message may be cut off; see ``IntakeFaults``.
enum IntakeStep: String, CaseIterable, Sendable {
    /// The message is taken, and nothing was asked.
    case taken
    /// The order service was asked for the order.
    case found
    /// The order was placed, paid or cancelled, and that is not on record here.
    case asked
    /// The outcome is on record.
    case ended
}

/// Lets tests stop the service between two steps; in production nothing happens there.
struct IntakeFaults: Sendable {
    /// Nothing happens anywhere.
    static let none = IntakeFaults { _ in }

    /// Runs at each place; what it throws ends the work there, as a crash would.
    let reach: @Sendable (IntakeStep) async throws -> Void
}

/// What an order of a platform has come to.
struct TakenOrder: Sendable {
    let orderID: String
    let finding: PlatformOrderRecord.Finding
    /// What it took off the platform's shelf, by our SKUs.
    let sold: [Shelf.Sold]
    let soldAt: PostgresTimestamp
    /// ``PlatformDescription/pushSettleSeconds``.
    let settleSeconds: Int64?
}

/// Has the order service take in what a platform says of an order: whatever was said before, and however often.
///
/// An order is placed by its natural key, connection and platform's id, so that a repeat gives the same one; what happens
/// to it later has a command id that follows from both. A platform's sale is a fact: where stock is missing it waits with
/// a shortfall, and is not refused.
struct OrderTaking: Sendable {
    private let pool: PostgresPool
    private let orders: any OrderDesk
    private let listings: ListingLookup
    private let faults: IntakeFaults

    init(_ pool: PostgresPool, orders: any OrderDesk, faults: IntakeFaults = .none) {
        self.pool = pool
        self.orders = orders
        self.listings = ListingLookup(pool)
        self.faults = faults
    }

    /// - Throws: ``InboundProblem`` where the body is none of an order; `RPCError` where the order service refuses, or does
    ///   not answer; `PostgresError`.
    func take(_ message: ClaimedInbound, of connection: SyncConnection) async throws -> TakenOrder {
        var request: PlaceOrderRequest
        var isCancelled: Bool
        do throws(PlatformFault) {
            request = try connection.adapter.order(from: message.body, account: connection.account)
            isCancelled = try connection.adapter.isCancelled(message.body)
        } catch {
            throw InboundProblem("not-understood", error.description)
        }
        guard !request.orderID.isEmpty, request.orderID.utf8.count <= InboundLimits.idBytes else {
            throw InboundProblem(
                "not-understood", "the order's id must have 1 to \(InboundLimits.idBytes) bytes")
        }
        let key = connection.key
        if try await PlatformOrderRows.read(request.orderID, on: key, from: self.pool).isCancelled {
            isCancelled = true
        }
        let units = try await self.translate(&request, on: key)
        let known = try await self.orders.order(id: request.orderID, connection: key.id, of: key.brand)
        try await self.faults.reach(.found)
        let finding =
            isCancelled
            ? try await self.cancel(known, request, on: key)
            : try await self.place(known, request, of: connection)
        try await self.faults.reach(.asked)
        let takesFromShelf = connection.adapter.sellsFromShelf(with: connection.account.settings)
        return TakenOrder(
            orderID: request.orderID, finding: finding, sold: takesFromShelf ? units : [],
            soldAt: request.orderDate.flatMap { PostgresTimestamp($0) } ?? message.receivedAt,
            settleSeconds: connection.adapter.platform.pushSettleSeconds)
    }

    /// Has a request name our SKUs in place of the platform's.
    ///
    /// - Returns: The units of each.
    private func translate(_ request: inout PlaceOrderRequest, on key: ConnectionKey) async throws -> [Shelf.Sold] {
        let ours = try await self.listings.ours(request.items.map(\.sku), on: key)
        var units: [String: Int64] = [:]
        for place in request.items.indices {
            let sku = request.items[place].sku
            guard !sku.isEmpty else {
                throw InboundProblem("unknown-sku", "line \(place + 1) of the order has no SKU")
            }
            request.items[place].sku = ours[sku] ?? sku
            let (sum, overflow) = units[request.items[place].sku, default: 0]
                .addingReportingOverflow(request.items[place].quantity)
            guard !overflow else { throw InboundProblem("not-understood", "line \(place + 1) has too many units") }
            units[request.items[place].sku] = sum
        }
        return units.sorted { $0.key < $1.key }.map { Shelf.Sold(sku: $0.key, units: $0.value) }
    }

    private func place(
        _ known: Order?, _ request: PlaceOrderRequest, of connection: SyncConnection
    ) async throws(RPCError) -> PlatformOrderRecord.Finding {
        if let known, !known.mayBePlacedAnew {
            try await self.pay(known, request, of: connection)
            return .taken(known.id)
        }
        var placing = request
        placing.commandID = ""
        placing.connection = connection.key.id
        placing.platform = connection.adapter.platform.name
        placing.onShortfall = .hold
        placing.confirmOnPayment = false
        placing.quoteVersion = ""
        // What it costs is agreed between platform and buyer; a coupon of theirs is none of ours.
        placing.coupons = []
        if let date = placing.orderDate.flatMap({ PostgresTimestamp($0) }), date > .ofSystemClock {
            // The platform's clock is ahead of ours.
            placing.orderDate = nil
        }
        do throws(RPCError) {
            return .taken(try await self.orders.place(placing, of: connection.key.brand).id)
        } catch {
            guard error.problem?.type == "order-exists" else { throw error }
            // Somebody else took it in meanwhile, as it was before or after this.
            let found = try await self.orders.order(
                id: request.orderID, connection: connection.key.id, of: connection.key.brand)
            guard let found, !found.mayBePlacedAnew else { throw error }
            try await self.pay(found, request, of: connection)
            return .taken(found.id)
        }
    }

    /// Puts on record that the platform has the buyer's money, where that was not so before.
    private func pay(
        _ order: Order, _ request: PlaceOrderRequest, of connection: SyncConnection
    ) async throws(RPCError) {
        let open = (order.totals?.total?.micros ?? 0) - (order.totals?.paid?.micros ?? 0)
        guard request.paymentStatus == .paid, order.paymentStatus.isOpen, open > 0 else { return }
        try await self.orders.recordPayment(
            RecordPaymentRequest(
                id: order.id, commandID: Self.commandID(request.orderID, on: connection.key, "paid"), kind: .payment,
                amount: Decimal(micros: open), method: connection.adapter.platform.id, reference: request.orderID),
            of: connection.key.brand)
    }

    private func cancel(
        _ known: Order?, _ request: PlaceOrderRequest, on key: ConnectionKey
    ) async throws(RPCError) -> PlatformOrderRecord.Finding {
        guard let known, !known.mayBePlacedAnew else { return .cancelledUnseen }
        if known.status != .cancelled {
            try await self.orders.cancel(
                CancelOrderRequest(
                    id: known.id, commandID: Self.commandID(request.orderID, on: key, "cancelled"), reason: .buyer,
                    note: "Cancelled on the platform"),
                of: key.brand)
        }
        return .cancelled(known.id)
    }

    private static func commandID(_ orderID: String, on key: ConnectionKey, _ step: String) -> String {
        "channel/\(key.id)/\(orderID)/\(step)"
    }
}

extension Order {
    /// Whether placing it was refused, so that its channel's id may be placed anew.
    fileprivate var mayBePlacedAnew: Bool {
        self.status == .cancelled && self.reservationID.isEmpty
            && [.notPlaced, .outOfStock, .price].contains(self.cancelReason)
    }
}

extension PaymentStatus {
    /// Whether a payment of the rest may still come.
    fileprivate var isOpen: Bool {
        switch self {
        case .pending, .authorized, .partiallyPaid, .failed, .voided, .unspecified: true
        case .paid, .partiallyRefunded, .refunded, .unrecognized: false
        }
    }
}

extension InboundProblem {
    /// What the order service refused with.
    init(_ error: RPCError) {
        let fields = (error.problem?.fields ?? []).map { "\($0.field) \($0.reason)" }.joined(separator: "; ")
        self.init(
            error.problem?.type ?? "order-not-taken",
            fields.isEmpty ? error.message : "\(error.message) (\(fields))")
    }
}

extension RPCError {
    /// Whether the same will be refused as long as nobody changes something.
    var isRefusal: Bool {
        switch self.code {
        case .invalidArgument, .notFound, .alreadyExists, .outOfRange: true
        case .failedPrecondition: self.problem?.type != "insufficient-stock"
        default: false
        }
    }

    /// Whether the service asked is not there, or not for us: nothing that is wrong with what was asked.
    var isUnreached: Bool {
        switch self.code {
        case .unavailable, .deadlineExceeded, .cancelled, .resourceExhausted, .permissionDenied, .unauthenticated,
            .unimplemented:
            true
        default: false
        }
    }
}
