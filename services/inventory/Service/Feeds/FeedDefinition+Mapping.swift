internal import InventoryDomain
internal import InventoryMessages
internal import RPC

extension FeedDefinition {
    /// What the columns of a feed's files are.
    static func mapping(_ table: FeedTable) throws(RPCError) -> FeedMapping {
        FeedMapping(
            skuColumn: table.skuColumn, quantityColumn: table.quantityColumn, place: try Self.place(table),
            quantities: try Self.quantities(table))
    }

    private static func place(_ table: FeedTable) throws(RPCError) -> FeedMapping.Place {
        guard !table.locationColumn.isEmpty else {
            guard table.locations.isEmpty else {
                throw RPCError(
                    field: "feed.table.locations", "are given without a locationColumn", expected: "both, or neither")
            }
            return .location(try LocationID.of(table.locationID, field: "feed.table.locationId"))
        }
        guard table.locationID.isEmpty else {
            throw RPCError(
                field: "feed.table.locationId", "stands beside locationColumn", expected: "one of the two")
        }
        var renamed: [String: LocationID] = [:]
        for (number, name) in table.locations.enumerated() {
            let field = "feed.table.locations[\(number)]"
            let ours = try LocationID.of(name.ours, field: "\(field).ours")
            guard renamed.updateValue(ours, forKey: name.theirs) == nil else {
                throw RPCError(field: "\(field).theirs", "stands twice", expected: "each name once")
            }
        }
        return .column(table.locationColumn, renamed: renamed)
    }

    private static func quantities(_ table: FeedTable) throws(RPCError) -> FeedQuantityRules {
        var words: [String: UnitCount] = [:]
        for (number, word) in table.words.enumerated() {
            let field = "feed.table.words[\(number)]"
            let units = try UnitCount.of(word.quantity, field: "\(field).quantity")
            guard words.updateValue(units, forKey: word.word.lowercased()) == nil else {
                throw RPCError(field: "\(field).word", "stands twice", expected: "each word once, whatever its case")
            }
        }
        let empty = try table.emptyQuantity.map { units throws(RPCError) in
            try UnitCount.of(units, field: "feed.table.emptyQuantity")
        }
        return FeedQuantityRules(empty: empty, words: words)
    }

    /// The locations that the feed names from the beginning.
    var namedLocations: [LocationID] {
        switch self.mapping.place {
        case .location(let location): [location]
        case .column(_, let renamed): Set(renamed.values).sorted()
        }
    }
}
