internal import Events
internal import Money
internal import Postgres
internal import PricingDomain
internal import PricingMessages

/// Names a price of a list.
struct PriceIdentity: Hashable, Sendable {
    let sku: SKU
    /// 1 or more.
    let minimumQuantity: Int64
    let validFrom: Instant
}

/// A price as its row has it.
struct StoredPrice: Hashable, Sendable {
    let identity: PriceIdentity
    var validTo: Instant
    var amount: Amount
    var recordedAt: PostgresTimestamp
    /// The change that recorded it.
    var changeID: PostgresUUID
}

/// A change of one price of a list, as a call or a file asks for it.
struct PriceWrite: Sendable {
    /// What becomes of the price.
    enum Change: Hashable, Sendable {
        /// It is made, or becomes this.
        case put(Amount, validTo: Instant)
        /// It is removed.
        case remove
    }

    /// The greatest quantity from which on a price may count.
    static let maximumQuantity: Int64 = 1_000_000_000

    let identity: PriceIdentity
    let change: Change
    /// Where it stands in what asks for it, such as `prices[3]`; empty: alone.
    let field: String

    /// A change by its parts, which were checked before.
    init(_ identity: PriceIdentity, _ change: Change, field: String = "") {
        self.identity = identity
        self.change = change
        self.field = field
    }

    /// That a price is put.
    ///
    /// - Parameters:
    ///   - price: What only answers have is not looked at.
    ///   - field: Where it stands, for refusals.
    init(putting price: Price, field: String = "") throws(PricingRefusal) {
        let container = field.isEmpty ? "" : "\(field)."
        let sku = try SKU(price.sku, field: "\(container)sku")
        let quantity = try Self.quantity(price.minimumQuantity, container)
        let amount = try Amount(price.amount, field: "\(container)amount")
        let period = try Period(validFrom: price.validFrom, validTo: price.validTo, field: container)
        self.init(
            PriceIdentity(sku: sku, minimumQuantity: quantity, validFrom: period.from),
            .put(amount, validTo: period.to), field: field)
    }

    /// That a price is removed.
    ///
    /// - Parameter field: Where it stands, for refusals.
    init(removing key: PriceKey, field: String = "") throws(PricingRefusal) {
        let container = field.isEmpty ? "" : "\(field)."
        let sku = try SKU(key.sku, field: "\(container)sku")
        let quantity = try Self.quantity(key.minimumQuantity, container)
        let period = try Period(validFrom: key.validFrom, validTo: nil, field: container)
        self.init(PriceIdentity(sku: sku, minimumQuantity: quantity, validFrom: period.from), .remove, field: field)
    }

    private static func quantity(_ quantity: Int64, _ container: String) throws(PricingRefusal) -> Int64 {
        guard (0...Self.maximumQuantity).contains(quantity) else {
            throw PricingRefusal(
                .invalidValue, field: "\(container)minimumQuantity", "is \(quantity)",
                expected: "0 to \(Self.maximumQuantity)")
        }
        return max(1, quantity)
    }

    /// The name of one of its fields.
    func field(_ name: String) -> String { self.field.isEmpty ? name : "\(self.field).\(name)" }
}

/// Whose the changes of a transaction are, and where they come from.
struct PriceWriteOrigin: Sendable {
    /// A decision by which a held price is put past the floors.
    struct Approval: Sendable {
        let holdID: PostgresUUID
        let note: String
    }

    var brand: PostgresUUID
    /// Who changes them.
    var principal: String
    /// Why, for the history.
    var reason: String = ""
    /// The import that changes them.
    var importID: PostgresUUID?
    /// Nothing is changed; the outcomes say what would be.
    var isDryRun = false
    /// Puts prices whatever the floors say: what an import is undone by, which puts back what stood before.
    var passesFloors = false
    /// Puts the held price of this hold.
    var approval: Approval?
    /// The trace context of what causes them, for the events.
    var traceParent: String?
}

/// What became of a change.
enum PriceWriteOutcome: Sendable {
    /// The price was not there before.
    case created(StoredPrice)
    /// It stands in the place of another.
    case changed(StoredPrice, from: StoredPrice)
    /// It was so already.
    case unchanged(StoredPrice)
    /// It waits for approval. With it what stands meanwhile, if anything does.
    case held(PriceHoldRow, standing: StoredPrice?)
    /// It is gone.
    case removed(StoredPrice)
    /// It was to be removed, but was not there.
    case absent
    /// Nothing happened to it.
    case refused(PricingRefusal)
}

/// What a transaction did to prices of a list.
struct PriceWriteResult: Sendable {
    let list: BookList
    /// As many as there were changes, in their order.
    let outcomes: [PriceWriteOutcome]
    /// Names the change in the history; nil: no price is another one than before.
    let changeID: PostgresUUID?
    /// What to append to the event log, at the end of the transaction.
    let events: [Event]
}

extension PricingRefusal {
    /// The most faults of one answer.
    static let maximumFaults = 64

    /// One refusal of many, of the class of the first.
    static func combined(_ refusals: [PricingRefusal]) -> PricingRefusal? {
        guard let first = refusals.first else { return nil }
        guard refusals.count > 1 else { return first }
        return PricingRefusal(
            first.reason, "\(first.description) (and \(refusals.count - 1) more)",
            faults: Array(refusals.lazy.flatMap(\.faults).prefix(Self.maximumFaults)),
            currentVersion: first.currentVersion)
    }
}
