internal import Money
internal import Postgres
internal import PricingDomain
internal import PricingMessages

/// The changes of prices of one list in one transaction while they are decided: in plain Swift, so that one that is refused
/// fails no other.
struct PriceBatch {
    /// What was read behind the locks.
    struct Findings {
        /// The prices of the changes' keys.
        var stored: [PriceIdentity: StoredPrice] = [:]
        /// The prices of these keys that wait for approval.
        var holds: [PriceIdentity: PriceHoldRow] = [:]
        /// All prices of the SKUs in the list, where its tiers are monotone, and in the lists that set floors.
        var rows: [SKU: [PriceRow]] = [:]
        /// SKUs that would have more prices in the list than there may be.
        var crowded: Set<SKU> = []
        /// The time of the change.
        var now = PostgresTimestamp(microseconds: 0)
    }

    /// A change that was not refused so far.
    struct Draft {
        let index: Int
        let write: PriceWrite
        /// As it is; nil: it is not there.
        var previous: StoredPrice?
        /// As it will be; nil: it is to be gone, or held.
        var current: StoredPrice?
        /// The price of the key that waits for approval.
        var pendingHold: PriceHoldRow?
        /// The hold that the change makes.
        var newHold: PriceHoldRow?
        /// The hold of the same price, which waits on.
        var keptHold: PriceHoldRow?

        /// Whether the price stands as it stood.
        var isUnchanged: Bool {
            guard let previous, let current else { return self.previous == nil && self.current == nil }
            return previous.amount == current.amount && previous.validTo == current.validTo
        }
    }

    let list: BookList
    let origin: PriceWriteOrigin
    let changeID: PostgresUUID
    private(set) var findings = Findings()
    /// What is to be done, in the order of the changes.
    private(set) var drafts: [Draft] = []
    private var refusals: [Int: PricingRefusal] = [:]
    private let count: Int

    /// Takes changes, and refuses those of a key that an earlier one is of.
    init(_ writes: [PriceWrite], into list: BookList, as origin: PriceWriteOrigin, changeID: PostgresUUID) {
        self.list = list
        self.origin = origin
        self.changeID = changeID
        self.count = writes.count
        var seen: [PriceIdentity: Int] = [:]
        for (index, write) in writes.enumerated() {
            if let earlier = seen[write.identity] {
                self.refusals[index] = .duplicate(write, of: writes[earlier])
            } else {
                seen[write.identity] = index
                self.drafts.append(Draft(index: index, write: write))
            }
        }
    }

    /// The keys of the changes, in the order in which their rows are locked.
    var identities: [PriceIdentity] {
        let brand = self.origin.brand
        return self.drafts.map { (bucket: brand.bucket(of: $0.write.identity.sku.description), $0.write.identity) }
            .sorted { $0.bucket == $1.bucket ? $0.1.precedes($1.1) : $0.bucket < $1.bucket }.map(\.1)
    }

    /// The SKUs of the changes, each once, ascending.
    var skus: [SKU] { Set(self.drafts.map(\.write.identity.sku)).sorted() }

    /// How many prices are put of each SKU that any is put of.
    var putCounts: [SKU: Int] {
        var counts: [SKU: Int] = [:]
        for draft in self.drafts where draft.write.change != .remove {
            counts[draft.write.identity.sku, default: 0] += 1
        }
        return counts
    }

    /// Decides the changes by what is there.
    ///
    /// - Parameter floors: Says how low prices of the list may be.
    mutating func decide(_ findings: Findings, floors: FloorCheck, settings: PricingSettings) {
        self.findings = findings
        let batch = self
        self.revise { (draft) throws(PricingRefusal) in try batch.takeUp(&draft) }
        if !self.origin.passesFloors && self.origin.approval == nil {
            self.revise { (draft) throws(PricingRefusal) in try batch.compare(&draft, with: floors, settings) }
        }
        if self.list.hasMonotoneTiers { self.refuseBrokenTiers() }
    }

    private func takeUp(_ draft: inout Draft) throws(PricingRefusal) {
        let identity = draft.write.identity
        draft.previous = self.findings.stored[identity]
        draft.pendingHold = self.findings.holds[identity]
        if let approval = self.origin.approval, draft.pendingHold?.id != approval.holdID { throw .holdDecided }
        guard case .put(let amount, let validTo) = draft.write.change else { return }
        draft.current = StoredPrice(
            identity: identity, validTo: validTo, amount: amount, recordedAt: self.findings.now,
            changeID: self.changeID)
        if draft.isUnchanged { draft.current = draft.previous }
        guard draft.previous != nil || !self.findings.crowded.contains(identity.sku) else {
            throw PricingRefusal(
                .tooMany, field: draft.write.field("sku"),
                "has too many prices in the list \(self.list.id): there would be more than \(PriceWrites.maximumPricesPerSKU)",
                expected: "prices of the past to be removed first")
        }
    }

    private func compare(
        _ draft: inout Draft, with floors: FloorCheck, _ settings: PricingSettings
    ) throws(PricingRefusal) {
        guard let current = draft.current, !draft.isUnchanged else { return }
        let sku = draft.write.identity.sku
        let rows = (self.findings.rows[sku] ?? []).filter { floors.listNumbers.contains($0.list) }
        let breaches = floors.breaches(
            of: current.row(inList: self.list.number), sku: sku, among: rows, now: Instant(self.findings.now))
        guard let first = breaches.first else { return }
        if let refusing = breaches.first(where: { $0.policy(by: settings) == .refuse }) {
            throw .underFloor(current, refusing, in: self.list, field: draft.write.field("amount"))
        }
        if let pending = draft.pendingHold, pending.amount == current.amount, pending.validTo == current.validTo {
            draft.keptHold = pending
            draft.pendingHold = nil
        } else {
            draft.newHold = PriceHoldRow(holding: current, under: first, in: self.list, by: self.origin)
        }
        draft.current = draft.previous
    }

    /// Refuses the changes of SKUs of which a greater quantity would cost more.
    private mutating func refuseBrokenTiers() {
        let bySKU = Dictionary(grouping: self.drafts.filter { !$0.isUnchanged }, by: \.write.identity.sku)
        var broken: Set<SKU> = []
        for (sku, drafts) in bySKU {
            let timeline = self.timeline(of: sku, with: drafts)
            if (try? timeline.checkMonotone()) == nil { broken.insert(sku) }
        }
        guard !broken.isEmpty else { return }
        let batch = self
        self.revise { (draft) throws(PricingRefusal) in
            let sku = draft.write.identity.sku
            guard broken.contains(sku), !draft.isUnchanged else { return }
            try batch.timeline(of: sku, with: bySKU[sku] ?? []).checkMonotone(field: draft.write.field(""))
        }
    }

    private func timeline(of sku: SKU, with drafts: [Draft]) -> PriceTimeline {
        let changed = Set(drafts.map(\.write.identity))
        let staying = (self.findings.rows[sku] ?? []).filter { row in
            row.list == self.list.number
                && !changed.contains(
                    PriceIdentity(sku: sku, minimumQuantity: row.minimumQuantity, validFrom: row.validFrom))
        }
        return PriceTimeline(staying + drafts.compactMap { $0.current?.row(inList: self.list.number) })
    }

    /// Lets a rule look at each draft in order, and change it; what it throws refuses that draft alone.
    private mutating func revise(_ rule: (inout Draft) throws(PricingRefusal) -> Void) {
        var kept: [Draft] = []
        kept.reserveCapacity(self.drafts.count)
        for draft in self.drafts {
            var draft = draft
            do throws(PricingRefusal) {
                try rule(&draft)
                kept.append(draft)
            } catch {
                self.refusals[draft.index] = error
            }
        }
        self.drafts = kept
    }

    /// What became of each change, in their order.
    var outcomes: [PriceWriteOutcome] {
        var outcomes = [PriceWriteOutcome](repeating: .absent, count: self.count)
        for (index, refusal) in self.refusals { outcomes[index] = .refused(refusal) }
        for draft in self.drafts { outcomes[draft.index] = draft.outcome }
        return outcomes
    }
}

extension PriceBatch.Draft {
    fileprivate var outcome: PriceWriteOutcome {
        if let hold = self.newHold ?? self.keptHold { return .held(hold, standing: self.previous) }
        switch (self.previous, self.current) {
        case (nil, nil): return .absent
        case (let previous?, nil): return .removed(previous)
        case (nil, let current?): return .created(current)
        case (let previous?, let current?):
            return self.isUnchanged ? .unchanged(previous) : .changed(current, from: previous)
        }
    }
}

extension PriceIdentity {
    /// The order in which prices of one bucket are locked, and told of.
    func precedes(_ other: PriceIdentity) -> Bool {
        if self.sku != other.sku { return self.sku < other.sku }
        return (self.minimumQuantity, self.validFrom) < (other.minimumQuantity, other.validFrom)
    }
}

extension PricingRefusal {
    /// Somebody has decided of a held price, or a later change has taken its place.
    static let holdDecided = PricingRefusal(
        .holdDecided, "the held price waits no more: it was decided, or a later change has taken its place")

    fileprivate static func duplicate(_ write: PriceWrite, of earlier: PriceWrite) -> PricingRefusal {
        PricingRefusal(
            .duplicateEntry, field: write.field("sku"),
            "has a price of the same minimum quantity and beginning before it"
                + (earlier.field.isEmpty ? "" : ", in \(earlier.field)"),
            expected: "each price once")
    }

    fileprivate static func underFloor(
        _ price: StoredPrice, _ breach: FloorCheck.Breach, in list: BookList, field: String
    ) -> PricingRefusal {
        let floor = breach.floor.text(in: list.currency)
        let source =
            switch breach.source {
            case .minimumAdvertised(let listID): "the minimum advertised price of the list \(listID)"
            case .marginGuard(let ruleID): "the margin guard \(ruleID)"
            case .minimumOfListPrice(let ruleID): "the minimum of the list price of the rule \(ruleID)"
            }
        return PricingRefusal(
            .underFloor, field: field,
            "is \(price.amount.text(in: list.currency)), under \(floor) \(list.currency.code), \(source)",
            expected: "\(floor) or more, or another floor first")
    }
}
