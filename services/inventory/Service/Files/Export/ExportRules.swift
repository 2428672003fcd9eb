internal import InventoryMessages
internal import RPC

/// What an export holds and how, from its options; checked.
struct ExportRules: Sendable {
    let isJSON: Bool
    /// Between the fields of a row.
    let delimiter: UInt8
    /// Whether what is for reading only comes with it.
    let isFull: Bool
    /// Which items, as lists ask for them.
    let filter: ListStockRequest

    /// Checks options.
    ///
    /// - Throws: ``RPCError`` that names the option at fault.
    init(_ options: ExportOptions) throws(RPCError) {
        switch options.format {
        case .csv: self.isJSON = false
        case .json: self.isJSON = true
        default: throw RPCError(field: "options.format", "is not known", expected: "csv or json")
        }
        self.delimiter = try FileDelimiter.byte(options.delimiter)
        guard !self.isJSON || options.delimiter == .unspecified else {
            throw RPCError(field: "options.delimiter", "stands beside JSON, which has none", expected: "none, or csv")
        }
        self.isFull = options.detail == .full
        _ = try StockReads.moment(options.changedSince, field: "options.changedSince")
        self.filter = ListStockRequest(
            skuPrefix: options.skuPrefix, locationID: options.locationID, region: options.region,
            inStock: options.inStock, belowReorderThreshold: options.belowReorderThreshold,
            changedSince: options.changedSince)
    }
}
