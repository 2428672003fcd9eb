public import CatalogMessages

/// One value of a product that is not what it may be.
public struct ProductFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where it is, in JSON names: `packages[2].gtin`.
    public var field: String
    /// What is wrong with it, after its name: "has 9 digits".
    public var reason: String
    /// What would be valid.
    public var expected: String
    /// Whether it is a GTIN whose last digit is wrong, which has a refusal of its own.
    public var isCheckDigit: Bool

    /// A fault with all that it consists of.
    public init(field: String, reason: String, expected: String, isCheckDigit: Bool = false) {
        self.field = field
        self.reason = reason
        self.expected = expected
        self.isCheckDigit = isCheckDigit
    }

    /// All of it in one sentence.
    public var description: String { "\(self.field) \(self.reason); expected \(self.expected)" }
}

/// Why a change of the catalog is refused.
public struct CatalogRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// Its class.
    public var reason: RefusalReason
    /// What happened, for people.
    public var description: String
    /// The values at fault; may be empty.
    public var faults: [ProductFault]
    /// Of a version conflict: the version that there is, 0 for none.
    public var currentVersion: UInt64?

    /// A refusal with all that it consists of.
    public init(
        _ reason: RefusalReason, _ description: String, faults: [ProductFault] = [], currentVersion: UInt64? = nil
    ) {
        self.reason = reason
        self.description = description
        self.faults = faults
        self.currentVersion = currentVersion
    }

    /// A refusal for one field.
    public init(_ reason: RefusalReason, field: String, _ problem: String, expected: String) {
        let fault = ProductFault(field: field, reason: problem, expected: expected)
        self.init(reason, fault.description, faults: [fault])
    }

    /// A refusal of a product for its faults, of which there is at least one.
    public init(faults: [ProductFault]) {
        let reason: RefusalReason = faults.allSatisfy(\.isCheckDigit) ? .gtinCheckDigit : .invalidProduct
        let first = faults.first?.description ?? "the product is not valid"
        self.init(
            reason, faults.count > 1 ? "\(first), and \(faults.count - 1) more" : first, faults: faults)
    }

    /// The brand has no such product.
    public static func productNotFound(_ sku: String) -> Self {
        Self(.productNotFound, "there is no product \(sku.debugDescription)")
    }

    /// The product has another version than expected.
    public static func versionConflict(expected: UInt64, current: UInt64) -> Self {
        let found = current == 0 ? "there is no such product" : "the product has version \(current)"
        let wanted = expected == 0 ? "a new one was expected" : "version \(expected) was expected"
        return Self(.versionConflict, "\(found), but \(wanted)", currentVersion: current)
    }
}

/// Collects what is wrong with a product.
struct ProductFaults {
    /// At most this many are kept; a product with more is wrong enough.
    static let maximumCount = 64

    private(set) var faults: [ProductFault] = []

    mutating func add(_ field: String, _ reason: String, expected: String, isCheckDigit: Bool = false) {
        guard self.faults.count < Self.maximumCount else { return }
        self.faults.append(
            ProductFault(field: field, reason: reason, expected: expected, isCheckDigit: isCheckDigit))
    }

    /// Adds a fault unless something is so.
    mutating func check(_ isValid: Bool, _ field: String, _ reason: String, expected: String) {
        if !isValid { self.add(field, reason, expected: expected) }
    }
}
