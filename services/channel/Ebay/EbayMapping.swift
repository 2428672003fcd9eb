internal import ChannelMessages

/// The mapping of a connection whose brand has saved none.
enum EbayMapping {
    static let rules: [MappingRule] = [
        MappingRule(target: "title", source: "name", required: true),
        MappingRule(target: "description", source: "description"),
        MappingRule(target: "brand", source: "brandLabel"),
        MappingRule(target: "mpn", source: "sku"),
        MappingRule(target: "aspects.Brand", source: "brandLabel"),
        MappingRule(target: "aspects.Manufacturer Part Number", source: "sku"),
        MappingRule(target: "aspects.Type", source: "partType"),
        MappingRule(target: "condition", constant: "NEW"),
        MappingRule(target: "upc", source: "gtin"),
        MappingRule(
            target: "imageUrls", source: "images[*]", transforms: [Transform(function: "join", arguments: ["\n"])]),
    ]
}
