import TestSupport
import Testing

@testable import Vehicles

@Suite("Free texts about engines are matched with choices", .processorBound)
struct EngineTextTests {
    @Test(
        "the usual forms are read",
        arguments: [
            ("2.5L L4", 25, 4), ("2.5", 25, nil), ("V6 3.5L", 35, 6), ("3.5L V6 GAS", 35, 6), ("2.5 L 4 cyl", 25, 4),
            ("1998cc", 20, nil), ("1998 cc I4", 20, 4), ("V-6", nil, 6), ("inline 6", nil, 6), ("4-cylinder", nil, 4),
            ("6.7L 8 cyl Turbo Diesel", 67, 8), ("3.5LV6", 35, 6), ("8cyl", nil, 8), ("6.0 liter W12", 60, 12),
            ("350 V8", nil, 8), ("2.0L DOHC 16V L4", 20, 4), ("1.3L 2 cyl", 13, 2), ("2.0 litre flat 4", 20, 4),
        ] as [(String, Int?, Int?)])
    func forms(_ text: String, _ tenths: Int?, _ cylinders: Int?) throws {
        let read = try #require(EngineText(text))
        #expect((read.displacementTenths, read.cylinders) == (tenths, cylinders))
    }

    @Test("fuel, charging and hybrid drive are read")
    func kinds() throws {
        #expect(EngineText("3.5L V6 GAS")?.fuel == .gasoline)
        #expect(EngineText("3.0 TDI turbo")?.fuel == .diesel)
        #expect(EngineText("2.0L Twin-Turbo")?.isTurbocharged == true)
        #expect(EngineText("naturally aspirated 2.0L")?.isTurbocharged == false)
        #expect(EngineText("Plug-in Hybrid 2.0")?.hybrid == .plugIn)
        #expect(EngineText("Hybrid")?.hybrid == .hybrid)
        #expect(EngineText("EV")?.fuel == .electricity)
    }

    @Test(
        "what says nothing about an engine is none",
        arguments: ["", "DOHC", "16V", "all", "Eddie Bauer", "999999999999L"])
    func nothing(_ text: String) { #expect(EngineText(text) == nil) }

    @Test("each engine's own text means it, and each choice between those of a vehicle can be told")
    func roundTrip() throws {
        var engines: Set<EngineChoice> = []
        for make in try VehicleTables.embedded.catalog.makes {
            for model in make.models {
                engines.formUnion(make.configurations(ofModel: model.name)?.engines ?? [])
            }
        }
        #expect(engines.count > 300)
        for engine in engines {
            let text = try #require(EngineText(engine.description), "\(engine)")
            #expect(text.matches(engine), "\(engine) \(text)")
            #expect(text.displacementTenths == engine.displacementTenths, "\(engine)")
            #expect(text.cylinders == engine.cylinders, "\(engine)")
        }
    }

    @Test("a text leaves those choices that it may mean")
    func matching() throws {
        let catalog = try VehicleTables.embedded.catalog
        let engines = try #require(catalog.configurations(make: "Ford", model: "F-150", year: 2015)).engines
        func matching(_ text: String) -> [String]? { EngineText(text)?.matching(engines).map(\.description) }
        #expect(matching("5.0L V8") == ["5.0L 8 cyl / E85"])
        #expect(matching("3.5L") == ["3.5L 6 cyl / E85", "3.5L 6 cyl Turbo"])
        #expect(matching("V6 3.5L TURBO") == ["3.5L 6 cyl Turbo"])
        #expect(matching("FLEX 3.5L") == ["3.5L 6 cyl / E85"])
        #expect(matching("6.2L") == [])
    }

    @Test("no text traps")
    func anything() {
        var generator = SeededGenerator(seed: testSeed())
        let pieces = [
            "2", "9999999999999999999", ".", "..", "l", "L", "cc", "v", "V", "-", " ", "cyl", "é", "turbo", "\u{0}",
            "/",
        ]
        for _ in 0..<3_000 {
            let text = (0..<8).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            if let read = EngineText(text), let tenths = read.displacementTenths { #expect((1...300).contains(tenths)) }
        }
        _ = EngineText(String(repeating: "2.5L ", count: 100_000))
    }
}
