internal import ChannelMessages

/// The mapping of a connection whose brand has saved none.
enum ShopifyMapping {
    static let rules: [MappingRule] = [
        MappingRule(target: "title", source: "name", required: true),
        MappingRule(target: "descriptionHtml", source: "description", transforms: [Transform(function: "html-escape")]),
        MappingRule(target: "vendor", source: "brandLabel"),
        MappingRule(target: "productType", source: "partType"),
        MappingRule(target: "productType", source: "category"),
        MappingRule(
            target: "tags", source: "certifications[*]", transforms: [Transform(function: "join", arguments: [","])]),
        MappingRule(target: "status", constant: "ACTIVE"),
        MappingRule(target: "barcode", source: "gtin"),
        MappingRule(
            target: "images", source: "images[*]", transforms: [Transform(function: "join", arguments: ["\n"])]),
        MappingRule(target: "metafields.driveline.sku.single_line_text_field", source: "sku"),
        MappingRule(target: "metafields.driveline.fitment.json", source: "compatibility"),
    ]
}
