import CatalogMessages
import TestSupport
import Testing

@testable import CatalogDomain

@Suite("What a fitment may be", .processorBound)
struct FitmentRulesTests {
    private let rules = FitmentRules(currentYear: 2026)

    private func fields(_ vehicle: VehicleSelector?, _ change: (inout Fitment) -> Void = { _ in }) -> [String] {
        var fitment = Fitment(vehicle: vehicle)
        change(&fitment)
        return self.rules.faults(fitment).map(\.field)
    }

    private static let camry = VehicleSelector(yearFrom: 2018, yearTo: 2022, make: "Toyota", model: "Camry")

    @Test("a vehicle is named in one of three ways")
    func ways() {
        #expect(self.fields(Self.camry) == [])
        #expect(self.fields(VehicleSelector(baseVehicleID: 1939, submodelID: 39)) == [])
        #expect(self.fields(VehicleSelector(yearFrom: 1994, yearTo: 1994, makeID: 54, vehicleTypeID: 5)) == [])
        #expect(self.fields(VehicleSelector(equipmentBaseID: 7)) == [])
        #expect(
            self.fields(VehicleSelector(vehicleTypeID: 3, equipmentManufacturerID: 1, equipmentModelID: 2)) == [])
        #expect(self.fields(nil) == ["vehicle"])
        #expect(self.fields(VehicleSelector()) == ["vehicle"])
        #expect(self.fields(VehicleSelector(submodelID: 39)) == ["vehicle"])
        var both = Self.camry
        both.baseVehicleID = 1
        #expect(self.fields(both) == ["vehicle"])
        #expect(self.fields(VehicleSelector(yearFrom: 2000, yearTo: 2000, model: "Camry")) == ["vehicle.make"])
        #expect(
            self.fields(VehicleSelector(yearFrom: 2000, yearTo: 2000, make: "T", submodel: "LE")) == [
                "vehicle.submodel"
            ])
        #expect(self.fields(VehicleSelector(equipmentModelID: 2)) == ["vehicle.equipmentModelId"])
        #expect(self.fields(VehicleSelector(baseVehicleID: 2, vehicleTypeID: 2)) == ["vehicle.vehicleTypeId"])
    }

    @Test("years are from 1896 to three years ahead, the first not behind the last")
    func years() {
        func fields(_ first: Int32, _ last: Int32) -> [String] {
            var vehicle = Self.camry
            (vehicle.yearFrom, vehicle.yearTo) = (first, last)
            return self.fields(vehicle)
        }
        #expect(fields(1896, 2029) == [])
        #expect(fields(0, 2020) == ["vehicle.yearFrom"])
        #expect(fields(2020, 0) == ["vehicle.yearTo"])
        #expect(fields(2020, 9999) == ["vehicle.yearTo"])
        #expect(fields(1895, 2030) == ["vehicle.yearFrom", "vehicle.yearTo"])
        #expect(fields(2020, 2019) == ["vehicle.yearTo"])
        #expect(fields(.min, .max) == ["vehicle.yearFrom", "vehicle.yearTo"])
        #expect(FitmentRules(currentYear: .max).years.upperBound >= 1896)
        #expect(FitmentRules(currentYear: -5).years == 1896...1896)
    }

    @Test("conditions say something, kinds are known, sizes are bounded")
    func conditions() {
        #expect(self.fields(Self.camry) { $0.attributes = [VehicleAttribute(kind: .region, id: 1)] } == [])
        #expect(self.fields(Self.camry) { $0.attributes = [VehicleAttribute(kind: .region)] } == ["attributes[0]"])
        #expect(
            self.fields(Self.camry) { $0.attributes = [VehicleAttribute(kind: .init(rawValue: 42), id: 1)] }
                == ["attributes[0].kind"])
        #expect(self.fields(Self.camry) { $0.qualifiers = [Qualifier()] } == ["qualifiers[0]"])
        #expect(self.fields(Self.camry) { $0.notes = [FitmentNote(text: " \n")] } == ["notes[0].text"])
        let long = String(repeating: "n", count: 10 << 20)
        let faults = self.rules.faults(Fitment(vehicle: Self.camry, notes: [FitmentNote(text: long)]))
        #expect(faults.map(\.description) == ["notes[0].text has 10485760 bytes; expected at most 8000 bytes"])
        let notes = (0..<5).map { FitmentNote(text: "\($0)" + String(repeating: "n", count: 7_000)) }
        #expect(self.fields(Self.camry) { $0.notes = notes } == ["notes"])
        #expect(self.fields(Self.camry) { $0.quantity = 10_000 } == ["quantity"])
        #expect(self.fields(Self.camry) { $0.partBrandCode = "abc" } == ["partBrandCode"])
        #expect(self.fields(Self.camry) { $0.notes = Array(repeating: .init(text: ""), count: 99) }.count == 20)
    }

    @Test("a compatibility's faults are told by its own fields")
    func compatibility() {
        let product = Product(
            sku: "A",
            compatibility: [
                Compatibility(make: "Toyota", model: "Camry", yearFrom: 2018),
                Compatibility(make: "Toyota", model: "Camry", yearFrom: 2018, yearTo: 2017),
                Compatibility(make: "--", yearFrom: 2018),
            ])
        #expect(
            self.rules.faults(compatibilityOf: product).map(\.field) == [
                "compatibility[1].yearTo", "compatibility[2].make",
            ])
    }
}
