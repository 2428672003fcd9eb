/// What an element of PIES may hold: a text or other elements, and how many of each.
///
/// The order of elements is not checked in reading, as nothing depends on it; it is kept in writing.
struct PIESRule: Sendable {
    enum Occurrence: Sendable {
        case one
        case optional
        case list(minimum: Int, maximum: Int)

        var range: ClosedRange<Int> {
            switch self {
            case .one: 1...1
            case .optional: 0...1
            case .list(let minimum, let maximum): minimum...max(minimum, maximum)
            }
        }
    }

    private enum Content: Sendable {
        case value(PIESValue)
        case elements([PIESRule], areOthersTaken: Bool)
        /// It is not kept, and so not looked into.
        case passedOver
    }

    let name: String
    private let occurrence: Occurrence
    private let content: Content
    private let attributes: [PIESAttributeRule]

    /// An element that holds a text.
    static func value(
        _ name: String, _ value: PIESValue, _ occurrence: Occurrence = .optional, _ attributes: PIESAttributeRule...
    ) -> Self {
        Self(name: name, occurrence: occurrence, content: .value(value), attributes: attributes)
    }

    /// An element that holds elements.
    ///
    /// - Parameter areOthersTaken: Elements that have no rule are passed over.
    static func group(
        _ name: String, _ occurrence: Occurrence, attributes: [PIESAttributeRule] = [],
        areOthersTaken: Bool = false, _ children: [PIESRule]
    ) -> Self {
        Self(
            name: name, occurrence: occurrence, content: .elements(children, areOthersTaken: areOthersTaken),
            attributes: attributes)
    }

    /// An element that PIES has and the catalog does not keep.
    static func passedOver(_ name: String) -> Self {
        Self(name: name, occurrence: .list(minimum: 0, maximum: .max), content: .passedOver, attributes: [])
    }

    /// Refuses an element that breaks the rule, at the first thing that does.
    func check(_ element: PIESElement, _ path: String = "") throws(PIESItemFault) {
        if case .passedOver = self.content { return }
        try self.checkAttributes(element, path)
        switch self.content {
        case .passedOver: break
        case .value(let value):
            if let child = element.children.first {
                throw PIESItemFault(Self.join(path, child.name), of: child, "stands where a text would be valid")
            }
            if let fault = value.fault(of: element.text) { throw PIESItemFault(path, of: element, fault) }
        case .elements(let rules, let areOthersTaken):
            guard element.text.allSatisfy(\.isWhitespace) else {
                throw PIESItemFault(path, of: element, "holds a text; elements alone are valid in it")
            }
            try self.checkChildren(element, path, rules, areOthersTaken)
        }
    }

    private func checkChildren(
        _ element: PIESElement, _ path: String, _ rules: [PIESRule], _ areOthersTaken: Bool
    ) throws(PIESItemFault) {
        var counts = Array(repeating: 0, count: rules.count)
        for child in element.children {
            let place = Self.join(path, child.name)
            guard let index = rules.firstIndex(where: { $0.name == child.name }) else {
                if areOthersTaken { continue }
                throw PIESItemFault(place, of: child, "is not known; \(self.name) has no such element in PIES")
            }
            counts[index] += 1
            let maximum = rules[index].occurrence.range.upperBound
            guard counts[index] <= maximum else {
                throw PIESItemFault(place, of: child, "comes more than once or too often; at most \(maximum) is valid")
            }
            try rules[index].check(child, place)
        }
        for (rule, count) in zip(rules, counts) where count < rule.occurrence.range.lowerBound {
            throw PIESItemFault(
                Self.join(path, rule.name), of: element, "is missing; \(self.name) must have it")
        }
    }

    private func checkAttributes(_ element: PIESElement, _ path: String) throws(PIESItemFault) {
        for attribute in element.attributes {
            let field = "\(path)@\(attribute.name)"
            guard let rule = self.attributes.first(where: { $0.name == attribute.name }) else {
                throw PIESItemFault(field, of: element, "is not known; \(self.name) has no such attribute in PIES")
            }
            if let fault = rule.value.fault(of: attribute.value) {
                throw PIESItemFault(field, of: element, fault)
            }
        }
        for rule in self.attributes where rule.isRequired && element.attribute(rule.name) == nil {
            throw PIESItemFault(
                "\(path)@\(rule.name)", of: element, "is missing; \(self.name) must have the attribute \(rule.name)")
        }
    }

    private static func join(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path)/\(name)" }
}

/// What an attribute of PIES may be.
struct PIESAttributeRule: Sendable {
    let name: String
    let value: PIESValue
    let isRequired: Bool

    static func required(_ name: String, _ value: PIESValue) -> Self {
        Self(name: name, value: value, isRequired: true)
    }

    static func optional(_ name: String, _ value: PIESValue) -> Self {
        Self(name: name, value: value, isRequired: false)
    }

    /// What is to become of an element: add, change, delete.
    static let maintenance = Self.required("MaintenanceType", .choice(["A", "C", "D"]))
    static let language = Self.optional("LanguageCode", .letters(2))
    static let unit = Self.required("UOM", .code(2))
}
