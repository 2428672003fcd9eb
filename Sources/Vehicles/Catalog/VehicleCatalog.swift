/// The makes and models of the US market since 1981, and configurations with their engines since 1984.
///
/// Names are found by any spelling (see ``FoldedName``), and given in NHTSA's. All look-ups are in memory and take
/// microseconds; those of nearest names take up to some hundred of them.
public struct VehicleCatalog: Sendable {
    /// All makes, by name.
    public let makes: [VehicleMake]
    private let makeOfKey: [String: Int]

    /// A make by any spelling of its name, or by a usual short one such as "Chevy" or "VW".
    public func make(named name: some StringProtocol) -> VehicleMake? {
        let key = FoldedName.key(name)
        return (self.makeOfKey[key] ?? Self.shortNames[key].flatMap { self.makeOfKey[$0] }).map { self.makes[$0] }
    }

    /// The names of makes that are the nearest to one that is none, the nearest first.
    public func nearestMakes(to name: some StringProtocol, limit: Int = 3) -> [String] {
        // Those of many models are rather meant.
        let candidates = self.makes.map { make in
            NearestNames.Candidate(
                name: make.name, key: make.key, isPreferred: make.models.count >= Self.manyModels)
        }
        return NearestNames.nearest(to: FoldedName.key(name), of: candidates, limit: limit)
    }

    /// Looks a vehicle up.
    ///
    /// - Parameter year: The model year; nil: any.
    public func find(make: some StringProtocol, model: some StringProtocol, year: Int? = nil) -> VehicleLookup {
        guard let found = self.make(named: make) else {
            return .unknownMake(String(make), nearest: self.nearestMakes(to: make))
        }
        guard let vehicle = found.model(named: model) else {
            return .unknownModel(
                String(model), make: found.name, nearest: found.nearestModels(to: model, year: year))
        }
        if let year, vehicle.existence(in: year) == .unknown { return .notInYear(vehicle, year: year) }
        return .found(vehicle)
    }

    /// What the EPA's table has about a model; see ``VehicleMake/configurations(ofModel:year:series:)``.
    public func configurations(
        make: some StringProtocol, model: some StringProtocol, year: Int? = nil, series: [String] = []
    ) -> VehicleMatch? {
        self.make(named: make)?.configurations(ofModel: model, year: year, series: series)
    }

    /// Makes of at least so many models are known to many.
    private static let manyModels = 10

    /// Usual short names, by their keys.
    private static let shortNames = [
        "alfa": "alfaromeo", "amc": "americanmotors", "aston": "astonmartin", "benz": "mercedesbenz",
        "chev": "chevrolet",
        "chevy": "chevrolet", "mercedes": "mercedesbenz", "merc": "mercury", "olds": "oldsmobile",
        "rangerover": "landrover", "rolls": "rollsroyce", "vw": "volkswagen",
    ]

    init(_ reader: inout TableReader, _ strings: StringTable) throws(VehicleTablesError) {
        let lists = try VehicleMake.Lists(&reader, strings)
        var makes: [VehicleMake] = []
        var keys: [String: Int] = [:]
        for _ in 0..<(try reader.count("makes")) {
            let make = try VehicleMake(&reader, strings, lists)
            // Of two names with one key the first counts.
            if keys[make.key] == nil { keys[make.key] = makes.count }
            makes.append(make)
        }
        (self.makes, self.makeOfKey) = (makes, keys)
    }
}

/// What a look-up of a vehicle has found.
public enum VehicleLookup: Hashable, Sendable, CustomStringConvertible {
    /// There is such a model, in the year too, if one was asked for.
    case found(VehicleModel)
    /// There is such a model, and no table has it in that year.
    case notInYear(VehicleModel, year: Int)
    /// The make has no such model.
    case unknownModel(String, make: String, nearest: [String])
    /// There is no such make.
    case unknownMake(String, nearest: [String])

    /// The model, in the official spelling.
    public var model: VehicleModel? {
        switch self {
        case .found(let model), .notInYear(let model, _): model
        case .unknownModel, .unknownMake: nil
        }
    }

    /// One line for people.
    public var description: String {
        switch self {
        case .found(let model): "\(model.make) \(model.name)"
        case .notInYear(let model, let year):
            "no \(model.make) \(model.name) of \(year) is known; known years: \(model.years)"
        case .unknownModel(let name, let make, let nearest):
            "\(make) has no model \(Self.shown(name))\(Self.hint(nearest))"
        case .unknownMake(let name, let nearest): "no make is named \(Self.shown(name))\(Self.hint(nearest))"
        }
    }

    private static func hint(_ nearest: [String]) -> String {
        nearest.isEmpty ? "" : "; the nearest: \(nearest.joined(separator: ", "))"
    }

    /// A name in quotes, of which a very long one is cut.
    private static func shown(_ name: String) -> String {
        let beginning = name.prefix(Self.maximumShownCharacters)
        return "\"\(beginning)\(beginning.endIndex == name.endIndex ? "" : "...")\""
    }

    private static let maximumShownCharacters = 60
}
