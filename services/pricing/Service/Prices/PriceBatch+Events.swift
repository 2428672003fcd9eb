internal import Money
internal import Postgres
internal import PricingDomain
internal import PricingMessages

extension PriceBatch {
    /// The most changes of one event.
    static let maximumChangesPerEvent = 500
    /// The most holds of one event.
    static let maximumHoldsPerEvent = 200

    /// What is told of a decided batch: events of prices and of holds, each of SKUs of one bucket.
    func events(_ holds: [PriceHoldRow]) -> [PricingEvent] {
        let brand = self.origin.brand
        let changes = self.drafts.filter { !$0.isUnchanged }.sorted { left, right in
            left.write.identity.precedes(right.write.identity)
        }
        let byBucket = Dictionary(grouping: changes) { brand.bucket(of: $0.write.identity.sku.description) }
        var events: [PricingEvent] = []
        for (_, drafts) in byBucket.sorted(by: { $0.key < $1.key }) {
            for part in drafts.parts(of: Self.maximumChangesPerEvent) {
                events.append(.pricesChanged(self.event(part.map { self.change($0) })))
            }
        }
        let holdsByBucket = Dictionary(grouping: holds) { brand.bucket(of: $0.identity.sku.description) }
        for (_, holds) in holdsByBucket.sorted(by: { $0.key < $1.key }) {
            for part in holds.parts(of: Self.maximumHoldsPerEvent) {
                let messages = part.map { hold in
                    hold.message(listID: self.list.id, currency: self.list.currency, showsFloor: true)
                }
                events.append(.holdsChanged(PriceHoldsChanged(holds: messages)))
            }
        }
        return events
    }

    private func event(_ changes: [PriceChange]) -> PricesChanged {
        PricesChanged(
            listID: self.list.id, type: self.list.type, currency: self.list.currency.code,
            scope: PriceScope(self.list.scope), changes: changes, reason: self.origin.reason,
            importID: self.origin.importID?.description ?? "")
    }

    private func change(_ draft: Draft) -> PriceChange {
        let currency = self.list.currency
        let price = draft.current ?? draft.previous
        return PriceChange(
            price: price?.message(listID: "", currency: currency),
            previousAmount: draft.current == nil ? "" : draft.previous?.amount.text(in: currency) ?? "",
            removed: draft.current == nil)
    }
}

extension StoredPrice {
    /// The price as it is answered, without who recorded it and why.
    func message(listID: String, currency: Currency) -> Price {
        Price(
            sku: self.identity.sku.description, minimumQuantity: self.identity.minimumQuantity,
            amount: self.amount.text(in: currency), validFrom: self.identity.validFrom.timestamp,
            validTo: self.validTo.timestamp, listID: listID, recordedAt: self.recordedAt.protobuf)
    }
}

extension PriceScope {
    /// A scope as messages have it; nil: for all.
    init?(_ scope: Scope) {
        guard scope != Scope(nil) else { return nil }
        self.init(channel: scope.channel, region: scope.region, customerGroup: scope.customerGroup)
    }
}

extension Array {
    /// The elements in parts of at most so many, in their order.
    func parts(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: self.count, by: size).map { self[$0..<Swift.min($0 + size, self.count)] }
    }
}
