internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import Refusals
internal import Synchronization

/// Places orders that send parts in the place of others, without charge: exchanges, and parts under warranty.
///
/// That one is to be placed is on record with what it is for, as an effect; so it is placed for certain, and once.
final class Replacements: Sendable {
    /// How long one is tried to be placed at a time.
    static let patience = Duration.seconds(8)
    /// Of how many it is remembered why they could not be placed, for the calls that asked for them.
    static let maximumNotes = 1_000

    private let placements: Placements
    private let notes = Mutex<[String: OrderRefusal]>([:])

    init(_ placements: Placements) { self.placements = placements }

    /// Places the order for a return or claim of another one.
    ///
    /// - Parameters:
    ///   - request: What it is for, and its parts.
    ///   - commandID: The same each time that it is tried.
    /// - Returns: The order's id.
    /// - Throws: `OrderRefusal`, with `stillPending` where others do not answer; `RPCError`; `PostgresError`.
    func place(_ request: ExchangeReturnRequest, commandID: String, for key: OrderKey) async throws -> String {
        let parent = try await self.placements.lookup.order(key.brand, key.id.description)
        let name = request.returnID.split(separator: "-").last.map(String.init) ?? ""
        let order = try parent.replacement(request.items, named: name)
        let placing = Placing(
            brand: key.brand, by: EffectCalls.principal, patience: Patience(Self.patience))
        do {
            return try await self.placements.place(order, commandID: commandID, for: placing).id
        } catch let refusal as OrderRefusal where refusal.reason == .orderExists && !order.orderID.isEmpty {
            // Another order of the channel has that name: then it goes by ours.
            var nameless = order
            nameless.orderID = ""
            return try await self.placements.place(nameless, commandID: "\(commandID).own", for: placing).id
        }
    }

    /// Cancels an order that was placed for nothing.
    func takeBack(_ id: String, of brand: PostgresUUID) async throws {
        guard let order = OrderID(id) else { return }
        do {
            _ = try await self.placements.writes.apply(
                OrderCommand(brand: brand, order: order, by: EffectCalls.principal) {
                    (state, moment) throws(OrderRefusal) in
                    try state.cancel(CancelOrderRequest(reason: .notPlaced), at: moment)
                })
        } catch is OrderRefusal {
            // It was cancelled, or has left, meanwhile.
        }
    }

    /// Remembers why the order for a return or claim could not be placed, for the call that asked for it.
    func note(_ refusal: OrderRefusal, of subject: String) {
        self.notes.withLock { notes in
            if notes.count >= Self.maximumNotes { notes.removeAll() }
            notes[subject] = refusal
        }
    }

    /// Why the order for a return or claim could not be placed.
    func takeRefusal(of subject: String) -> OrderRefusal {
        self.notes.withLock { $0.removeValue(forKey: subject) }
            ?? OrderRefusal(
                .stateNotAllowed, "the parts for \(subject) could not be sent; the order's log says why")
    }
}
