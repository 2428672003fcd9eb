internal import InventoryDomain
internal import InventoryMessages
internal import RPC

extension FeedDefinition {
    /// What a feed's files look like.
    static func form(_ table: FeedTable, _ mapping: FeedMapping) throws(RPCError) -> Form {
        let form: Form
        switch table.format {
        case .csv: form = .csv(delimiter: table.delimiter.utf8.first ?? UInt8(ascii: ","))
        case .json:
            form = .json(list: table.listMember.isEmpty ? nil : table.listMember, Self.objects(table, mapping))
        case .jsonLines: form = .jsonLines(Self.objects(table, mapping))
        default: throw RPCError(field: "feed.table.format", "is not known", expected: "csv, json or jsonLines")
        }
        guard table.format == .csv || table.delimiter.isEmpty else {
            throw RPCError(field: "feed.table.delimiter", "is given for JSON", expected: "none, or the format csv")
        }
        guard table.format == .json || table.listMember.isEmpty else {
            throw RPCError(
                field: "feed.table.listMember", "is given for files that are no JSON", expected: "none, or format json")
        }
        guard table.format != .csv || !table.stockDocuments else {
            throw RPCError(
                field: "feed.table.stockDocuments", "is given for CSV", expected: "false, or format json or jsonLines")
        }
        return form
    }

    private static func objects(_ table: FeedTable, _ mapping: FeedMapping) -> FeedObjects {
        guard table.stockDocuments, case .column(_, let renamed) = mapping.place else {
            return .rows(FeedMembers(mapping))
        }
        return .documents(.init(isOnHand: table.quantity == .onHand, renamed: renamed))
    }

    /// What the columns of a feed's files are, or the members of their objects.
    static func mapping(_ table: FeedTable) throws(RPCError) -> FeedMapping {
        if table.stockDocuments { return try Self.documentMapping(table) }
        for (name, field) in [(table.skuColumn, "skuColumn"), (table.quantityColumn, "quantityColumn")]
        where name.isEmpty {
            throw RPCError(
                field: "feed.table.\(field)", "is missing",
                expected: "the name of a column or member, or stockDocuments for documents that have their own names")
        }
        return FeedMapping(
            skuColumn: table.skuColumn, quantityColumn: table.quantityColumn, place: try Self.place(table),
            quantities: try Self.quantities(table))
    }

    /// Stock documents have names of their own.
    private static func documentMapping(_ table: FeedTable) throws(RPCError) -> FeedMapping {
        let given = [
            ("skuColumn", !table.skuColumn.isEmpty), ("quantityColumn", !table.quantityColumn.isEmpty),
            ("locationColumn", !table.locationColumn.isEmpty), ("locationId", !table.locationID.isEmpty),
            ("words", !table.words.isEmpty), ("emptyQuantity", table.emptyQuantity != nil),
        ]
        for (field, isGiven) in given where isGiven {
            throw RPCError(
                field: "feed.table.\(field)", "stands beside stockDocuments, which have names and numbers of their own",
                expected: "one of the two")
        }
        return FeedMapping(
            skuColumn: "sku", quantityColumn: table.quantity == .onHand ? "onHand" : "stockAvailable",
            place: .column("locationId", renamed: try Self.renamed(table)), quantities: FeedQuantityRules())
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
        return .column(table.locationColumn, renamed: try Self.renamed(table))
    }

    private static func renamed(_ table: FeedTable) throws(RPCError) -> [String: LocationID] {
        var renamed: [String: LocationID] = [:]
        for (number, name) in table.locations.enumerated() {
            let field = "feed.table.locations[\(number)]"
            let ours = try LocationID.of(name.ours, field: "\(field).ours")
            guard renamed.updateValue(ours, forKey: name.theirs) == nil else {
                throw RPCError(field: "\(field).theirs", "stands twice", expected: "each name once")
            }
        }
        return renamed
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
