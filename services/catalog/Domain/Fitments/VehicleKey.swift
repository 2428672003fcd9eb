public import CatalogMessages
internal import Vehicles

/// By what fitments are looked up and compared: the vehicle without its years, submodel and spelling.
///
/// `b1939` is a base vehicle; `toyota/camry` a model and `toyota/` all models of a make, as folded names in the tables'
/// spelling where they have it, and `#54/#688` by ids where no name is known; `e12` or `m1/2/3` are equipment. A name
/// counts before the id beside it, since questions are asked by name.
public struct VehicleKey: Hashable, Sendable, Comparable {
    /// The key; at most some 450 bytes.
    public let text: String

    /// A key that was made before.
    public init(stored text: String) { self.init(text: text) }

    /// The key of a base vehicle.
    public init(baseVehicleID: UInt32) { self.init(text: "b\(baseVehicleID)") }

    /// The key of a make's model, or of all of its models where there is none.
    ///
    /// - Parameter known: Gives the spelling; nil: it is folded as it is.
    public init(make: String, model: String, _ known: KnownVehicles?) {
        self.init(make: make, makeID: 0, model: model, modelID: 0, known)
    }

    /// The key of a fitment's vehicle.
    public init(_ vehicle: VehicleSelector, _ known: KnownVehicles?) {
        if vehicle.baseVehicleID != 0 {
            self.init(baseVehicleID: vehicle.baseVehicleID)
        } else if vehicle.equipmentBaseID != 0 {
            self.init(text: "e\(vehicle.equipmentBaseID)")
        } else if vehicle.equipmentManufacturerID != 0 || vehicle.equipmentModelID != 0 {
            let ids = [vehicle.equipmentManufacturerID, vehicle.equipmentModelID, vehicle.vehicleTypeID]
            self.init(text: "m\(ids.map(String.init).joined(separator: "/"))")
        } else {
            self.init(
                make: vehicle.make, makeID: vehicle.makeID, model: vehicle.model, modelID: vehicle.modelID, known)
        }
    }

    private init(make: String, makeID: UInt32, model: String, modelID: UInt32, _ known: KnownVehicles?) {
        let found = make.isEmpty ? nil : known?.catalog.make(named: make)
        let foundModel = model.isEmpty ? nil : found?.model(named: model)
        let makeKey = Self.part(found?.name ?? make, makeID)
        self.init(text: "\(makeKey)/\(Self.part(foundModel?.name ?? model, modelID))")
    }

    private init(text: String) { self.text = text }

    private static func part(_ name: String, _ id: UInt32) -> String {
        let key = FoldedName.key(name)
        return key.isEmpty && id != 0 ? "#\(id)" : key
    }

    /// Where what fits a model is found: under the model, and under its make alone.
    public static func keys(ofMake make: String, model: String, _ known: KnownVehicles?) -> [VehicleKey] {
        // What was written before the tables had a name stands under the name as it was folded then.
        let keys = [
            VehicleKey(make: make, model: model, known), VehicleKey(make: make, model: "", known),
            VehicleKey(make: make, model: model, nil), VehicleKey(make: make, model: "", nil),
        ]
        return Set(keys).sorted()
    }

    /// By the text.
    public static func < (left: Self, right: Self) -> Bool { left.text.utf8.lexicographicallyPrecedes(right.text.utf8) }
}

/// What fitments of one vehicle are compared within: part type, position and manufacturer's label.
public enum ReviewKey {
    /// The three, parted by a control character that no folded text has.
    public static func text(of fitment: Fitment) -> String {
        var bytes: [UInt8] = []
        func append(_ id: UInt32, _ name: String) {
            if id != 0 { bytes.append(contentsOf: "#\(id)".utf8) } else { FoldedText.append(name, to: &bytes) }
        }
        append(fitment.partTypeID, fitment.partType)
        bytes.append(0x1F)
        append(fitment.positionID, fitment.position)
        bytes.append(0x1F)
        append(0, fitment.manufacturerLabel)
        return String(decoding: bytes, as: UTF8.self)
    }
}
