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

    /// Folds one movement into the balance of its level.
    ///
    /// A caller that reads movements ordered by level needs one balance at a time, whatever their number.
    ///
    /// - Throws: ``Fault`` if the movement cannot have happened to that balance.
    public static func fold(_ movement: Movement, into balance: inout Balance) throws(Fault) {
        let isQuantity = (1...InventoryLimits.maximumUnits).contains(movement.quantity)
        guard isQuantity, movement.from != movement.to,
            balance.move(movement.quantity, from: movement.from, to: movement.to)
        else { throw Fault(movement: movement, before: balance) }
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
