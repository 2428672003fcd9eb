/// A vehicle that the demo brand's parts are for: a model, and the model years of one generation.
struct DemoVehicle: Sendable {
    let make: String
    let model: String
    let firstYear: Int32
    let lastYear: Int32

    /// What is sold in numbers, so that a day of orders looks like one.
    static let all = [
        DemoVehicle("Toyota", "Camry", 2012, 2017), DemoVehicle("Toyota", "Camry", 2018, 2023),
        DemoVehicle("Toyota", "Corolla", 2014, 2019), DemoVehicle("Toyota", "RAV4", 2013, 2018),
        DemoVehicle("Toyota", "RAV4", 2019, 2023), DemoVehicle("Toyota", "Tacoma", 2016, 2023),
        DemoVehicle("Honda", "Civic", 2012, 2015), DemoVehicle("Honda", "Civic", 2016, 2021),
        DemoVehicle("Honda", "Accord", 2013, 2017), DemoVehicle("Honda", "Accord", 2018, 2022),
        DemoVehicle("Honda", "CR-V", 2012, 2016), DemoVehicle("Honda", "CR-V", 2017, 2022),
        DemoVehicle("Ford", "F-150", 2015, 2020), DemoVehicle("Ford", "Escape", 2013, 2019),
        DemoVehicle("Ford", "Explorer", 2011, 2019), DemoVehicle("Ford", "Focus", 2012, 2018),
        DemoVehicle("Chevrolet", "Silverado", 2014, 2018), DemoVehicle("Chevrolet", "Equinox", 2018, 2023),
        DemoVehicle("Chevrolet", "Malibu", 2016, 2023), DemoVehicle("Nissan", "Altima", 2013, 2018),
        DemoVehicle("Nissan", "Rogue", 2014, 2020), DemoVehicle("Nissan", "Sentra", 2013, 2019),
        DemoVehicle("Hyundai", "Elantra", 2017, 2020), DemoVehicle("Hyundai", "Sonata", 2015, 2019),
        DemoVehicle("Kia", "Sorento", 2016, 2020), DemoVehicle("Subaru", "Outback", 2015, 2019),
        DemoVehicle("Subaru", "Forester", 2014, 2018), DemoVehicle("Jeep", "Wrangler", 2012, 2017),
        DemoVehicle("Jeep", "Grand Cherokee", 2011, 2021), DemoVehicle("Ram", "1500", 2013, 2018),
        DemoVehicle("Mazda", "CX-5", 2017, 2021), DemoVehicle("Volkswagen", "Jetta", 2011, 2018),
    ]

    private init(_ make: String, _ model: String, _ firstYear: Int32, _ lastYear: Int32) {
        self.make = make
        self.model = model
        self.firstYear = firstYear
        self.lastYear = lastYear
    }

    /// "Toyota Camry 2012-2017".
    var name: String { "\(self.make) \(self.model) \(self.firstYear)-\(self.lastYear)" }
}
