internal import RPC

/// What is answered to the question for a SKU's stock.
enum StockAnswer: Sendable {
    /// An encoded `StockItem`.
    case encoded([UInt8])
    /// The brand knows no such SKU.
    case unknown
    /// It could not be found out.
    case failed(RPCError)
}
