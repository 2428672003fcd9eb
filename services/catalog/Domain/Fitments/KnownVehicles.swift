public import CatalogMessages
public import Vehicles

/// Vehicles as the tables know them: for keys that do not depend on a spelling, and for what is doubtful in a fitment.
public struct KnownVehicles: Sendable {
    /// The first model year that is judged by: from it on the tables have all engines, and so all models.
    public static let firstYear = 1984

    /// The tables.
    public let catalog: VehicleCatalog
    /// The last model year of which the tables have any model. Later ones are not judged.
    public let lastYear: Int

    /// The last year of which the tables have about as many models as of others.
    private let lastWholeYear: Int

    /// - Parameter catalog: It is read once as a whole, to find its last years.
    public init(_ catalog: VehicleCatalog) {
        self.catalog = catalog
        var counts: [Int: Int] = [:]
        for span in catalog.makes.lazy.flatMap(\.models).flatMap(\.years.spans) {
            for year in span { counts[year, default: 0] += 1 }
        }
        let most = counts.values.max() ?? 0
        self.lastYear = counts.keys.max() ?? Self.firstYear
        self.lastWholeYear = counts.filter { $0.value * 2 >= most }.keys.max() ?? Self.firstYear
    }

    /// Whether a model is to be offered for a year: a table has it, or else the year is too late for most tables, nothing
    /// says that it was given up, and it was still made in the last years that they know.
    public func isOffered(_ model: Vehicles.VehicleModel, in year: Int) -> Bool {
        switch model.existence(in: year) {
        case .attested: return true
        case .unknown: return false
        case .possible:
            let recent = (self.lastWholeYear - Self.recentYears)...self.lastWholeYear
            let isRecent = recent.contains(where: model.years.contains) || model.openFrom ?? 0 > recent.lowerBound
            return year > self.lastWholeYear && isRecent
        }
    }

    private static let recentYears = 2

    /// Those of some years in which no table has a model; none of years that the tables do not cover.
    public func unknownYears(of model: Vehicles.VehicleModel, in years: ClosedRange<Int>) -> [Int] {
        guard Self.firstYear <= self.lastYear else { return [] }
        // Of years that lie outside as a whole, clamping leaves the nearest year inside.
        return years.clamped(to: Self.firstYear...self.lastYear).filter { year in
            years.contains(year) && model.existence(in: year) == .unknown
        }
    }

    /// What the tables do not have of a vehicle that is named.
    ///
    /// - Returns: nil where they have it, or where it is not named.
    public func doubt(about vehicle: VehicleSelector) -> VehicleDoubt? {
        guard !vehicle.make.isEmpty, vehicle.yearTo >= vehicle.yearFrom else { return nil }
        guard !vehicle.model.isEmpty else {
            guard self.catalog.make(named: vehicle.make) == nil else { return nil }
            let lookup = self.catalog.find(make: vehicle.make, model: vehicle.make)
            return VehicleDoubt(lookup, years: [])
        }
        let lookup = self.catalog.find(make: vehicle.make, model: vehicle.model)
        guard let model = lookup.model else { return VehicleDoubt(lookup, years: []) }
        let unknown = self.unknownYears(of: model, in: Int(vehicle.yearFrom)...Int(vehicle.yearTo))
        return unknown.first.flatMap { VehicleDoubt(.notInYear(model, year: $0), years: unknown) }
    }
}

/// Why a vehicle may be none.
public struct VehicleDoubt: Hashable, Sendable {
    /// `unknown-make`, `unknown-model` or `year-outside-model`.
    public let type: String
    /// The field in question: `vehicle.make`.
    public let field: String
    /// One line for people.
    public let message: String
    /// Names that there are, the nearest first.
    public let suggestions: [String]
    /// The years that the model was not made in.
    public let years: [Int]

    init?(_ lookup: VehicleLookup, years: [Int]) {
        switch lookup {
        case .found: return nil
        case .notInYear(let model, _):
            self.type = "year-outside-model"
            self.field = "vehicle.yearFrom"
            self.suggestions = []
            let told = years.count == 1 ? "\(years[0])" : "\(years[0]) to \(years[years.count - 1])"
            self.message = "no \(model.make) \(model.name) of \(told) is known; known years: \(model.years)"
        case .unknownModel(_, _, let nearest):
            (self.type, self.field, self.suggestions) = ("unknown-model", "vehicle.model", nearest)
            self.message = lookup.description
        case .unknownMake(_, let nearest):
            (self.type, self.field, self.suggestions) = ("unknown-make", "vehicle.make", nearest)
            self.message = lookup.description
        }
        self.years = years
    }
}
