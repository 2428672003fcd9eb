import CatalogMessages
import TestSupport
import Testing
import Vehicles

@testable import CatalogDomain

@Suite("By what fitments are looked up", .processorBound)
struct VehicleKeyTests {
    private func known() throws -> KnownVehicles { KnownVehicles(try VehicleTables.embedded.catalog) }

    @Test("ids and folded names, in the tables' spelling where they have it")
    func keys() throws {
        let known = try self.known()
        func key(_ vehicle: VehicleSelector) -> String { VehicleKey(vehicle, known).text }
        #expect(key(VehicleSelector(baseVehicleID: 1939, submodelID: 39)) == "b1939")
        #expect(key(VehicleSelector(make: "Toyota", model: "Camry")) == "toyota/camry")
        #expect(key(VehicleSelector(make: "TOYOTA")) == "toyota/")
        #expect(key(VehicleSelector(make: "Chevy", model: "malibu")) == "chevrolet/malibu")
        #expect(key(VehicleSelector(makeID: 54, modelID: 688)) == "#54/#688")
        #expect(key(VehicleSelector(makeID: 54, make: "Ford", modelID: 688)) == "ford/#688")
        #expect(key(VehicleSelector(make: "Zündapp", model: "K 500/X")) == "zundapp/k500x")
        #expect(key(VehicleSelector(equipmentBaseID: 12)) == "e12")
        #expect(
            key(VehicleSelector(vehicleTypeID: 3, equipmentManufacturerID: 1, equipmentModelID: 2)) == "m1/2/3")
        #expect(VehicleKey(make: "Chevy", model: "Malibu", nil).text == "chevy/malibu")
    }

    @Test("a question by name looks under the model and the make, also as they were folded before the tables had them")
    func questions() throws {
        let keys = VehicleKey.keys(ofMake: "Chevy", model: "Malibu", try self.known()).map(\.text)
        #expect(keys == ["chevrolet/", "chevrolet/malibu", "chevy/", "chevy/malibu"])
        #expect(VehicleKey.keys(ofMake: "Toyota", model: "Camry", try self.known()).count == 2)
    }

    @Test("models are offered for the years in which they were made, as far as the tables tell")
    func offered() throws {
        let known = try self.known()
        func isOffered(_ make: String, _ model: String, _ year: Int) throws -> Bool {
            let model = try #require(known.catalog.make(named: make)?.model(named: model))
            return known.isOffered(model, in: year)
        }
        #expect(try isOffered("Toyota", "Camry", 2010))
        #expect(try isOffered("Toyota", "Camry", 2023))
        #expect(try isOffered("Pontiac", "GTO", 2005))
        #expect(try !isOffered("Pontiac", "GTO", 2023))
    }

    @Test("doubts name the field, the nearest names and the years; what is not named is not doubted")
    func doubts() throws {
        let known = try self.known()
        func doubt(_ first: Int32, _ last: Int32, _ make: String, _ model: String) -> VehicleDoubt? {
            known.doubt(about: VehicleSelector(yearFrom: first, yearTo: last, make: make, model: model))
        }
        #expect(doubt(2018, 2022, "Toyota", "Camry") == nil)
        #expect(doubt(1950, 1960, "Toyota", "Camry") == nil)
        #expect(doubt(2018, 2022, "", "Camry") == nil)
        #expect(doubt(2018, 2022, "Toyota", "") == nil)
        #expect(doubt(2018, 2022, "Toyoda", "")?.type == "unknown-make")
        #expect(doubt(2022, 2018, "Toyoda", "") == nil)
        let years = try #require(doubt(2004, 2010, "Pontiac", "GTO"))
        #expect(years.type == "year-outside-model" && years.field == "vehicle.yearFrom")
        #expect(years.years.last == 2010 && !years.years.contains(2005))
    }
}
