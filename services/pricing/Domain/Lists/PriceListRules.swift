public import PricingMessages

/// What a price list must be like beyond what the rules of its fields in the proto say.
public enum PriceListRules {
    /// The most lists of a brand.
    public static let maximumLists = 500

    /// - Throws: ``PricingRefusal`` with all that is wrong with the list, by fields of the document.
    public static func check(_ list: PriceList) throws(PricingRefusal) { _ = try BookList(list, number: 0) }

    /// The list as it is stored: without what only answers have, under the id of its path.
    public static func normalized(_ list: PriceList, id: String) -> PriceList {
        var list = list
        list.listID = id
        list.version = 0
        list.createdAt = nil
        list.changedAt = nil
        return list
    }

    /// Refuses a list that could give a price where another one of equal priority could, too.
    ///
    /// - Parameter others: The brand's lists; one of the same id is the list's own earlier state, and is not looked at.
    /// - Throws: ``PricingRefusal`` with `listsOverlap` that names the first of the others, by id.
    public static func checkOverlap(of list: BookList, with others: some Sequence<BookList>) throws(PricingRefusal) {
        let conflict = others.filter { $0.id != list.id && $0.overlaps(list) }
            .min { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
        guard let conflict else { return }
        throw PricingRefusal(
            .listsOverlap, field: "priority",
            "is \(list.priority), that of the list \(conflict.id), which has prices of the same type and currency for"
                + " \(conflict.scope.text) at the same time",
            expected: "another priority, or a scope or time that \(conflict.id) does not have")
    }
}

extension Scope {
    /// For people.
    var text: String {
        let parts = [("channel", self.channel), ("region", self.region), ("customer group", self.customerGroup)]
            .filter { !$0.1.isEmpty }
        return parts.isEmpty ? "all" : parts.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }
}
