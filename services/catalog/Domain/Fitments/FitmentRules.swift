public import CatalogMessages
internal import Vehicles

/// What a fitment may be, whether a call, a file or a product's compatibility says it.
///
/// Whether the vehicle exists is another question; see ``KnownVehicles``.
public struct FitmentRules: Sendable {
    /// The first model year that there may be: the first cars that were sold as a series.
    public static let firstYear: Int32 = 1896
    /// How many years ahead of the calendar a model year may be.
    public static let yearsAhead: Int32 = 3
    /// The most faults that are told of one fitment.
    public static let maximumFaults = 20

    /// The model years that a fitment may name.
    public let years: ClosedRange<Int32>

    /// The rules as of a year of the calendar.
    public init(currentYear: Int) {
        let last = Int32(clamping: currentYear) &+ Self.yearsAhead
        self.years = Self.firstYear...max(Self.firstYear, last)
    }

    /// What is wrong with a fitment, in the order of its fields; at most ``maximumFaults``.
    public func faults(_ fitment: Fitment) -> [ProductFault] {
        var faults: [ProductFault] = []
        if let vehicle = fitment.vehicle {
            self.check(vehicle, &faults)
        } else {
            faults.append(ProductFault(field: "vehicle", reason: "is missing", expected: Self.ways))
        }
        Self.checkConditions(fitment, &faults)
        Self.checkSizes(fitment, &faults)
        return Array(faults.prefix(Self.maximumFaults))
    }

    static let ways =
        "one of: a base vehicle's id; a first and last year with a make; an equipment's ids"

    private func check(_ vehicle: VehicleSelector, _ faults: inout [ProductFault]) {
        let ways = VehicleWay.said(by: vehicle)
        guard ways.count == 1, let way = ways.first else {
            let reason =
                ways.isEmpty
                ? "names no vehicle" : "is named in several ways: \(ways.map(\.description).joined(separator: ", "))"
            faults.append(ProductFault(field: "vehicle", reason: reason, expected: Self.ways))
            return
        }
        switch way {
        case .baseVehicle: Self.refuse(vehicle.vehicleTypeID != 0, "vehicleTypeId", beside: way, &faults)
        case .years: self.checkYears(vehicle, &faults)
        case .equipment: self.checkEquipment(vehicle, &faults)
        }
    }

    private static func refuse(
        _ isSaid: Bool, _ field: String, beside way: VehicleWay, _ faults: inout [ProductFault]
    ) {
        guard isSaid else { return }
        faults.append(ProductFault(field: "vehicle.\(field)", reason: "stands beside \(way)", expected: "none"))
    }

    private func checkYears(_ vehicle: VehicleSelector, _ faults: inout [ProductFault]) {
        self.check(year: vehicle.yearFrom, "yearFrom", &faults)
        self.check(year: vehicle.yearTo, "yearTo", &faults)
        if faults.isEmpty && vehicle.yearFrom > vehicle.yearTo {
            faults.append(
                ProductFault(
                    field: "vehicle.yearTo", reason: "is \(vehicle.yearTo), before yearFrom",
                    expected: "\(vehicle.yearFrom) or later"))
        }
        if vehicle.makeID == 0 && FoldedName.key(vehicle.make).isEmpty {
            faults.append(
                ProductFault(
                    field: "vehicle.make", reason: "is missing", expected: "a make's name or id beside the years"))
        }
        let hasModel = vehicle.modelID != 0 || !vehicle.model.isEmpty
        Self.checkName(vehicle.model, id: vehicle.modelID, "vehicle.model", &faults)
        if hasModel && vehicle.vehicleTypeID != 0 {
            faults.append(
                ProductFault(field: "vehicle.vehicleTypeId", reason: "stands beside a model", expected: "one of both"))
        }
        if !hasModel && (vehicle.submodelID != 0 || !vehicle.submodel.isEmpty) {
            faults.append(
                ProductFault(field: "vehicle.submodel", reason: "has no model", expected: "a model beside the submodel")
            )
        }
    }

    private func check(year: Int32, _ field: String, _ faults: inout [ProductFault]) {
        guard !self.years.contains(year) else { return }
        faults.append(
            ProductFault(
                field: "vehicle.\(field)", reason: "is \(year)",
                expected: "a model year from \(self.years.lowerBound) to \(self.years.upperBound)"))
    }

    private func checkEquipment(_ vehicle: VehicleSelector, _ faults: inout [ProductFault]) {
        let hasModel = vehicle.equipmentManufacturerID != 0 || vehicle.equipmentModelID != 0
        if vehicle.equipmentBaseID != 0 {
            let hasMore =
                hasModel || vehicle.vehicleTypeID != 0 || vehicle.productionStart != 0 || vehicle.productionEnd != 0
            if hasMore {
                faults.append(
                    ProductFault(
                        field: "vehicle.equipmentBaseId", reason: "stands beside other ids of equipment",
                        expected: "it alone"))
            }
        } else if vehicle.equipmentManufacturerID == 0 || vehicle.equipmentModelID == 0 || vehicle.vehicleTypeID == 0 {
            faults.append(
                ProductFault(
                    field: "vehicle.equipmentModelId", reason: "is not said in full",
                    expected: "the ids of manufacturer, model and vehicle type"))
        }
        if vehicle.productionStart != 0 { self.check(year: vehicle.productionStart, "productionStart", &faults) }
        if vehicle.productionEnd != 0 { self.check(year: vehicle.productionEnd, "productionEnd", &faults) }
        if vehicle.productionEnd != 0 && vehicle.productionStart > vehicle.productionEnd {
            faults.append(
                ProductFault(
                    field: "vehicle.productionEnd", reason: "is \(vehicle.productionEnd), before productionStart",
                    expected: "\(vehicle.productionStart) or later"))
        }
    }

    /// A name must have something to find it by, unless there is an id.
    static func checkName(_ name: String, id: UInt32, _ field: String, _ faults: inout [ProductFault]) {
        guard !name.isEmpty, id == 0, FoldedName.key(name).isEmpty else { return }
        faults.append(ProductFault(field: field, reason: "has neither letters nor digits", expected: "a name"))
    }
}

/// The ways in which a fitment may name its vehicles.
public enum VehicleWay: Hashable, Sendable, CustomStringConvertible {
    case baseVehicle
    case years
    case equipment

    /// The ways of which a selector says something; of a fitment that keeps the rules there is one.
    public static func said(by vehicle: VehicleSelector) -> [VehicleWay] {
        let hasYears =
            vehicle.yearFrom != 0 || vehicle.yearTo != 0 || vehicle.makeID != 0 || !vehicle.make.isEmpty
            || vehicle.modelID != 0 || !vehicle.model.isEmpty
        let hasEquipment =
            vehicle.equipmentBaseID != 0 || vehicle.equipmentManufacturerID != 0 || vehicle.equipmentModelID != 0
            || vehicle.productionStart != 0 || vehicle.productionEnd != 0
        var ways: [VehicleWay] = []
        if vehicle.baseVehicleID != 0 { ways.append(.baseVehicle) }
        if hasYears { ways.append(.years) }
        if hasEquipment { ways.append(.equipment) }
        return ways
    }

    /// For people.
    public var description: String {
        switch self {
        case .baseVehicle: "a base vehicle"
        case .years: "years and make"
        case .equipment: "equipment"
        }
    }
}
