internal import OrderMessages

extension OrderState {
    /// Puts on record that an accepted settlement has amounts of the order. It changes nothing of what the order is.
    ///
    /// - Parameters:
    ///   - id: The settlement's.
    ///   - name: What the channel calls it.
    public mutating func settle(_ id: String, named name: String) {
        let known = self.order.settlementIDs
        if !known.contains(id), known.count < SettlementLimits.settlementsPerOrder {
            self.order.settlementIDs.append(id)
        }
        self.append(.settled, subject: id, "is in the settlement \(name)")
    }
}
