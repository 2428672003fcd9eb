/// The WMIs of the tables.
struct ManufacturerTable: Sendable {
    /// What is known of a WMI, and the lists of patterns that its VINs are compared with.
    struct Entry: Sendable {
        let manufacturer: Manufacturer
        /// For each ``PatternTable/Field``.
        let lists: [Int?]
    }

    private let entries: [String: Entry]

    /// The entry of the WMI of six characters, where a VIN has one, or of that of three.
    func entry(_ vin: VIN) -> Entry? {
        vin.smallSeriesIdentifier.flatMap { self.entries[$0] } ?? self.entries[vin.manufacturerIdentifier]
    }

    init(
        _ reader: inout TableReader, _ strings: StringTable, _ patterns: PatternTable
    ) throws(VehicleTablesError) {
        var entries: [String: Entry] = [:]
        for _ in 0..<(try reader.count("WMIs")) {
            let manufacturer = Manufacturer(
                identifier: try strings.next(&reader), name: try strings.nextIfAny(&reader),
                make: try strings.nextIfAny(&reader), country: try strings.nextIfAny(&reader),
                vehicleType: try strings.nextIfAny(&reader), truckType: try strings.nextIfAny(&reader))
            var lists: [Int?] = []
            for field in PatternTable.Field.allCases {
                let list = try reader.number(below: patterns.listCount + 1, "list") - 1
                guard list < 0 || patterns.field(ofList: list) == field else {
                    throw reader.damaged("list \(list) is of another field")
                }
                lists.append(list < 0 ? nil : list)
            }
            entries[manufacturer.identifier] = Entry(manufacturer: manufacturer, lists: lists)
        }
        self.entries = entries
    }
}
