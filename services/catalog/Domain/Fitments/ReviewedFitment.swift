public import CatalogMessages

/// A fitment as ``FitmentReview`` compares it: small, whatever its notes are.
public struct ReviewedFitment: Hashable, Sendable {
    /// The part.
    public let sku: String
    /// What a finding names it by: a fitment's id, or a record's number in a file.
    public let reference: String
    /// The vehicle as the fitment names it.
    public let vehicle: VehicleSelector
    /// What it is compared within, with ``reviewKey``.
    public let vehicleKey: VehicleKey
    /// Part type, position and manufacturer's label; see ``ReviewKey``.
    public let reviewKey: String
    let partTypeID: UInt32
    let partType: String
    let positionID: UInt32
    let position: String
    /// Equal where conditions are; nil: there are none.
    let conditions: FitmentID?
    /// The conditions in words, cut.
    let words: String
    let assetName: String

    /// - Parameters:
    ///   - reference: What findings name it by.
    ///   - known: As for the keys of all others that it is compared with.
    public init(_ fitment: Fitment, sku: String, reference: String, _ known: KnownVehicles?) {
        self.init(
            fitment, sku: sku, reference: reference,
            vehicleKey: VehicleKey(fitment.vehicle ?? VehicleSelector(), known), reviewKey: ReviewKey.text(of: fitment))
    }

    /// A fitment whose keys are known.
    public init(_ fitment: Fitment, sku: String, reference: String, vehicleKey: VehicleKey, reviewKey: String) {
        let vehicle = fitment.vehicle ?? VehicleSelector()
        self.sku = sku
        self.reference = reference
        self.vehicle = vehicle
        self.vehicleKey = vehicleKey
        self.reviewKey = reviewKey
        self.partTypeID = fitment.partTypeID
        self.partType = fitment.partType
        self.positionID = fitment.positionID
        self.position = fitment.position
        self.conditions = FitmentIdentity.conditions(of: fitment)
        self.words = FitmentConditions.words(of: fitment)
        self.assetName = fitment.assetName
    }

    /// A record whose conflicts are only counted: what findings tell beside that is empty.
    ///
    /// - Parameters:
    ///   - years: From the first to the last; 0 where a base vehicle or equipment is named.
    ///   - conditions: Those of ``FitmentIdentity/conditions(of:)``.
    public init(
        sku: String, reference: String, years: ClosedRange<Int32>, vehicleKey: VehicleKey, reviewKey: String,
        conditions: FitmentID?, assetName: String
    ) {
        self.sku = sku
        self.reference = reference
        self.vehicle = VehicleSelector(yearFrom: years.lowerBound, yearTo: years.upperBound)
        self.vehicleKey = vehicleKey
        self.reviewKey = reviewKey
        (self.partTypeID, self.partType) = (0, "")
        (self.positionID, self.position) = (0, "")
        self.conditions = conditions
        self.words = ""
        self.assetName = assetName
    }

    /// Its years; a base vehicle and equipment have one that is the same for all.
    var years: ClosedRange<Int32> {
        let (first, last) = (self.vehicle.yearFrom, self.vehicle.yearTo)
        return first <= last ? first...last : last...first
    }

    /// Whether the other one is compared with it.
    func isCompared(with other: ReviewedFitment) -> Bool {
        self.reviewKey == other.reviewKey && self.vehicleKey == other.vehicleKey
    }
}
