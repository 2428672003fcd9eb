internal import CatalogMessages

/// The facts among ExtendedInformation that a product has fields for: country of origin, status and warranty.
///
/// The first element of a code that has no language says the fact; all others are kept as extended information.
struct PIESExtendedFacts {
    private let isWhole: Bool
    private var seen: Set<String> = []
    private var hasOthers = false
    private var country = ""
    private var status: LifeCycle?
    private var warranty = Warranty()
    private var others: [ExtendedInformation] = []

    /// The fields of a product by the codes that say them.
    private static let fieldsByCode = [
        ("CTO", "countryOfOrigin"), ("LIS", "status"), ("WT1", "warranty.time"), ("WT2", "warranty.timeUnit"),
        ("WD1", "warranty.distance"), ("WD2", "warranty.distanceUnit"),
    ]

    init(isWhole: Bool) { self.isWhole = isWhole }

    mutating func read(_ element: PIESElement) throws(PIESItemFault) {
        let code = element.value("EXPICode")
        let isPlain = element.attribute("LanguageCode") == nil
        let isFact = isPlain && !self.seen.contains(code) && Self.fieldsByCode.contains { $0.0 == code }
        if isFact {
            let isRead = if element.isDeleted { true } else { try self.readFact(code, element) }
            if isRead {
                self.seen.insert(code)
                return
            }
        }
        self.hasOthers = true
        guard !element.isDeleted else { return }
        self.others.append(
            ExtendedInformation(code: code, text: element.text, language: element.value("LanguageCode")))
    }

    func apply(to product: inout Product) {
        product.countryOfOrigin = self.country
        if let status { product.status = status }
        if self.warranty != Warranty() { product.warranty = self.warranty }
        product.extendedInformation = self.others
    }

    /// A status that is not said, or removed, stays as it is: every product has one.
    var fields: [String] {
        let facts = Self.fieldsByCode.filter { code, _ in
            code == "LIS" ? self.status != nil : self.isWhole || self.seen.contains(code)
        }
        return facts.map(\.1) + (self.isWhole || self.hasOthers ? ["extendedInformation"] : [])
    }

    /// - Returns: Whether it says the fact. A warranty in words does not, and is kept as it is.
    private mutating func readFact(_ code: String, _ element: PIESElement) throws(PIESItemFault) -> Bool {
        let path = "ExtendedInformation/ExtendedProductInformation"
        let text = element.text
        switch code {
        case "CTO":
            if let fault = PIESValue.letters(2).fault(of: text) {
                throw PIESItemFault(path, of: element, "with the code CTO \(fault), such as US")
            }
            self.country = text
        case "LIS":
            guard let status = PIESLifeCycle.status(text) else {
                throw PIESItemFault(
                    path, of: element,
                    "with the code LIS is \(String(text.prefix(60)).debugDescription); 0 to 9, A and B are valid")
            }
            self.status = status
        case "WT1": return Self.read(text, maximum: 999_999, into: &self.warranty.time)
        case "WD1": return Self.read(text, maximum: 999_999_999, into: &self.warranty.distance)
        case "WT2": return Self.read(unit: text, into: &self.warranty.timeUnit)
        case "WD2": return Self.read(unit: text, into: &self.warranty.distanceUnit)
        default: return false
        }
        return true
    }

    private static func read(_ text: String, maximum: UInt32, into number: inout UInt32) -> Bool {
        guard let value = UInt32(text), (1...maximum).contains(value), String(value) == text else { return false }
        number = value
        return true
    }

    private static func read(unit text: String, into unit: inout String) -> Bool {
        guard PIESValue.letters(2).fault(of: text) == nil else { return false }
        unit = text
        return true
    }
}
