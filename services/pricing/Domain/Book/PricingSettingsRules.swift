internal import Money
public import PricingMessages

/// What a brand's settings must be like beyond what the rules of their fields in the proto say.
public enum PricingSettingsRules {
    /// - Throws: ``PricingRefusal`` with all that is wrong with the settings, by fields of the document.
    public static func check(_ settings: PricingSettings) throws(PricingRefusal) { _ = try Self.roundings(settings) }

    /// How amounts of the currencies are rounded for which the settings say something.
    static func roundings(_ settings: PricingSettings) throws(PricingRefusal) -> [Currency: Rounding] {
        var faults = PricingFaults()
        var roundings: [Currency: Rounding] = [:]
        for (index, message) in settings.rounding.enumerated() {
            let field = "rounding[\(index)]"
            let rounding = faults.collect { () throws(PricingRefusal) in try Rounding(message, field: field) }
            guard let rounding, let currency = Currency(code: message.currency) else { continue }
            if roundings.updateValue(rounding, forKey: currency) != nil {
                faults.add(.duplicateEntry, "\(field).currency", "is there twice", expected: "each currency once")
            }
        }
        let policies = [
            ("minimumAdvertisedPolicy", settings.minimumAdvertisedPolicy), ("marginPolicy", settings.marginPolicy),
        ]
        for (field, policy) in policies {
            guard case .unrecognized(let number) = policy else { continue }
            _ = faults.collect { () throws(PricingRefusal) in throw .unknownNumber(number, field: field) }
        }
        try faults.refuse()
        return roundings
    }
}
