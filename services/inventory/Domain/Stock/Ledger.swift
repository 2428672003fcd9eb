/// Rebuilds numbers from movements alone: what `verify` compares the rows with.
public enum Ledger {
    /// A level's name.
    public struct Key: Hashable, Sendable {
        /// What.
        public let sku: SKU
        /// Where.
        public let location: LocationID

        /// A level's name.
        public init(_ sku: SKU, _ location: LocationID) {
            self.sku = sku
            self.location = location
        }
    }

    /// A movement that cannot have happened.
    public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// The movement.
        public let movement: Movement
        /// What it would have left.
        public let before: Balance

        /// In one sentence.
        public var description: String {
            """
            \(self.movement.sku) at \(self.movement.location): moving \(self.movement.quantity) from \
            \(self.movement.from) to \(self.movement.to) takes a number below zero or above its limit; \
            command \(self.movement.command)
            """
        }
    }

    /// What of a movement changes numbers: units that go from one state to another.
    public struct Entry: Hashable, Sendable {
        /// The state they leave.
        public let from: StockState
        /// The state they come to.
        public let to: StockState
        /// How many: 1 to 2^53 - 1.
        public let quantity: Int64

        /// An entry, as a row holds it.
        public init(from: StockState, to: StockState, quantity: Int64) {
            self.from = from
            self.to = to
            self.quantity = quantity
        }
    }

    /// Folds one entry into the balance of its level.
    ///
    /// - Returns: Whether it can have happened to that balance; where not, nothing has changed.
    public static func fold(_ entry: Entry, into balance: inout Balance) -> Bool {
        (1...InventoryLimits.maximumUnits).contains(entry.quantity) && entry.from != entry.to
            && balance.move(entry.quantity, from: entry.from, to: entry.to)
    }

    /// Folds one movement into the balance of its level.
    ///
    /// A caller that reads movements ordered by level needs one balance at a time, whatever their number.
    ///
    /// - Throws: ``Fault`` if the movement cannot have happened to that balance.
    public static func fold(_ movement: Movement, into balance: inout Balance) throws(Fault) {
        let entry = Entry(from: movement.from, to: movement.to, quantity: movement.quantity)
        guard self.fold(entry, into: &balance) else { throw Fault(movement: movement, before: balance) }
    }

    /// Folds one movement into the balance of its lot, where the movement has one.
    ///
    /// - Throws: ``Fault`` if the movement cannot have happened to that balance.
    public static func fold(_ movement: Movement, into lot: inout Lot) throws(Fault) {
        let before = lot.balance
        guard lot.move(movement.quantity, from: movement.from, to: movement.to) else {
            throw Fault(movement: movement, before: before)
        }
    }

    /// The balances that movements, in their order, add up to.
    ///
    /// - Throws: ``Fault`` at the first movement that cannot have happened.
    public static func rebuild(_ movements: some Sequence<Movement>) throws(Fault) -> [Key: Balance] {
        var balances: [Key: Balance] = [:]
        for movement in movements {
            let key = Key(movement.sku, movement.location)
            var balance = balances[key] ?? Balance()
            try self.fold(movement, into: &balance)
            balances[key] = balance
        }
        return balances
    }
}
