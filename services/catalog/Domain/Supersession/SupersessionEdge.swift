public import CatalogMessages

/// That one part takes the place of another, from one day to another, both included.
public struct SupersessionEdge: Hashable, Sendable {
    /// Whose place is taken.
    public var old: SKU
    /// Who takes it.
    public var new: SKU
    /// The days on which it holds.
    public var days: ClosedRange<Day>

    /// An edge with all that it consists of.
    public init(old: SKU, new: SKU, days: ClosedRange<Day>) {
        self.old = old
        self.new = new
        self.days = days
    }

    /// The edge of a message.
    ///
    /// - Throws: ``CatalogRefusal`` with the fields at fault.
    public init(_ supersession: Supersession) throws(CatalogRefusal) {
        var faults = ProductFaults()
        let names = [("oldSku", supersession.oldSku), ("newSku", supersession.newSku)]
        for (field, text) in names {
            if let reason = SKU.fault(of: text) { faults.add(field, reason, expected: SKU.expected) }
        }
        let from = ProductRules.day(supersession.effectiveFrom, "effectiveFrom", &faults)
        faults.check(!supersession.effectiveFrom.isEmpty, "effectiveFrom", "is empty", expected: Day.expected)
        let to = ProductRules.day(supersession.effectiveTo, "effectiveTo", &faults)
        if let from, let to, to < from {
            faults.add("effectiveTo", "is \(to), before effectiveFrom", expected: "\(from) or later")
        }
        guard faults.faults.isEmpty, let from, let old = try? SKU(supersession.oldSku),
            let new = try? SKU(supersession.newSku)
        else { throw CatalogRefusal(faults: faults.faults) }
        self.init(old: old, new: new, days: from...(to ?? Day.last))
    }
}
