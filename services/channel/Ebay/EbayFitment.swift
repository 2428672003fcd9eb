internal import ChannelAdapter
internal import FileFormats

/// How a category takes vehicles that a part fits.
struct EbayFitmentPolicy: Hashable, Sendable {
    /// Whether buyers find its parts by what vehicles are made of, and not by vehicles: it takes none then.
    let isBySpecification: Bool
    /// The most vehicles of an item.
    let maximum: Int

    /// The policy of a category; nil: the answer has none, and the category takes no vehicles.
    init?(_ body: JSONValue, category: String) {
        let policies = body["automotivePartsCompatibilityPolicies"]?.elements ?? []
        guard let policy = policies.first(where: { $0["categoryId"]?.digits == category }) else { return nil }
        self.isBySpecification = policy["compatibilityBasedOn"]?.text == "SPECIFICATION"
        let maximum = policy["maxNumberOfCompatibleVehicles"]?.integer.flatMap { Int(exactly: $0) }
        self.maximum = maximum ?? EbayLimits.compatibleProducts
    }
}

/// Vehicles checked against what a category allows: without I/O.
struct EbayFitment {
    let category: String
    let policy: EbayFitmentPolicy
    /// Of properties.
    let names: EbaySpellings
    /// By the platform's names of properties. A property without any takes whatever it is given.
    let values: [String: EbaySpellings]

    private var findings: [String] = []
    private var findingCount = 0

    init(category: String, policy: EbayFitmentPolicy, names: EbaySpellings, values: [String: EbaySpellings]) {
        self.category = category
        self.policy = policy
        self.names = names
        self.values = values
    }

    /// The properties of vehicles, by name, as they were given.
    static func names(of vehicles: [JSONValue]) -> Set<String> {
        Set(vehicles.flatMap { Self.properties(of: $0) }.map(\.name))
    }

    private static func properties(of vehicle: JSONValue) -> [(name: String, value: String)] {
        (vehicle["compatibilityProperties"]?.elements ?? []).map { ($0["name"]?.text ?? "", $0["value"]?.text ?? "") }
    }

    /// The vehicles as the platform spells them, each once.
    ///
    /// - Throws: A fault with what is not allowed; nothing is left out silently.
    mutating func checked(_ vehicles: [JSONValue]) throws(PlatformFault) -> [JSONValue] {
        var checked: [JSONValue] = []
        var seen: Set<JSONValue> = []
        for vehicle in vehicles {
            let spelled = self.spelled(vehicle)
            if seen.insert(spelled).inserted { checked.append(spelled) }
        }
        if checked.count > self.policy.maximum {
            self.note(
                "it has \(checked.count) vehicles, and the category takes at most \(self.policy.maximum) of an item")
        }
        guard self.findingCount > 0 else { return checked }
        let more = self.findingCount - self.findings.count
        throw PlatformFault(
            .refused, code: "fitment-invalid",
            "fitment is not what the category \(self.category) allows: \(self.findings.joined(separator: "; "))"
                + (more > 0 ? "; and \(more) more" : ""))
    }

    private mutating func spelled(_ vehicle: JSONValue) -> JSONValue {
        let given = Self.properties(of: vehicle)
        guard !given.isEmpty else { return vehicle }
        let properties = given.map { property -> JSONValue in
            guard let name = self.names[property.name] else {
                self.note(
                    "the vehicle \(Self.text(given)) has the property \(property.name.debugDescription); valid are "
                        + self.names.all.joined(separator: ", "))
                return .null
            }
            var value = property.value
            if let known = self.values[name], known.count > 0 {
                if let spelled = known[value] { value = spelled } else { self.note(unknown: value, of: name, given) }
            }
            return .members(["name": .string(name), "value": .string(value)])
        }
        return vehicle.setting("compatibilityProperties", to: .array(properties))
    }

    private mutating func note(unknown value: String, of name: String, _ vehicle: [(name: String, value: String)]) {
        // Near values are looked for among many, so only for what is told.
        let near = self.findings.count < EbayLimits.fitmentFindings ? self.values[name]?.near(value) ?? [] : []
        let valid =
            near.isEmpty ? "no value is near" : "near are \(near.map(\.debugDescription).joined(separator: ", "))"
        self.note(
            "the vehicle \(Self.text(vehicle)) has the \(name) \(value.debugDescription), which is not known; \(valid)")
    }

    private mutating func note(_ finding: String) {
        self.findingCount += 1
        if self.findings.count < EbayLimits.fitmentFindings { self.findings.append(finding) }
    }

    private static func text(_ vehicle: [(name: String, value: String)]) -> String {
        EbayText.shortened(vehicle.map(\.value).joined(separator: " "), toBytes: 100).debugDescription
    }
}
