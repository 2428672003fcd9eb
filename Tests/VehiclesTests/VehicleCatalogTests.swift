import TestSupport
import Testing

@testable import Vehicles

@Suite("The catalog knows makes, models, years and configurations", .processorBound)
struct VehicleCatalogTests {
    private func catalog() throws -> VehicleCatalog { try VehicleTables.embedded.catalog }

    @Test(
        "a make is found by any spelling, and given in the official one",
        arguments: [
            ("toyota", "Toyota"), ("MERCEDES BENZ", "Mercedes-Benz"), ("Chevy", "Chevrolet"), ("vw", "Volkswagen"),
            ("Rolls-Royce", "Rolls Royce"), ("American Motors Corporation", nil), ("AMC", "American Motors"),
            ("Toyotta", nil), ("", nil),
        ] as [(String, String?)])
    func makes(_ name: String, _ official: String?) throws {
        #expect(try self.catalog().make(named: name)?.name == official)
    }

    @Test(
        "a model is found by any spelling",
        arguments: [
            ("Ford", "f 150", "F-150"), ("Ford", "Ford F-150", "F-150"), ("Mazda", "3", "Mazda3"),
            ("Mazda", "Mazda 3", "Mazda3"), ("Volvo", "240", "240 Series"), ("Mercedes-Benz", "c class", "C-Class"),
            ("Chrysler", "Town and Country", "Town and Country"), ("Chrysler", "TOWN & COUNTRY", "Town and Country"),
            ("Toyota", "Camrey", nil), ("Toyota", "", nil),
        ] as [(String, String, String?)])
    func models(_ make: String, _ name: String, _ official: String?) throws {
        #expect(try self.catalog().make(named: make)?.model(named: name)?.name == official)
    }

    @Test("the article's vehicle exists in each of its years")
    func article() throws {
        for year in 2018...2022 {
            let lookup = try self.catalog().find(make: "Toyota", model: "Camry", year: year)
            #expect(lookup.model?.existence(in: year) == .attested)
            #expect(lookup.description == "Toyota Camry")
        }
    }

    @Test("what is unknown comes with the nearest names")
    func nearest() throws {
        let catalog = try self.catalog()
        let make = catalog.find(make: "Toyotta", model: "Camry")
        #expect(make.description == "no make is named \"Toyotta\"; the nearest: Toyota")
        let model = catalog.find(make: "Honda", model: "Acord", year: 2010)
        #expect(model.description == "Honda has no model \"Acord\"; the nearest: Accord")
        guard case .unknownModel(_, _, let trim) = catalog.find(make: "Chevrolet", model: "Silverado 2500HD XYZ") else {
            Issue.record("found")
            return
        }
        #expect(trim.contains("Silverado"))
        let nothing = catalog.find(make: String(repeating: "x", count: 500), model: "y")
        #expect(nothing.description == "no make is named \"\(String(repeating: "x", count: 60))...\"")
    }

    @Test("years tell whether a table has them, or leaves them open, or not")
    func years() throws {
        let catalog = try self.catalog()
        guard case .notInYear(let model, 1999) = catalog.find(make: "Tesla", model: "Model S", year: 1999) else {
            Issue.record("found")
            return
        }
        #expect(model.years.first == 2012)
        #expect(model.existence(in: 2015) == .attested)
        #expect(model.existence(in: 2030) == .possible)
        let camry = try #require(catalog.make(named: "Toyota")?.model(named: "Camry"))
        #expect(camry.existence(in: 1970) == .unknown)
        for year in [Int.min, 0, 9_999, Int.max] { _ = camry.existence(in: year) }
        #expect(model.years.contains(2012) && !model.years.contains(2011))
    }

    @Test("a text of the EPA belongs to the longest name that it begins with")
    func longestName() throws {
        let catalog = try self.catalog()
        let transit = try #require(catalog.configurations(make: "Ford", model: "Transit Connect", year: 2015))
        #expect(transit.configurations.allSatisfy { $0.text.hasPrefix("Transit Connect") })
        let other = catalog.configurations(make: "Ford", model: "Transit", year: 2015)
        #expect(other?.configurations.contains { $0.text.hasPrefix("Transit Connect") } != true)
    }

    @Test("configurations have their engines, drives and transmissions, and say how sure they are")
    func configurations() throws {
        let catalog = try self.catalog()
        let truck = try #require(catalog.configurations(make: "ford", model: "f150", year: 2015))
        #expect(truck.sureness == .name)
        #expect(
            truck.engines.map(\.description) == [
                "2.7L 6 cyl Turbo", "3.5L 6 cyl / E85", "3.5L 6 cyl Turbo", "5.0L 8 cyl / E85",
            ])
        #expect(truck.drives == ["Part-time 4-Wheel Drive", "Rear-Wheel Drive"])
        #expect(catalog.configurations(make: "ford", model: "f150", year: 2012)?.sureness == .beginning)
        let civic = try #require(catalog.configurations(make: "Honda", model: "Civic", year: 1990))
        #expect(civic.engines.allSatisfy { $0.cylinders == 4 })
        #expect(catalog.configurations(make: "Ford", model: "F-150", year: 1970) == nil)
        #expect(catalog.configurations(make: "Ford", model: "Nothing") == nil)
    }

    @Test("the series of a class leaves its own configurations")
    func series() throws {
        let catalog = try self.catalog()
        let all = try #require(catalog.configurations(make: "Mercedes-Benz", model: "C-Class", year: 2010))
        #expect(all.sureness == .within)
        #expect(Set(all.configurations.map(\.text)).count > 2)
        let one = try #require(
            catalog.configurations(make: "Mercedes-Benz", model: "C-Class", year: 2010, series: ["C300 4MATIC"]))
        #expect(!one.configurations.isEmpty && one.configurations.allSatisfy { $0.text.hasPrefix("C300") })
    }

    @Test("each model of each make is found by its own name, unless another one has its key")
    func ownNames() throws {
        let catalog = try self.catalog()
        for make in catalog.makes {
            #expect(catalog.make(named: make.name)?.name == make.name)
            for model in make.models {
                let found = try #require(make.model(named: model.name))
                #expect(FoldedName.key(found.name) == FoldedName.key(model.name))
            }
        }
    }

    @Test("what only a small table has is as the table says")
    func small() throws {
        let catalog = try VehicleTables(file: SmallTables.exampleFile.get()).catalog
        #expect(catalog.makes.map(\.name) == ["Example", "Hauler", "Tiny"])
        let make = try #require(catalog.make(named: "example"))
        #expect(make.models.map(\.name) == ["Old One", "Roamer", "Roamer Grand", "Zippy"])
        #expect(make.models.map(\.isOfficial) == [true, true, true, false])
        #expect(make.models.map(\.years.description) == ["2000-2009", "2012-2014", "2012", "2012"])
        #expect(make.models.map(\.openFrom) == [nil, nil, 2012, nil])
        #expect(make.years == Array(2000...2009) + [2012, 2013, 2014])
        #expect(make.models(in: 2014).map(\.name) == ["Roamer"])
        #expect(make.models(in: 2014, includingPossible: true).map(\.name) == ["Roamer", "Roamer Grand"])
        let roamer = try #require(make.configurations(ofModel: "Roamer"))
        #expect(roamer.sureness == .name)
        #expect(roamer.engines.map(\.description) == ["2.5L 4 cyl", "3.5L 6 cyl Turbo / E85"])
        #expect(make.configurations(ofModel: "Roamer", year: 2013)?.engines.count == 1)
        let grand = try #require(make.configurations(ofModel: "Roamer Grand"))
        #expect(grand.engines.map(\.description) == ["5.0L 8 cyl Turbo Supercharged Diesel"])
        #expect(make.configurations(ofModel: "Zippy")?.engines.map(\.description) == ["Electric"])
    }
}
