internal import ChannelMessages

/// The mapping of a connection whose brand has saved none.
enum AmazonMapping {
    static let rules: [MappingRule] = [
        MappingRule(target: "item_name", source: "name", required: true),
        MappingRule(target: "product_description", source: "description"),
        MappingRule(target: "brand", source: "brandLabel"),
        MappingRule(target: "part_number", source: "sku"),
        MappingRule(target: "manufacturer", source: "brandLabel"),
    ]
}
