internal import CatalogDomain
public import CatalogMessages
public import RPC
internal import Vehicles

extension Fitments {
    /// Lists the makes of vehicles.
    public func listMakes(_ request: ListMakesRequest, context: ServerContext) async throws -> ListMakesResponse {
        let makes = self.tables.catalog.makes.filter { make in
            request.year == 0 || make.models.contains { self.known.isOffered($0, in: Int(request.year)) }
        }
        return ListMakesResponse(makes: makes.map(\.name))
    }

    /// Lists the models of a make.
    public func listModels(_ request: ListModelsRequest, context: ServerContext) async throws -> ListModelsResponse {
        guard let make = self.tables.catalog.make(named: request.make) else {
            throw RPCError(Self.notFound(self.tables.catalog.find(make: request.make, model: request.make)))
        }
        let models = make.models.filter { request.year == 0 || self.known.isOffered($0, in: Int(request.year)) }
        return ListModelsResponse(
            make: make.name,
            models: models.map { model in
                let first = model.years.first ?? model.openFrom ?? 0
                let last = model.openFrom == nil ? model.years.last ?? 0 : 0
                return CatalogMessages.VehicleModel(
                    model: model.name, yearFrom: Int32(clamping: first), yearTo: Int32(clamping: last))
            })
    }

    /// Answers a vehicle, with the engines and drives that it was sold with.
    public func getVehicle(_ request: GetVehicleRequest, context: ServerContext) async throws -> Vehicle {
        let lookup = self.tables.catalog.find(make: request.make, model: request.model, year: Int(request.year))
        guard case .found(let model) = lookup else { throw RPCError(Self.notFound(lookup)) }
        return self.vehicle(model, year: request.year)
    }

    /// Tells what a VIN says.
    public func decodeVin(_ request: DecodeVINRequest, context: ServerContext) async throws -> DecodedVIN {
        DecodedVIN(self.tables.describe(try Self.vin(request.vin), currentYear: self.currentYear))
    }

    /// A model as it is answered.
    func vehicle(_ model: Vehicles.VehicleModel, year: Int32) -> Vehicle {
        let match = self.tables.catalog.configurations(make: model.make, model: model.name, year: Int(year))
        return Vehicle(year: year, make: model.make, model: model.name, match)
    }

    /// Reads a VIN; what is wrong with it is told without it.
    static func vin(_ text: String) throws(RPCError) -> VIN {
        do throws(VINError) {
            return try VIN(text)
        } catch {
            let fault = ProductFault(
                field: "vin", reason: "is no VIN: \(error.description)",
                expected: "17 digits and letters without I, O and Q")
            throw RPCError(CatalogRefusal(.vinInvalid, error.description, faults: [fault]))
        }
    }

    /// The refusal of a vehicle that the tables do not have.
    static func notFound(_ lookup: VehicleLookup) -> CatalogRefusal {
        let (field, nearest): (String, [String]) =
            switch lookup {
            case .unknownMake(_, let nearest): ("make", nearest)
            case .unknownModel(_, _, let nearest): ("model", nearest)
            case .notInYear, .found: ("year", [])
            }
        let fault = ProductFault(
            field: field, reason: "is not known",
            expected: nearest.isEmpty
                ? "one that the vehicle tables have" : "perhaps \(nearest.joined(separator: ", "))")
        return CatalogRefusal(.vehicleNotFound, lookup.description, faults: [fault])
    }
}

extension Vehicle {
    init(year: Int32, make: String, model: String, _ match: VehicleMatch?) {
        self.init(
            year: year, make: make, model: model,
            engines: match?.engines.map { CatalogMessages.EngineChoice($0) } ?? [],
            drives: match?.drives ?? [], transmissions: match?.transmissions ?? [],
            bodyClasses: match?.vehicleClasses ?? [])
    }
}

extension CatalogMessages.EngineChoice {
    init(_ engine: Vehicles.EngineChoice) {
        self.init(
            engine: engine.description, liters: engine.displacementTenths.map { Decimal(micros: Int64($0) * 100_000) },
            cylinders: UInt32(clamping: engine.cylinders ?? 0), fuel: engine.fuel.rawValue,
            isTurbocharged: engine.isTurbocharged, isSupercharged: engine.isSupercharged)
    }
}

extension DecodedVIN {
    init(_ vehicle: DecodedVehicle) {
        let decoding = vehicle.decoding
        self.init(
            manufacturer: decoding.manufacturer?.name ?? "", country: decoding.manufacturer?.country ?? "",
            vehicleType: decoding.manufacturer?.vehicleType ?? "",
            vehicle: Vehicle(
                year: Int32(clamping: decoding.modelYear ?? 0), make: decoding.make ?? "", model: decoding.model ?? "",
                vehicle.match),
            series: decoding.series ?? "", trim: decoding.trim ?? "", bodyClass: decoding.bodyClass ?? "",
            electrification: decoding.electrification ?? "", isCheckDigitRight: decoding.vin.hasValidCheckDigit,
            findings: decoding.findings.map { finding in
                CatalogMessages.VINFinding(
                    type: Self.type(finding.code), message: finding.description, isError: finding.severity == .error)
            },
            questions: vehicle.stillToAsk.map(\.rawValue))
    }

    /// As `proto/driveline/catalog/v1/vehicles.proto` names them.
    private static func type(_ code: Vehicles.VINFinding.Code) -> String {
        switch code {
        case .checkDigit: "check-digit"
        case .unknownManufacturer: "unknown-manufacturer"
        case .unknownModel: "unknown-pattern"
        case .modelYearUnsure: "year-ambiguous"
        case .unknownModelYear: "year-unknown"
        default: code.description
        }
    }
}
