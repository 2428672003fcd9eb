internal import CatalogMessages

// What an App must have, and what must not stand together.
extension ACESApplication {
    /// Checks what only the whole application shows.
    mutating func checkWhole() {
        self.checkVehicle()
        self.checkTransmission()
        if !self.has(.partType) { self.fail("PartType", "is missing; expected a part type's id") }
        if !self.has(.part) {
            self.fail("Part", "is missing; expected a part number")
        } else if self.fitment.sku.isEmpty {
            self.fail("Part", "is empty; expected a part number")
        }
    }

    private static let vehicleNames: [ACESName] = [
        .baseVehicle, .subModel, .years, .make, .vehicleType, .model, .equipmentBase, .mfr, .equipmentModel,
        .productionYears,
    ]

    /// The ways to name a vehicle: what each must have, and may have beside it.
    private static let ways: [(required: UInt64, allowed: UInt64)] = [
        (bits(.baseVehicle), bits(.baseVehicle, .subModel)),
        (bits(.years, .make), bits(.years, .make, .vehicleType)),
        (bits(.years, .make), bits(.years, .make)),
        (bits(.years, .make, .model), bits(.years, .make, .model, .subModel)),
        (bits(.equipmentBase), bits(.equipmentBase)),
        (bits(.mfr, .equipmentModel, .vehicleType), bits(.mfr, .equipmentModel, .vehicleType, .productionYears)),
    ]
    private static let vehicleBits = vehicleNames.reduce(0) { $0 | Self.bits($1) }
    private static let baseVehicleBits = bits(.baseVehicle)

    private static func bits(_ names: ACESName...) -> UInt64 {
        names.reduce(0) { $0 | 1 << UInt64($1.rawValue) }
    }

    private mutating func checkVehicle() {
        let said = self.seen & Self.vehicleBits
        guard said != Self.baseVehicleBits else { return }
        let isWay = Self.ways.contains { way in
            said & way.required == way.required && said & ~way.allowed == 0
        }
        guard !isWay else { return }
        let names = Self.vehicleNames.filter(self.has).map(\.written)
        let expected = """
            BaseVehicle; Years with Make, and a VehicleType, a Model or none; EquipmentBase; or Mfr with EquipmentModel \
            and VehicleType; a SubModel only beside BaseVehicle or Model
            """
        self.fail(
            names.first ?? "BaseVehicle",
            names.isEmpty
                ? "is missing, and no other vehicle is named; expected one of \(expected)"
                : "names a vehicle by \(names.joined(separator: ", ")); expected one of \(expected)")
    }

    private mutating func checkTransmission() {
        guard self.has(.transmissionBase) else { return }
        for name in [ACESName.transmissionType, .transmissionControlType, .transmissionNumSpeeds]
        where self.has(name) {
            self.fail(name.written, "stands beside TransmissionBase, which says it too; expected one of both")
        }
    }
}
