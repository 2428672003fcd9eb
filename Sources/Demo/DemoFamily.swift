/// A kind of part that the demo brand makes for every vehicle.
struct DemoFamily: Sendable {
    /// What its SKUs begin with.
    let prefix: String
    let name: String
    let category: String
    let partType: String
    /// Empty: it has none.
    let position: String
    /// Of the cheapest, in cents.
    let cents: Int64
    /// The deposit for the old part, in cents; 0: none.
    let coreCents: Int64
    let warrantyMonths: UInt32

    /// The brand's range.
    static let all = [
        DemoFamily("BPF", "Ceramic Brake Pads, Front", "Brakes", "Disc Brake Pad Set", position: "Front", cents: 4_290),
        DemoFamily("BPR", "Ceramic Brake Pads, Rear", "Brakes", "Disc Brake Pad Set", position: "Rear", cents: 3_890),
        DemoFamily("RTF", "Coated Brake Rotor, Front", "Brakes", "Disc Brake Rotor", position: "Front", cents: 5_825),
        DemoFamily(
            "CAL", "Rebuilt Brake Caliper, Front", "Brakes", "Disc Brake Caliper", position: "Front", cents: 8_450,
            core: 4_000),
        DemoFamily("OIL", "Oil Filter", "Filters", "Engine Oil Filter", cents: 849, months: 12),
        DemoFamily("AIR", "Engine Air Filter", "Filters", "Air Filter", cents: 1_690, months: 12),
        DemoFamily("CAB", "Cabin Air Filter", "Filters", "Cabin Air Filter", cents: 1_450, months: 12),
        DemoFamily("ALT", "Rebuilt Alternator", "Electrical", "Alternator", cents: 21_400, core: 4_500, months: 36),
        DemoFamily("SPK", "Iridium Spark Plugs, Set", "Ignition", "Spark Plug", cents: 3_160, months: 36),
        DemoFamily(
            "STF", "Strut Assembly, Front", "Suspension", "Suspension Strut Assembly", position: "Front", cents: 13_275,
            months: 36),
    ]

    private init(
        _ prefix: String, _ name: String, _ category: String, _ partType: String, position: String = "", cents: Int64,
        core: Int64 = 0, months: UInt32 = 24
    ) {
        self.prefix = prefix
        self.name = name
        self.category = category
        self.partType = partType
        self.position = position
        self.cents = cents
        self.coreCents = core
        self.warrantyMonths = months
    }
}
