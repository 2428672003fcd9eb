/// A model of a make, and when it was built as far as the tables tell.
public struct VehicleModel: Hashable, Sendable {
    /// Whether there is a vehicle of a year.
    public enum Existence: String, Sendable, Hashable {
        /// A table has the model in that year.
        case attested
        /// vPIC has patterns for it from an earlier year on, without an end: it may have been built, or not any more.
        case possible
        /// No table has it in that year.
        case unknown
    }

    /// The official spelling of its make.
    public let make: String
    /// Its official spelling.
    public let name: String
    /// Whether NHTSA knows a model of this name; otherwise it is from the EPA's texts, which mix model, trim and body.
    public let isOfficial: Bool
    /// The model years in which a table has it.
    public let years: YearSpans
    /// The first model year of a range that has no end.
    public let openFrom: Int?

    /// Whether there is one of a model year.
    public func existence(in year: Int) -> Existence {
        if self.years.contains(year) { return .attested }
        return self.openFrom.map { $0 <= year } ?? false ? .possible : .unknown
    }

    init(_ reader: inout TableReader, _ strings: StringTable, make: String) throws(VehicleTablesError) {
        self.make = make
        self.name = try strings.next(&reader)
        self.isOfficial = try reader.number(below: 4, "source") & 1 == 1
        let year = try reader.number(below: 1_000, "year")
        self.openFrom = year == 0 ? nil : PatternTable.baseYear + year
        self.years = try YearSpans(&reader)
    }
}

/// A configuration whose fuel economy the EPA has told: one engine with one drive and one transmission.
public struct VehicleConfiguration: Hashable, Sendable {
    /// The model as the EPA writes it, often with trim, body and drive, such as "F150 Pickup 4WD".
    public let text: String
    /// Its engine.
    public let engine: EngineChoice
    /// The class, such as "Midsize Cars" or "Standard Pickup Trucks 4WD".
    public let vehicleClass: String?
    /// Such as "Front-Wheel Drive"; nil where the table does not tell.
    public let drive: String?
    /// Such as "Automatic 4-spd" or "Manual 5-spd".
    public let transmission: String?
    /// The model years.
    public let years: YearSpans
}
