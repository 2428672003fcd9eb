public import ChannelMessages

/// What goes out first: the lower lane always does.
public enum SyncLane: Int16, Hashable, Sendable, Comparable, CaseIterable {
    /// What must not be sold any more.
    case stockToZero = 0
    /// Any other quantity.
    case stock = 1
    /// Prices.
    case price = 2
    /// What listings say.
    case content = 3
    /// What platforms are asked for, to compare it.
    case readBack = 4

    /// The lane of a quantity.
    public init(quantity: Int64) { self = quantity == 0 ? .stockToZero : .stock }

    /// Whether the left one goes out first.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// The kind that is sent in it; nil: none is.
    public var kind: SyncKind? {
        switch self {
        case .stockToZero, .stock: .stock
        case .price: .price
        case .content: .content
        case .readBack: nil
        }
    }

    /// The kind of call that it needs, as adapters call it.
    public var operation: String {
        switch self {
        case .stockToZero, .stock: "stock"
        case .price: "price"
        case .content: "content"
        case .readBack: "read"
        }
    }

    /// As people are told of it.
    public var name: String {
        switch self {
        case .stockToZero: "stock-to-zero"
        case .stock: "stock"
        case .price: "price"
        case .content: "content"
        case .readBack: "read-back"
        }
    }
}
