import CatalogMessages
import TestSupport
import Testing

@testable import CatalogDomain

@Suite("What makes two fitments the same one", .processorBound)
struct FitmentIdentityTests {
    static let named = Fitment(
        vehicle: VehicleSelector(yearFrom: 2018, yearTo: 2022, make: "Toyota", model: "Camry", submodel: "XSE"),
        attributes: [
            VehicleAttribute(kind: .driveType, name: "AWD"), VehicleAttribute(kind: .engine, name: "2.5L L4"),
        ],
        notes: [FitmentNote(text: "With towing package")], partType: "Disc Brake Pad Set", position: "Front",
        manufacturerLabel: "Premium")

    // Computed from docs/fitment.md by another program. They never change: files take fitments back by them.
    @Test("ids are what the documentation says")
    func vectors() {
        let base = Fitment(vehicle: VehicleSelector(baseVehicleID: 1939), partTypeID: 6832, positionID: 1)
        #expect("\(FitmentIdentity.id(of: base, sku: "AQ1007"))" == "c5cd1fe739e67eb058d38c6979e7cae4")
        #expect("\(FitmentIdentity.id(of: Self.named, sku: "ABC1234"))" == "1ef2de7ee5d0da6f59e05b594c0744b2")
        let ids = Fitment(
            vehicle: VehicleSelector(yearFrom: 1994, yearTo: 1998, makeID: 54, modelID: 688, submodelID: 39),
            attributes: [VehicleAttribute(kind: .engineBase, id: 7)],
            qualifiers: [
                Qualifier(
                    id: 12, text: "With 2 in rotor",
                    parameters: [
                        QualifierParameter(value: "2", unit: "IN", alternativeValue: "51", alternativeUnit: "MM")
                    ])
            ], partTypeID: 1896, positionID: 22)
        #expect("\(FitmentIdentity.id(of: ids, sku: "R-100"))" == "a4fe9dabef529b944ed1013f7eea6759")
        let machine = Fitment(
            vehicle: VehicleSelector(
                vehicleTypeID: 6, equipmentManufacturerID: 4, equipmentModelID: 5, productionStart: 1990,
                productionEnd: 1995))
        #expect("\(FitmentIdentity.id(of: machine, sku: "P"))" == "43e55c2e79cab3d7ff787ddcea9c7655")
        let equipment = Fitment(vehicle: VehicleSelector(equipmentBaseID: 77))
        #expect("\(FitmentIdentity.id(of: equipment, sku: "P"))" == "01e8ee397b4e2098f0d321e5a0816fd3")
    }

    @Test("order, spelling, quantity, order of display and asset make no difference")
    func same() {
        var other = Self.named
        other.vehicle?.make = "TOYOTA"
        other.vehicle?.model = "camry "
        other.attributes.reverse()
        other.attributes.append(other.attributes[0])
        other.notes = [FitmentNote(text: "  with  TOWING package\n", id: 5, language: "EN")]
        (other.quantity, other.displayOrder, other.assetName, other.assetOrder) = (4, 2, "A.JPG", 1)
        (other.reference, other.unvalidated, other.position) = ("17", true, "FRONT")
        #expect(FitmentIdentity.id(of: other, sku: "X") == FitmentIdentity.id(of: Self.named, sku: "X"))
    }

    @Test("everything else does", arguments: 0..<12)
    func different(_ change: Int) {
        var other = Self.named
        var sku = "X"
        switch change {
        case 0: other.vehicle?.yearTo = 2021
        case 1: other.vehicle?.model = "Corolla"
        case 2: other.vehicle?.submodel = ""
        case 3: other.attributes[0].kind = .bodyType
        case 4: other.attributes[1].name = "2.5L"
        case 5: other.notes.append(FitmentNote(text: "b"))
        case 6: other.qualifiers = [Qualifier(text: "With towing package")]
        case 7: other.partType = "Rotor"
        case 8: other.positionID = 22
        case 9: other.manufacturerLabel = ""
        case 10: sku = "x"
        default: other.vehicle?.makeID = 76
        }
        #expect(FitmentIdentity.id(of: other, sku: sku) != FitmentIdentity.id(of: Self.named, sku: "X"))
    }

    @Test("an id is read back from its text; other texts are none")
    func text() {
        let id = FitmentIdentity.id(of: Self.named, sku: "X")
        #expect(FitmentID(id.description) == id)
        #expect(FitmentID(high: 1, low: 2).description == "00000000000000010000000000000002")
        for text in ["", "0", String(repeating: "g", count: 32), String(repeating: "A", count: 32)] {
            #expect(FitmentID(text) == nil)
        }
    }
}
