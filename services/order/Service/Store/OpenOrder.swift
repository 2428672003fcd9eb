internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import ProtobufC
internal import WellKnownMessages

/// An order while a batch changes it: as it was read under its lock, and what the batch has made of it so far.
struct OpenOrder: Sendable {
    let key: OrderKey
    /// As the row has it; nil: the batch puts it on record.
    let stored: StoredOrder?
    /// As it stands now.
    private(set) var order: Order
    private(set) var returns: [Return]
    private(set) var claims: [WarrantyClaim]
    /// How many entries its log has.
    private(set) var entries: Int64
    /// The fingerprints of the commands that were carried out, among those that the batch has.
    var commands: [ExactText: [UInt8]] = [:]
    /// The effects that are not done, among those that the batch concludes; true: it is parked.
    var openEffects: [EffectPlace: Bool] = [:]
    /// Returns and claims that changed, by their places.
    private(set) var changedReturns: Set<Int> = []
    private(set) var changedClaims: Set<Int> = []
    /// Those that the last command changed.
    private(set) var lastReturns: [Return] = []
    private(set) var lastClaims: [WarrantyClaim] = []
    /// When it is looked after; nil: as it was.
    private(set) var attention: OrderAttention?
    /// The order, encoded, as it stands; empty: it was not encoded yet.
    var document: [UInt8] = []

    /// An order of a row.
    init(_ key: OrderKey, stored: StoredOrder, returns: [Return], claims: [WarrantyClaim]) {
        self.key = key
        self.stored = stored
        self.order = stored.order
        self.entries = stored.entries
        self.returns = returns
        self.claims = claims
    }

    /// An order that is to be put on record.
    init(_ key: OrderKey, new order: Order) {
        self.key = key
        self.stored = nil
        self.order = order
        self.entries = 0
        self.returns = []
        self.claims = []
    }

    /// The state that a command decides on.
    var state: OrderState { OrderState(order: self.order, returns: self.returns, claims: self.claims) }

    /// Whether its row is to be updated, which fails where that is not as it is ``stored``.
    var isProvenByItsUpdate: Bool { self.stored.map { $0.order.version != self.order.version } ?? false }

    /// Whether an effect ended in this way before.
    func isConcluded(_ conclusion: EffectConclusion) -> Bool {
        guard let isParked = self.openEffects[conclusion.place] else { return true }
        return isParked && conclusion.problem != nil
    }

    /// Whether a decision was to change nothing.
    func isUnchanged(by state: OrderState) -> Bool {
        state.entries.isEmpty && state.effects.isEmpty && state.attention == .unchanged && state.order == self.order
            && state.returns == self.returns && state.claims == self.claims
    }

    /// Takes what a decision made of it.
    ///
    /// - Returns: The entries, numbered.
    mutating func take(_ state: OrderState, at moment: OrderMoment) -> [OrderEntry] {
        let wasBeingPlaced = self.order.isBeingPlaced
        let returns = Self.changed(state.returns, from: self.returns)
        let claims = Self.changed(state.claims, from: self.claims)
        // What other services did for it leaves the order as it is.
        let isChanged =
            self.stored == nil && self.entries == 0 || state.order != self.order || !returns.isEmpty || !claims.isEmpty
            || state.entries.contains { $0.kind != .effect }
        var order = state.order
        if isChanged {
            order.version = self.order.version + 1
            order.changedAt = moment.now
            order.createdAt = self.order.createdAt ?? moment.now
            order.id = self.key.id.description
            self.document = []
        }
        self.returns = state.returns
        self.claims = state.claims
        for place in returns { self.returns[place].stamp(place, of: &order, at: moment.now) }
        for place in claims { self.claims[place].stamp(place, of: &order, at: moment.now) }
        self.changedReturns.formUnion(returns)
        self.changedClaims.formUnion(claims)
        self.lastReturns = returns.map { self.returns[$0] }
        self.lastClaims = claims.map { self.claims[$0] }
        self.order = order
        if state.attention != .unchanged {
            self.attention = state.attention
        } else if wasBeingPlaced && !order.isBeingPlaced {
            self.attention = OrderAttention.none
        }
        return state.entries.map { self.number($0, at: moment) }
    }

    private mutating func number(_ entry: OrderEntry, at moment: OrderMoment) -> OrderEntry {
        self.entries += 1
        var entry = entry
        entry.number = UInt64(self.entries)
        entry.at = moment.now
        entry.by = moment.by
        entry.commandID = moment.commandID
        entry.status = self.order.status
        entry.paymentStatus = self.order.paymentStatus
        entry.version = self.order.version
        return entry
    }

    private static func changed<Child: Equatable>(_ children: [Child], from before: [Child]) -> [Int] {
        children.indices.filter { !before.indices.contains($0) || before[$0] != children[$0] }
    }
}

extension Order {
    /// Whether it is not decided yet what becomes of it.
    var isBeingPlaced: Bool { self.status == .pending || self.status == .reserved }
}

extension Return {
    /// Gives a return that changed what the store keeps of it.
    fileprivate mutating func stamp(_ place: Int, of order: inout Order, at now: ProtoTimestamp) {
        self.returnID = "\(order.id)-r\(place + 1)"
        self.id = order.id
        self.orderID = order.orderID
        self.connection = order.connection
        self.version += 1
        self.createdAt = self.createdAt ?? now
        self.changedAt = now
        if !order.returnIDs.contains(self.returnID) { order.returnIDs.append(self.returnID) }
    }
}

extension WarrantyClaim {
    /// Gives a claim that changed what the store keeps of it.
    fileprivate mutating func stamp(_ place: Int, of order: inout Order, at now: ProtoTimestamp) {
        self.claimID = "\(order.id)-w\(place + 1)"
        self.id = order.id
        self.orderID = order.orderID
        self.version += 1
        self.createdAt = self.createdAt ?? now
        self.changedAt = now
        if !order.claimIDs.contains(self.claimID) { order.claimIDs.append(self.claimID) }
    }
}
