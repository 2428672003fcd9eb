/// The vehicles that the stand-in knows: some of each of a few makes.
enum EbayVehicles {
    /// The properties that name one, in the order in which buyers choose them.
    static let properties = ["Year", "Make", "Model", "Trim", "Engine"]

    private struct Model {
        let make: String
        let name: String
        let years: ClosedRange<Int>
        let trims: [String]
        let engines: [String]
    }

    private static let models = [
        Model(
            make: "Ford", name: "F-150", years: 1997...2026, trims: ["XL Standard Cab Pickup", "XLT Crew Cab Pickup"],
            engines: ["3.5L V6 GAS Turbocharged", "5.0L V8 GAS Naturally Aspirated"]),
        Model(
            make: "Ford", name: "Focus", years: 2000...2018, trims: ["SE Hatchback 4-Door", "S Sedan 4-Door"],
            engines: ["2.0L L4 GAS Naturally Aspirated"]),
        Model(
            make: "Honda", name: "Civic", years: 1996...2026, trims: ["EX Sedan 4-Door", "LX Coupe 2-Door"],
            engines: ["1.5L L4 GAS Turbocharged", "2.0L L4 GAS Naturally Aspirated"]),
        Model(
            make: "Toyota", name: "Camry", years: 1992...2026, trims: ["LE Sedan 4-Door", "SE Sedan 4-Door"],
            engines: ["2.5L L4 GAS Naturally Aspirated"]),
        Model(
            make: "Toyota", name: "Corolla", years: 1990...2026, trims: ["LE Sedan 4-Door"],
            engines: ["1.8L L4 GAS Naturally Aspirated"]),
        Model(
            make: "Volkswagen", name: "Golf", years: 1990...2021,
            trims: ["GTI Hatchback 4-Door", "S Hatchback 4-Door"],
            engines: ["1.4L L4 GAS Turbocharged", "2.0L L4 GAS Turbocharged"]),
    ]

    /// The values of a property among vehicles with some values of others.
    ///
    /// - Parameter filter: By property.
    static func values(of property: String, _ filter: [String: String]) -> [String] {
        let found = self.models.filter { model in
            filter.allSatisfy { name, value in self.values(of: name, model).contains(value) }
        }
        var values: Set<String> = []
        for model in found { values.formUnion(self.values(of: property, model)) }
        return property == "Year" ? values.sorted(by: >) : values.sorted()
    }

    private static func values(of property: String, _ model: Model) -> [String] {
        switch property {
        case "Year": model.years.map { "\($0)" }
        case "Make": [model.make]
        case "Model": [model.name]
        case "Trim": model.trims
        case "Engine": model.engines
        default: []
        }
    }
}
