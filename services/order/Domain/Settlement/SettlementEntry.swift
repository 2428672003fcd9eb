public import OrderMessages

/// One amount of a settlement, as its file has it.
public struct SettlementEntry: Hashable, Sendable {
    /// The line of the file; 0: the file does not have it.
    public var number: Int64
    /// The channel's id of the order; empty: it belongs to none.
    public var orderID: String
    /// What was sold; empty: not said.
    public var sku: String
    /// The channel's own id of the line; empty: not said.
    public var lineID: String
    /// Units; 0: not said.
    public var quantity: Int64
    /// What it is for.
    public var kind: SettlementAmountKind
    /// The file's own word.
    public var word: String
    /// In micros; what the channel keeps or takes back is below zero.
    public var amount: Int64
    /// A code of ISO 4217.
    public var currency: String
    /// When the channel booked it, in microseconds since 1970; nil: not said.
    public var postedAt: Int64?
    /// The channel has taken it from the buyer and pays it to others for the seller, as marketplaces do with sales tax:
    /// so much less is to be expected.
    public var isWithheld: Bool
    /// The file's own text.
    public var description: String

    /// An entry with all that it consists of.
    public init(
        number: Int64, orderID: String = "", sku: String = "", lineID: String = "", quantity: Int64 = 0,
        kind: SettlementAmountKind, word: String = "", amount: Int64, currency: String, postedAt: Int64? = nil,
        isWithheld: Bool = false, description: String = ""
    ) {
        self.number = number
        self.orderID = orderID
        self.sku = sku
        self.lineID = lineID
        self.quantity = quantity
        self.kind = kind
        self.word = word
        self.amount = amount
        self.currency = currency
        self.postedAt = postedAt
        self.isWithheld = isWithheld
        self.description = description
    }

    /// What tells it from others of its order, whichever file it stands in: two of the same are one payment told twice.
    var identity: Identity {
        Identity(
            kind: self.kind, word: self.word, sku: self.sku, lineID: self.lineID, amount: self.amount,
            postedAt: self.postedAt)
    }

    struct Identity: Hashable {
        let kind: SettlementAmountKind
        let word: String
        let sku: String
        let lineID: String
        let amount: Int64
        let postedAt: Int64?
    }
}

extension SettlementAmountKind {
    /// Those of which an order says what they should be, in their order.
    static let ofOrders: [SettlementAmountKind] = [.principal, .shipping, .tax, .promotion, .fee, .refund, .core]
}
