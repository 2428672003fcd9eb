public import CatalogMessages
internal import Vehicles

/// A vehicle that somebody asks parts for, as far as it was said.
public struct AskedVehicle: Hashable, Sendable {
    /// How the vehicle is named.
    public enum Naming: Hashable, Sendable {
        /// By the trade's id, which stands for a year, make and model.
        case baseVehicle(UInt32)
        /// By year, make and model; the keys under which its fitments are.
        case model(year: Int32, keys: [VehicleKey])
    }

    /// Which vehicle it is.
    public var naming: Naming
    /// The submodel; empty: not said.
    public var submodel = ""
    /// The submodel's id; 0: not said.
    public var submodelID: UInt32 = 0
    /// What may be the submodel, as a VIN's trim: it can say that a part fits, not that it does not.
    public var likelySubmodels: [String] = []
    /// The engine in words, such as "2.5L L4".
    public var engine = ""
    /// The drive in words.
    public var drive = ""
    /// The body in words.
    public var body = ""
    /// What may be the body, as ``likelySubmodels``.
    public var likelyBody = ""
    /// Ids of what the vehicle has, by kind.
    public var attributeIDs: [VehicleAttributeKind: UInt32] = [:]
    /// Where the part goes; empty: anywhere.
    public var position = ""
    /// The position's id; 0: anywhere.
    public var positionID: UInt32 = 0

    /// A vehicle of which no more was said.
    public init(_ naming: Naming) { self.naming = naming }

    /// A vehicle by year, make and model.
    public init(year: Int32, make: String, model: String, _ known: KnownVehicles?) {
        self.init(.model(year: year, keys: VehicleKey.keys(ofMake: make, model: model, known)))
    }

    /// The keys under which its fitments are.
    public var keys: [VehicleKey] {
        switch self.naming {
        case .baseVehicle(let id): [VehicleKey(baseVehicleID: id)]
        case .model(_, let keys): keys
        }
    }

    /// Its model year; 0 where the base vehicle says it.
    public var year: Int32 {
        switch self.naming {
        case .baseVehicle: 0
        case .model(let year, _): year
        }
    }

    /// Whether a fitment is about this vehicle, whatever its conditions are.
    public func isNamed(by vehicle: VehicleSelector, _ known: KnownVehicles?) -> Bool {
        guard self.keys.contains(VehicleKey(vehicle, known)) else { return false }
        switch self.naming {
        case .baseVehicle: return true
        case .model(let year, _): return vehicle.yearFrom <= year && year <= vehicle.yearTo
        }
    }
}

/// Something that decides whether a part fits, and that was not said.
public struct OpenQuestion: Hashable, Sendable, Comparable {
    /// What is asked about.
    public enum Subject: String, Sendable, Hashable, CaseIterable {
        case engine, drive, body, submodel, position
        /// What somebody has to judge.
        case condition
    }

    /// What is asked about.
    public let subject: Subject
    /// The answer with which the part fits.
    public let answer: String

    /// By subject, then by answer.
    public static func < (left: Self, right: Self) -> Bool {
        (left.subject.rawValue, left.answer) < (right.subject.rawValue, right.answer)
    }
}

/// Whether a part fits.
public enum FitmentMatch: Hashable, Sendable {
    /// Whatever else the vehicle is.
    case fits
    /// If the vehicle is as the questions' answers have it, all of them.
    case depends(on: [OpenQuestion])
    case doesNotFit
}
