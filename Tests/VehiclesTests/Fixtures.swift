import Foundation
import TestSupport

@testable import Vehicles

extension VIN {
    /// The VIN of some characters, whose ninth is made the check digit.
    static func checked(_ text: String) throws -> VIN {
        let vin = try VIN(text)
        var characters = Array(text)
        characters[8] = vin.expectedCheckDigit
        return try VIN(String(characters))
    }

    /// A VIN that is made up of characters that VINs have.
    static func random(using generator: inout SeededGenerator, beginning: String = "") throws -> VIN {
        let characters = Array("0123456789ABCDEFGHJKLMNPRSTUVWXYZ")
        let rest = (beginning.count..<VIN.length).map { _ in characters.randomElement(using: &generator) ?? "0" }
        return try VIN(beginning + String(rest))
    }
}

/// Small tables that the script makes of small files.
struct SmallTables {
    var manufacturers = "wmi,manufacturer,make,country,vehicle_type,truck_type\n"
    var patterns = "wmi,vds_pattern,from_year,to_year,make,model,series,trim,body_class,electrification\n"
    var ranges = "make,model,from_year,to_year\n"
    var cars = """
        year,make,model,VClass,cylinders,displ,fuelType1,fuelType2,drive,trany,tCharger,sCharger,atvType\n
        """

    /// A make of everything: WMIs of cars, trucks and few vehicles, a model with two engines, another one whose name begins alike.
    static let example = SmallTables(
        manufacturers: """
            wmi,manufacturer,make,country,vehicle_type,truck_type
            1XX,Example Motors,Example,US,Passenger Car,
            2XX,Example Trucks,,CA,Truck,
            3XX,Example Heavy Trucks,,MX,Truck,Heavy Truck
            1X9001,Tiny Motors,Tiny,US,Truck,

            """,
        patterns: """
            wmi,vds_pattern,from_year,to_year,make,model,series,trim,body_class,electrification
            1XX,A,2012,2999,,,,,Sedan/Saloon,
            1XX,A[B-D],2012,2014,Example,Roamer,,,,
            1XX,A.,2012,2999,Example,Roamer Grand,,,,
            1XX,A..5,2012,2999,,,GT,,,
            1XX,A...[1-3].C,2010,2020,,,,Plus,,
            1XX,B,2000,2009,Example,Old One,,,,
            2XX,Z,1985,2010,Hauler,H-100,,,Truck,
            2XX,Z,2011,2999,Hauler,H-200,,,Truck,
            3XX,Z,1985,2010,Hauler,H-100,,,Truck,
            3XX,Z,2011,2999,Hauler,H-200,,,Truck,
            1X9001,.,1980,2999,Tiny,Dot,,,,

            """,
        ranges: """
            make,model,from_year,to_year
            Example,Roamer,2012,2014
            Example,Roamer Grand,2012,2999
            Example,Old One,2000,2009
            Hauler,H-100,1985,2010
            Hauler,H-200,2011,2999
            Tiny,Dot,1980,2999

            """,
        cars: """
            year,make,model,VClass,cylinders,displ,fuelType1,fuelType2,drive,trany,tCharger,sCharger,atvType
            2012,Example,Roamer 2WD,Midsize Cars,4.0,2.5,Regular Gasoline,,Front-Wheel Drive,Automatic 4-spd,,,
            2013,Example,Roamer 2WD,Midsize Cars,4.0,2.5,Premium Gasoline,,Front-Wheel Drive,Automatic 4-spd,,,
            2012,Example,Roamer 4WD,Midsize Cars,6.0,3.5,Regular Gasoline,E85,All-Wheel Drive,Manual 5-spd,T,,FFV
            2012,Example,Roamer Grand,Large Cars,8.0,5.0,Diesel,,,Automatic 4-spd,T,S,Diesel
            2012,Example,Zippy,Two Seaters,,,Electricity,,Rear-Wheel Drive,Automatic (A1),,,EV

            """)

    /// The bytes of `vehicles.table`.
    func file() throws -> [UInt8] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "driveline-vehicles-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in [
            ("wmi-vpic", self.manufacturers), ("vpic-vds-patterns", self.patterns),
            ("vpic-make-model-year-ranges", self.ranges), ("epa-vehicles", self.cars),
        ] {
            try Data(text.utf8).write(to: folder.appending(path: "\(name).csv"))
        }
        return try Self.make(from: [folder], output: folder.appending(path: "out"))
    }

    /// Runs the script on folders.
    static func make(from folders: [URL], output: URL) throws -> [UInt8] {
        _ = try Python.run("scripts/vehicle-tables", ["--output", output.path] + folders.map(\.path))
        return Array(try Data(contentsOf: output.appending(path: "vehicles.table")))
    }

    /// The example's, made once.
    static let exampleFile = Result { try Self.example.file() }
}
