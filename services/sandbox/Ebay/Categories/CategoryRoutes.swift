internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

/// A category that parts are sold in.
private struct EbayCategory {
    let id: String
    /// Nil: it takes no vehicles.
    var basedOn: String?
    var maximum = 0

    static let all = [
        EbayCategory(id: "33563", basedOn: "ASSEMBLY", maximum: 3_000),
        EbayCategory(id: "33564", basedOn: "ASSEMBLY", maximum: 5),
        EbayCategory(id: "66471", basedOn: "SPECIFICATION"), EbayCategory(id: "43990"),
    ]
}

/// Finds out which call of Sell Metadata or Commerce Taxonomy a request is: what categories take of vehicles.
struct CategoryRoutes {
    private static let policies = "get_automotive_parts_compatibility_policies"

    /// The trees of the marketplaces that take vehicles.
    private static let trees = [
        "EBAY_MOTORS_US": "100", "EBAY_AU": "15", "EBAY_CA": "2", "EBAY_DE": "77", "EBAY_ES": "186", "EBAY_FR": "71",
        "EBAY_GB": "3", "EBAY_IT": "101",
    ]

    let state: ShopState
    let request: EbayRequest

    func answer(_ area: EbayArea, _ rest: [String]) throws(EbayRefusal) -> EbayAnswer {
        guard self.request.method == "GET" else { throw EbayRefusal(2002) }
        switch (area, rest.count, rest.first, rest.last) {
        case (.metadata, 3, "marketplace", Self.policies): return try self.policies(of: rest[1])
        case (.taxonomy, 1, "get_default_category_tree_id", _): return try self.tree()
        case (.taxonomy, 3, "category_tree", "get_compatibility_properties"):
            _ = try self.category(in: rest[1])
            return EbayAnswer(
                200,
                [
                    "compatibilityProperties": .array(
                        EbayVehicles.properties.map { ["name": .string($0), "localizedName": .string($0)] })
                ])
        case (.taxonomy, 3, "category_tree", "get_compatibility_property_values"): return try self.values(rest[1])
        default: throw EbayRefusal(2002)
        }
    }

    private func tree() throws(EbayRefusal) -> EbayAnswer {
        guard let marketplace = self.request.field("marketplace_id") else { throw EbayRefusal(62002) }
        guard let tree = Self.trees[marketplace] else { throw EbayRefusal(62003, marketplace) }
        return EbayAnswer(200, ["categoryTreeId": .string(tree), "categoryTreeVersion": "1"])
    }

    private func policies(of marketplace: String) throws(EbayRefusal) -> EbayAnswer {
        guard let tree = Self.trees[marketplace] else { throw EbayRefusal(46001, marketplace) }
        let asked = self.request.field("filter").map { filter in
            filter.drop { $0 != "{" }.dropFirst().prefix { $0 != "}" }.split(separator: "|").map(String.init)
        }
        let shown = EbayCategory.all.filter { category in
            category.basedOn != nil && asked?.contains(category.id) ?? true
        }
        guard !shown.isEmpty else { return EbayAnswer(204) }
        let unknown = (asked ?? []).filter { id in !EbayCategory.all.contains { $0.id == id } }
        return EbayAnswer(
            200,
            .members([
                "automotivePartsCompatibilityPolicies": .array(
                    shown.map { category in
                        .members([
                            "categoryTreeId": .string(tree), "categoryId": .string(category.id),
                            "compatibilityBasedOn": .text(category.basedOn),
                            "compatibleVehicleTypes": ["CAR_AND_TRUCK"],
                            "maxNumberOfCompatibleVehicles": category.maximum > 0 ? .number(category.maximum) : nil,
                        ])
                    }),
                "warnings": unknown.isEmpty ? nil : .array(unknown.map { EbayRefusal(46003, $0).entry }),
            ]))
    }

    /// The category that is asked about, which must take vehicles.
    private func category(in tree: String) throws(EbayRefusal) -> EbayCategory {
        guard Self.trees.values.contains(tree) else { throw EbayRefusal(62004, tree) }
        guard let id = self.request.field("category_id") else { throw EbayRefusal(62006) }
        guard let category = EbayCategory.all.first(where: { $0.id == id }) else { throw EbayRefusal(62005, id) }
        guard category.basedOn == "ASSEMBLY" else { throw EbayRefusal(62101, id) }
        return category
    }

    private func values(_ tree: String) throws(EbayRefusal) -> EbayAnswer {
        _ = try self.category(in: tree)
        guard let property = self.request.field("compatibility_property") else { throw EbayRefusal(62104) }
        guard EbayVehicles.properties.contains(property) else { throw EbayRefusal(62102, property) }
        let values = EbayVehicles.values(of: property, try self.filter())
        guard !values.isEmpty else { return EbayAnswer(204) }
        return EbayAnswer(
            200, ["compatibilityPropertyValues": .array(values.map { ["value": .string($0)] })])
    }

    /// Values of other properties: `Year:2020,Make:Ford`, with a backslash before a comma of a value's own.
    private func filter() throws(EbayRefusal) -> [String: String] {
        guard let text = self.request.field("filter") else { return [:] }
        var (pairs, isEscaped) = ([""], false)
        for character in text {
            switch character {
            case "\\" where !isEscaped: isEscaped = true
            case "," where !isEscaped: pairs.append("")
            default:
                pairs[pairs.count - 1].append(character)
                isEscaped = false
            }
        }
        var filter: [String: String] = [:]
        for pair in pairs {
            let sides = pair.split(separator: ":", maxSplits: 1)
            guard sides.count == 2, EbayVehicles.properties.contains(String(sides[0])) else {
                throw EbayRefusal(62100, pair)
            }
            filter[String(sides[0])] = String(sides[1])
        }
        return filter
    }
}
