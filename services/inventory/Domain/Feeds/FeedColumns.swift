/// Which columns of a partner's file are which of ours.
public struct FeedMapping: Hashable, Sendable {
    /// Where rows are about.
    public enum Place: Hashable, Sendable {
        /// One location for all rows.
        case location(LocationID)
        /// A column names it, in the partner's words; what is not renamed has the same name with us.
        case column(String, renamed: [String: LocationID])
    }

    /// The name of the column of SKUs.
    public let skuColumn: String
    /// The name of the column of units.
    public let quantityColumn: String
    /// Where rows are about.
    public let place: Place
    /// What fields of units mean.
    public let quantities: FeedQuantityRules

    /// A mapping.
    public init(skuColumn: String, quantityColumn: String, place: Place, quantities: FeedQuantityRules) {
        self.skuColumn = skuColumn
        self.quantityColumn = quantityColumn
        self.place = place
        self.quantities = quantities
    }
}

/// What one row of a partner's file says.
public struct FeedLine: Hashable, Sendable {
    /// What is meant.
    public let place: Place
    /// How many there are; nil: the row names the SKU, but its number cannot be read.
    public let units: UnitCount?
    /// What is wrong with the row.
    public let fault: InvalidValue?
}

/// The mapping's columns, as they stand in one file.
public struct FeedColumns: Hashable, Sendable {
    private let mapping: FeedMapping
    private let sku: Int
    private let quantity: Int
    private let location: Int?

    /// Finds the columns among a file's names. Case and spaces around names do not matter.
    ///
    /// - Throws: ``InvalidValue`` naming a column that is missing, or stands twice.
    public init(_ mapping: FeedMapping, names: [String]) throws(InvalidValue) {
        let names = names.map { $0.trimmingSpace.lowercased() }
        self.mapping = mapping
        self.sku = try Self.find(mapping.skuColumn, names)
        self.quantity = try Self.find(mapping.quantityColumn, names)
        if case .column(let name, _) = mapping.place {
            self.location = try Self.find(name, names)
        } else {
            self.location = nil
        }
    }

    private static func find(_ name: String, _ names: [String]) throws(InvalidValue) -> Int {
        let lowered = name.trimmingSpace.lowercased()
        let places = names.indices.filter { names[$0] == lowered }
        guard let place = places.first, places.count == 1 else {
            throw InvalidValue(
                "column \(name.debugDescription)", places.isEmpty ? "is missing" : "stands \(places.count) times",
                expected: "it once in the first row")
        }
        return place
    }

    /// Reads a row.
    ///
    /// - Throws: ``InvalidValue`` where one cannot even tell what SKU at what location it is about.
    public func line(_ fields: [String]) throws(InvalidValue) -> FeedLine {
        let sku = try SKU(try Self.field(self.sku, fields, "sku").trimmingSpace)
        let place = Place(sku, try self.location(fields))
        do throws(InvalidValue) {
            let text = try Self.field(self.quantity, fields, "quantity")
            return FeedLine(place: place, units: try self.mapping.quantities.units(text), fault: nil)
        } catch {
            return FeedLine(place: place, units: nil, fault: error)
        }
    }

    private func location(_ fields: [String]) throws(InvalidValue) -> LocationID {
        switch self.mapping.place {
        case .location(let location): return location
        case .column(_, let renamed):
            let name = try Self.field(self.location ?? 0, fields, "location").trimmingSpace
            if let location = renamed[name] { return location }
            return try LocationID(name)
        }
    }

    private static func field(_ place: Int, _ fields: [String], _ kind: String) throws(InvalidValue) -> String {
        guard fields.indices.contains(place) else {
            throw InvalidValue(
                kind, "is not there: the row has \(fields.count) fields", expected: "\(place + 1) at least")
        }
        return fields[place]
    }
}
