import TestSupport
import Testing

@testable import Vehicles

@Suite("A VIN is joined with the engines and drives that its vehicle may have", .processorBound)
struct DecodedVehicleTests {
    @Test("what the tables leave open has to be asked")
    func stillToAsk() throws {
        let tables = try VehicleTables(file: SmallTables.exampleFile.get())
        // 2012: two engines and two drives.
        let open = tables.describe(try .checked("1XXACC5B0CP000001"), currentYear: 2026)
        #expect(open.engines.count == 2 && open.drives.count == 2)
        #expect(open.stillToAsk == [.engine, .drive])
        // 2013: one.
        let sure = tables.describe(try .checked("1XXACC5B0DP000001"), currentYear: 2026)
        #expect(sure.engines.map(\.description) == ["2.5L 4 cyl"])
        #expect(sure.stillToAsk.isEmpty)
        // The drive is not in the table.
        let drive = tables.describe(try .checked("1XXAXC5B0CP000001"), currentYear: 2026)
        #expect(drive.decoding.model == "Roamer Grand" && drive.engines.count == 1)
        #expect(drive.stillToAsk == [.drive])
        // Nothing is known.
        let unknown = tables.describe(try .checked("1ZZACC5B0DP000001"), currentYear: 2026)
        #expect(unknown.match == nil && unknown.stillToAsk == [.engine, .drive])
    }

    @Test("an electric car has the engines of electric cars only")
    func electric() throws {
        // Made up: a Tesla Model S of 2015 from Fremont.
        let vehicle = try VehicleTables.embedded.describe(.checked("5YJSA1E10FF000000"), currentYear: 2026)
        #expect(vehicle.decoding.make == "Tesla" && vehicle.decoding.model == "Model S")
        #expect(vehicle.decoding.modelYear == 2015)
        #expect(vehicle.engines.map(\.description) == ["Electric"])
        #expect(!vehicle.stillToAsk.contains(.engine))
    }
}
