import CatalogMessages
import TestSupport
import Testing
import Vehicles

@testable import CatalogDomain

@Suite("Whether a part fits a vehicle", .processorBound)
struct FitmentMatchingTests {
    private static let vehicle = VehicleSelector(yearFrom: 2018, yearTo: 2022, make: "Toyota", model: "Camry")

    private func match(
        _ fitment: Fitment, year: Int32 = 2020, _ change: (inout AskedVehicle) -> Void = { _ in }
    )
        throws -> FitmentMatch
    {
        let known = KnownVehicles(try VehicleTables.embedded.catalog)
        var asked = AskedVehicle(year: year, make: "toyota", model: "CAMRY", known)
        change(&asked)
        return asked.match(fitment, known)
    }

    @Test("years, make and model decide, in any spelling; a fitment of the make alone fits its models")
    func vehicle() throws {
        let fitment = Fitment(vehicle: Self.vehicle)
        #expect(try self.match(fitment) == .fits)
        #expect(try self.match(fitment, year: 2018) == .fits)
        #expect(try self.match(fitment, year: 2022) == .fits)
        #expect(try self.match(fitment, year: 2017) == .doesNotFit)
        #expect(try self.match(fitment, year: 2023) == .doesNotFit)
        var make = fitment
        make.vehicle?.model = ""
        #expect(try self.match(make) == .fits)
        var other = fitment
        other.vehicle?.model = "Corolla"
        #expect(try self.match(other) == .doesNotFit)
        #expect(try self.match(Fitment(vehicle: VehicleSelector(baseVehicleID: 1))) == .doesNotFit)
        #expect(AskedVehicle(.baseVehicle(1)).match(Fitment(vehicle: .init(baseVehicleID: 1)), nil) == .fits)
        #expect(AskedVehicle(.baseVehicle(2)).match(Fitment(vehicle: .init(baseVehicleID: 1)), nil) == .doesNotFit)
        let known = KnownVehicles(try VehicleTables.embedded.catalog)
        let chevy = Fitment(vehicle: .init(yearFrom: 2015, yearTo: 2015, make: "Chevy", model: "Malibu"))
        #expect(AskedVehicle(year: 2015, make: "CHEVROLET", model: "malibu", known).match(chevy, known) == .fits)
    }

    @Test("an engine is what its text says, and a question where it says less")
    func engine() throws {
        let fitment = Fitment(vehicle: Self.vehicle, attributes: [VehicleAttribute(kind: .engine, name: "2.5L L4")])
        func match(_ engine: String) throws -> FitmentMatch { try self.match(fitment) { $0.engine = engine } }
        #expect(try match("2.5L 4 cyl") == .fits)
        #expect(try match("2.5l l4") == .fits)
        #expect(try match("3.5L V6") == .doesNotFit)
        let open = FitmentMatch.depends(on: [OpenQuestion(subject: .engine, answer: "2.5L L4")])
        #expect(try match("") == open)
        #expect(try match("2.5L") == open)
        #expect(try match("something") == open)
    }

    @Test("drives by their usual names")
    func drive() throws {
        func match(_ wanted: String, _ said: String) throws -> FitmentMatch {
            let attribute = VehicleAttribute(kind: .driveType, name: wanted)
            return try self.match(Fitment(vehicle: Self.vehicle, attributes: [attribute])) { $0.drive = said }
        }
        #expect(try match("AWD", "All-Wheel Drive") == .fits)
        #expect(try match("2WD", "Front-Wheel Drive") == .fits)
        #expect(try match("4WD", "FWD") == .doesNotFit)
        #expect(try match("AWD", "4-Wheel or All-Wheel Drive") == .depends(on: [.init(subject: .drive, answer: "AWD")]))
        #expect(try match("FWD", "2WD") == .depends(on: [.init(subject: .drive, answer: "FWD")]))
    }

    @Test("submodel, body and position; what is only likely never excludes")
    func others() throws {
        var fitment = Fitment(vehicle: Self.vehicle)
        fitment.vehicle?.submodel = "XSE"
        #expect(try self.match(fitment) { $0.submodel = "xse" } == .fits)
        #expect(try self.match(fitment) { $0.submodel = "LE" } == .doesNotFit)
        #expect(try self.match(fitment) { $0.likelySubmodels = ["XSE"] } == .fits)
        let open = FitmentMatch.depends(on: [.init(subject: .submodel, answer: "XSE")])
        #expect(try self.match(fitment) { $0.likelySubmodels = ["LE"] } == open)
        let body = Fitment(vehicle: Self.vehicle, attributes: [.init(kind: .bodyType, name: "Sedan")])
        #expect(try self.match(body) { $0.body = "Sedan/Saloon" } == .fits)
        #expect(try self.match(body) { $0.body = "Coupe" } == .doesNotFit)
        #expect(
            try self.match(body) { $0.likelyBody = "Coupe" } == .depends(on: [.init(subject: .body, answer: "Sedan")]))
        let front = Fitment(vehicle: Self.vehicle, position: "Front Left")
        #expect(try self.match(front) == .fits)
        #expect(try self.match(front) { $0.position = "front" } == .fits)
        #expect(try self.match(front) { $0.position = "Rear" } == .doesNotFit)
        #expect(try self.match(Fitment(vehicle: Self.vehicle, positionID: 1)) { $0.positionID = 22 } == .fits)
        #expect(try self.match(Fitment(vehicle: Self.vehicle, positionID: 30)) { $0.positionID = 22 } == .doesNotFit)
    }

    @Test("qualifiers, notes and what nobody can say are conditions, all of them")
    func conditions() throws {
        let fitment = Fitment(
            vehicle: Self.vehicle,
            attributes: [.init(kind: .brakeAbs, name: "4-Wheel ABS"), .init(kind: .region, id: 1)],
            qualifiers: [.init(id: 7, parameters: [.init(value: "280", unit: "MM")])], notes: [.init(text: "with hook")]
        )
        #expect(
            try self.match(fitment)
                == .depends(on: [
                    .init(subject: .condition, answer: "brake abs 4-Wheel ABS"),
                    .init(subject: .condition, answer: "region #1"),
                    .init(subject: .condition, answer: "qualifier #7 280 MM"),
                    .init(subject: .condition, answer: "with hook"),
                ]))
        #expect(try self.match(fitment) { $0.attributeIDs = [.region: 2] } == .doesNotFit)
    }

    // The reference tries every vehicle that there can be, told in full, and asks what the fitments say of each.
    @Test("what is certain holds for every vehicle that may be meant, what is excluded for none")
    func property() {
        let seed = testSeed()
        var generator = SeededGenerator(seed: seed)
        let engines = ["2.0L L4", "2.0L L4 Turbo", "3.5L V6"]
        let drives = ["FWD", "AWD"]
        let submodels = ["LE", "XSE"]
        for _ in 0..<3_000 {
            func some(_ values: [String]) -> String {
                Bool.random(using: &generator) ? values.randomElement(using: &generator)! : ""
            }
            let wanted = (engine: some(engines), drive: some(drives), submodel: some(submodels))
            let first = Int32.random(in: 2000...2004, using: &generator)
            var fitment = Fitment(
                vehicle: VehicleSelector(
                    yearFrom: first, yearTo: first + .random(in: 0...3, using: &generator), make: "M", model: "N",
                    submodel: wanted.submodel))
            if !wanted.engine.isEmpty { fitment.attributes.append(.init(kind: .engine, name: wanted.engine)) }
            if !wanted.drive.isEmpty { fitment.attributes.append(.init(kind: .driveType, name: wanted.drive)) }
            let year = Int32.random(in: 1999...2008, using: &generator)
            var asked = AskedVehicle(year: year, make: "M", model: "N", nil)
            (asked.engine, asked.drive, asked.submodel) = (some(engines), some(drives), some(submodels))
            var answers: Set<Bool> = []
            for engine in engines
            where asked.engine.isEmpty || asked.engine == engine || engine.hasPrefix(asked.engine + " ") {
                for drive in drives where asked.drive.isEmpty || asked.drive == drive {
                    for submodel in submodels where asked.submodel.isEmpty || asked.submodel == submodel {
                        let isInYears = fitment.vehicle!.yearFrom <= year && year <= fitment.vehicle!.yearTo
                        let hasEngine = wanted.engine.isEmpty || engine.hasPrefix(wanted.engine)
                        let hasDrive = wanted.drive.isEmpty || wanted.drive == drive
                        let hasSubmodel = wanted.submodel.isEmpty || wanted.submodel == submodel
                        answers.insert(isInYears && hasEngine && hasDrive && hasSubmodel)
                    }
                }
            }
            switch asked.match(fitment, nil) {
            case .fits: #expect(answers == [true], "\(seed): \(asked) \(fitment)")
            case .doesNotFit: #expect(answers == [false], "\(seed): \(asked) \(fitment)")
            case .depends: #expect(answers == [true, false], "\(seed): \(asked) \(fitment)")
            }
        }
    }
}
