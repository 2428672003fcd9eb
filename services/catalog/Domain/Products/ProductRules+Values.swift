internal import CatalogMessages

extension ProductRules {
    static let expectedURL = "an http or https URL"

    /// The numbers of a product and its packages.
    static func checkNumbers(_ product: Product, _ faults: inout ProductFaults) {
        _ = Self.gtin(product.gtin, "gtin", &faults)
        var places: [GTIN: Int] = [:]
        for (index, package) in product.packages.enumerated() {
            let field = "packages[\(index)]"
            if let gtin = Self.gtin(package.gtin, "\(field).gtin", &faults) {
                // The product's own may be that of one package, but not of two.
                if let first = places[gtin] {
                    faults.add("\(field).gtin", "is that of packages[\(first)], too", expected: "one of its own")
                } else {
                    places[gtin] = index
                }
            }
            Self.checkNotNegative(
                [
                    ("innerQuantity", package.innerQuantity), ("weight", package.weight),
                    ("dimensionalWeight", package.dimensionalWeight),
                    ("merchandising.height", package.merchandising?.height),
                    ("merchandising.width", package.merchandising?.width),
                    ("merchandising.length", package.merchandising?.length),
                    ("shipping.height", package.shipping?.height), ("shipping.width", package.shipping?.width),
                    ("shipping.length", package.shipping?.length),
                ], field, &faults)
        }
    }

    /// The GTIN that a text is; nil where there is none, or not a right one.
    private static func gtin(_ text: String, _ field: String, _ faults: inout ProductFaults) -> GTIN? {
        guard !text.isEmpty else { return nil }
        do throws(GTIN.Fault) {
            return try GTIN(text)
        } catch {
            switch error {
            case .form:
                faults.add(field, "is \(text.debugDescription)", expected: "8, 12, 13 or 14 digits")
            case .checkDigit(let expected):
                faults.add(
                    field, "has the check digit \(text.suffix(1))", expected: "\(text.dropLast())\(expected)",
                    isCheckDigit: true)
            }
        }
        return nil
    }

    /// The day that a text is; nil where there is none, or not a right one.
    static func day(_ text: String, _ field: String, _ faults: inout ProductFaults) -> Day? {
        guard !text.isEmpty else { return nil }
        let day = Day(text)
        faults.check(day != nil, field, "is \(text.debugDescription)", expected: Day.expected)
        return day
    }

    /// Empty is none, and right.
    static func checkURL(_ text: String, _ field: String, _ faults: inout ProductFaults) {
        faults.check(text.isEmpty || Self.isURL(text), field, "is no URL of the web", expected: Self.expectedURL)
    }

    private static func isURL(_ text: String) -> Bool {
        guard let separator = text.firstRange(of: "://") else { return false }
        guard ["http", "https"].contains(text[..<separator.lowerBound].lowercased()) else { return false }
        let rest = text[separator.upperBound...]
        let host = rest.prefix { !"/?#".contains($0) }
        let hasOnlyVisible = rest.unicodeScalars.allSatisfy {
            !$0.properties.isWhitespace && $0.value >= 0x20 && $0.value != 0x7F
        }
        return !host.isEmpty && !host.hasPrefix(":") && hasOnlyVisible
    }

    /// A country of ISO 3166-1, or a part of one of ISO 3166-2.
    static func isRegion(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let capitals = UInt8(ascii: "A")...UInt8(ascii: "Z")
        guard let country = parts.first, parts.count <= 2, country.utf8.count == 2,
            country.utf8.allSatisfy(capitals.contains)
        else { return false }
        guard parts.count == 2 else { return true }
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        return (1...3).contains(parts[1].utf8.count)
            && parts[1].utf8.allSatisfy { capitals.contains($0) || digits.contains($0) }
    }

    static func checkNotNegative(_ values: [(String, Decimal?)], _ field: String, _ faults: inout ProductFaults) {
        for (name, value) in values {
            guard let value, value.micros < 0 else { continue }
            faults.add(field.isEmpty ? name : "\(field).\(name)", "is below 0", expected: "0 or more")
        }
    }

    /// Refuses what stands in a list twice.
    static func checkOnce(_ values: [some Hashable], _ field: String, _ faults: inout ProductFaults) {
        var places: [AnyHashable: Int] = [:]
        for (index, value) in values.enumerated() {
            if let first = places[value] {
                faults.add("\(field)[\(index)]", "is the same as \(field)[\(first)]", expected: "each one once")
            } else {
                places[value] = index
            }
        }
    }
}
