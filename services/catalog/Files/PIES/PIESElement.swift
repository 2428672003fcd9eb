internal import CatalogMessages

/// An element of PIES with all that is within it: a whole Item, at most ``PIESReader/maximumItemBytes`` long.
///
/// Names are those of PIES 7.2, also where 8.0 has others.
struct PIESElement: Equatable, Sendable {
    var name: String
    /// The line on which its start tag ends, from 1 on; 0: it is to be written.
    var line: Int64 = 0
    var attributes: [PIESAttribute] = []
    var text = ""
    var children: [PIESElement] = []

    /// The first child of a name.
    subscript(_ name: String) -> PIESElement? { self.children.first { $0.name == name } }

    /// The children of a name, in their order.
    func all(_ name: String) -> [PIESElement] { self.children.filter { $0.name == name } }

    /// An attribute's value; nil: it is not there.
    func attribute(_ name: String) -> String? { self.attributes.first { $0.name == name }?.value }

    /// Whether it is to be removed where it was said before.
    var isDeleted: Bool { self.attribute("MaintenanceType") == "D" }

    /// The name that PIES 7.2 has for what 8.0 calls otherwise.
    static func name(_ name: String) -> String { Self.formerNames[name] ?? name }

    private static let formerNames = [
        "BrandID": "BrandAAIAID", "SubBrandID": "SubBrandAAIAID", "ProductCategoryCode": "AAIAProductCategoryCode",
        "ComponentBrandID": "ComponentBrand", "ComponentSubBrandID": "ComponentSubBrand", "ParentID": "ParentAAIAID",
        "PCdbPublicationDate": "PCdbVersionDate", "PAdbPublicationDate": "PAdbVersionDate",
    ]
}

struct PIESAttribute: Equatable, Sendable {
    let name: String
    let value: String
}

/// What is wrong with an element, and what would be right.
struct PIESItemFault: Error, Equatable {
    /// The element, by the names on the way to it from the Item, and an attribute behind an @: "Packages/Package".
    var field: String
    /// The line of the element; 0: none.
    var line: Int64
    var message: String
    var reason: RefusalReason = .invalidProduct

    init(_ field: String, of element: PIESElement, _ message: String, reason: RefusalReason = .invalidProduct) {
        self.field = field
        self.line = element.line
        self.message = message
        self.reason = reason
    }
}

// Reading what a rule has already checked. Where a value is none all the same, that is a fault, and no guess is made.
extension PIESElement {
    /// The text of a child; empty: there is none.
    func text(_ child: String) -> String { self[child]?.text ?? "" }

    /// The value of an attribute; empty: there is none.
    func value(_ attribute: String) -> String { self.attribute(attribute) ?? "" }

    /// The number that a child is; 0: there is none.
    func number(_ child: String) throws(PIESItemFault) -> UInt32 {
        guard let element = self[child] else { return 0 }
        guard let number = PIESValue.whole(element.text).flatMap({ UInt32(exactly: $0) }) else {
            throw PIESItemFault(child, of: element, "is no whole number that can be kept")
        }
        return number
    }

    /// The number that an attribute is; 0: there is none.
    func numberValue(_ attribute: String) throws(PIESItemFault) -> UInt32 {
        guard let text = self.attribute(attribute) else { return 0 }
        guard let number = PIESValue.whole(text).flatMap({ UInt32(exactly: $0) }) else {
            throw PIESItemFault("@\(attribute)", of: self, "is no whole number that can be kept")
        }
        return number
    }

    /// The decimal that a child is; nil: there is none.
    func decimal(_ child: String) throws(PIESItemFault) -> Decimal? {
        guard let element = self[child] else { return nil }
        return try element.ownDecimal(child)
    }

    /// The decimal that the element itself is.
    private func ownDecimal(_ field: String) throws(PIESItemFault) -> Decimal {
        guard let micros = PIESValue.micros(self.text) else {
            throw PIESItemFault(field, of: self, "is no number; up to six decimals are valid")
        }
        return Decimal(micros: micros)
    }

    /// The quantity that a child is; nil: there is none.
    func quantity(_ child: String) throws(PIESItemFault) -> Quantity? {
        guard let element = self[child] else { return nil }
        return Quantity(
            value: try element.ownDecimal(child), unit: element.value("UOM"), qualifier: element.value("Qualifier"))
    }
}
