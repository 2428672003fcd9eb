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
    public let sku: SKU
    /// Where; nil: the row names the SKU, but not where it is about.
    public let location: LocationID?
    /// How many there are; nil: the row names the SKU, but its number cannot be used.
    public let units: UnitCount?
    /// What is wrong with the row.
    public let fault: InvalidValue?

    /// A row that can be used.
    public init(sku: SKU, location: LocationID, units: UnitCount) {
        self.init(sku: sku, location: location, units: units, fault: nil)
    }

    /// A row that names its SKU and cannot be used.
    public init(sku: SKU, location: LocationID?, fault: InvalidValue) {
        self.init(sku: sku, location: location, units: nil, fault: fault)
    }

    private init(sku: SKU, location: LocationID?, units: UnitCount?, fault: InvalidValue?) {
        self.sku = sku
        self.location = location
        self.units = units
        self.fault = fault
    }
}

extension FeedMapping {
    /// A field of a row: its text, or why there is none.
    public typealias Field = Result<String, InvalidValue>

    /// What a row says by its fields.
    ///
    /// - Parameter location: nil where one location is that of all rows.
    /// - Throws: ``InvalidValue`` where one cannot even tell what SKU it is about.
    public func line(sku: Field, quantity: Field, location: Field?) throws(InvalidValue) -> FeedLine {
        let sku = try SKU(try sku.get().trimmingSpace)
        let place: LocationID
        do throws(InvalidValue) { place = try self.location(location) } catch {
            return FeedLine(sku: sku, location: nil, fault: error)
        }
        do throws(InvalidValue) {
            return FeedLine(sku: sku, location: place, units: try self.quantities.units(try quantity.get()))
        } catch {
            return FeedLine(sku: sku, location: place, fault: error)
        }
    }

    private func location(_ field: Field?) throws(InvalidValue) -> LocationID {
        switch self.place {
        case .location(let location): return location
        case .column(let name, let renamed):
            let missing = InvalidValue("location", "is not there", expected: "\(name.debugDescription) in each row")
            let text = try (field ?? .failure(missing)).get().trimmingSpace
            if let location = renamed[text] { return location }
            return try LocationID(text)
        }
    }
}

/// The mapping's columns, as they stand in one file.
public struct FeedColumns: Hashable, Sendable {
    private let mapping: FeedMapping
    private let sku: Int
    private let quantity: Int
    private let location: Int?

    /// Finds the columns by the names in a file's first row, whatever their case and the spaces around them.
    ///
    /// - Throws: ``InvalidValue`` naming a column that is missing, or stands twice.
    public init(_ mapping: FeedMapping, names: [String]) throws(InvalidValue) {
        let names = names.map { FeedMapping.key($0) }
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
        let key = FeedMapping.key(name)
        let places = names.indices.filter { names[$0] == key }
        guard let place = places.first, places.count == 1 else {
            throw InvalidValue(
                "column \(name.debugDescription)", places.isEmpty ? "is missing" : "stands \(places.count) times",
                expected: "it once in the first row")
        }
        return place
    }

    /// Reads a row.
    ///
    /// - Throws: ``InvalidValue`` where one cannot even tell what SKU it is about.
    public func line(_ fields: [String]) throws(InvalidValue) -> FeedLine {
        try self.mapping.line(
            sku: Self.field(self.sku, fields, "sku"), quantity: Self.field(self.quantity, fields, "quantity"),
            location: self.location.map { Self.field($0, fields, "location") })
    }

    private static func field(_ place: Int, _ fields: [String], _ kind: String) -> FeedMapping.Field {
        guard fields.indices.contains(place) else {
            return .failure(
                InvalidValue(
                    kind, "is not there: the row has \(fields.count) fields", expected: "\(place + 1) at least"))
        }
        return .success(fields[place])
    }
}

extension FeedMapping {
    /// A name as it is compared with others.
    static func key(_ name: String) -> String { name.trimmingSpace.lowercased() }
}
