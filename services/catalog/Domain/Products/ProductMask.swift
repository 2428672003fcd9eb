public import CatalogMessages

/// Which fields of a product a change is about: the paths of a field mask, in proto names.
///
/// A path names a field, a field of one of the messages `warranty`, `item_quantity`, `quantity_per_application` and
/// `minimum_order_quantity`, or an entry of one of the maps `attributes` and `variant_options`. A list, and a map that is
/// named itself, is replaced as a whole. What a change names and does not say is cleared.
public struct ProductMask: Sendable {
    /// The most paths of a mask.
    public static let maximumPaths = 256

    private let fields: [ProductField]

    /// A mask by its paths; nil: all fields that the change says.
    ///
    /// Fields that only answers have are passed over, and so is the SKU, which names the product.
    ///
    /// - Throws: ``CatalogRefusal`` for a path that is none.
    public init(_ paths: [String]?, of change: Product) throws(CatalogRefusal) {
        guard let paths else {
            let nothing = Product()
            self.fields = Self.table.values.filter { $0.differs(change, nothing) }
            return
        }
        guard paths.count <= Self.maximumPaths else {
            throw CatalogRefusal(
                .invalidProduct, field: "updateMask", "has \(paths.count) paths",
                expected: "at most \(Self.maximumPaths)")
        }
        var fields: [ProductField] = []
        for path in paths where !Self.ignored.contains(String(path.prefix { $0 != "." })) {
            guard let field = Self.table[path] ?? Self.entry(path) else {
                throw CatalogRefusal(
                    .invalidProduct, field: "updateMask", "names \(path.debugDescription), which no product has",
                    expected: "the names of its fields")
            }
            fields.append(field)
        }
        self.fields = fields
    }

    /// A mask by the names that fields have in JSON, as files give them: `partTypeId`, `attributes.material`.
    ///
    /// - Throws: ``CatalogRefusal`` for a name that is none.
    public init(names: [String], of change: Product) throws(CatalogRefusal) {
        try self.init(names.map(Self.path), of: change)
    }

    /// The path of a name in JSON; what follows a point may be a map's key, and stays as it is.
    private static func path(_ name: String) -> String {
        let field = name.prefix { $0 != "." }
        let rest = name.dropFirst(field.count)
        func path(_ text: Substring) -> String {
            text.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : String($1) }
        }
        return path(field) + (Self.maps[path(field)] == nil ? path(rest) : String(rest))
    }

    /// The fields in which two products differ, by their names in JSON, ascending.
    public static func names(ofDifferencesBetween left: Product, and right: Product) -> [String] {
        Self.table.filter { !$0.key.contains(".") && $0.value.differs(left, right) }.keys.map { path in
            Self.name(path)
        }.sorted()
    }

    /// The name in JSON of a path.
    private static func name(_ path: String) -> String {
        var isFirst = true
        return path.split(separator: "_").reduce(into: "") { name, part in
            name += isFirst ? String(part) : part.prefix(1).uppercased() + part.dropFirst()
            isFirst = false
        }
    }

    /// An entry of a map: what the change does not have is removed.
    private static func entry(_ path: String) -> ProductField? {
        let name = path.prefix { $0 != "." }
        let key = String(path.dropFirst(name.count + 1))
        guard !key.isEmpty, let map = Self.maps[String(name)] else { return nil }
        return .entry(key, of: map)
    }

    private static let maps: [String: any WritableKeyPath<Product, [String: String]> & Sendable] = [
        "attributes": \.attributes, "variant_options": \.variantOptions,
    ]

    /// A product with what the change says of the mask's fields.
    public func applying(_ change: Product, to product: Product) -> Product {
        var product = product
        for field in self.fields { field.copy(change, &product) }
        return product
    }

    private static let ignored: Set<String> = ["sku", "version", "created_at", "changed_at"]

    private static let table: [String: ProductField] = Dictionary(
        Self.texts + Self.lists + Self.messages, uniquingKeysWith: { first, _ in first })

    private static let texts: [(String, ProductField)] = [
        ("name", .field(\.name)),
        ("description", .field(\.description)),
        ("brand_label", .field(\.brandLabel)),
        ("brand_code", .field(\.brandCode)),
        ("sub_brand_label", .field(\.subBrandLabel)),
        ("sub_brand_code", .field(\.subBrandCode)),
        ("category", .field(\.category)),
        ("category_code", .field(\.categoryCode)),
        ("part_type", .field(\.partType)),
        ("part_type_id", .field(\.partTypeID)),
        ("status", .field(\.status)),
        ("gtin", .field(\.gtin)),
        ("gtin_qualifier", .field(\.gtinQualifier)),
        ("country_of_origin", .field(\.countryOfOrigin)),
        ("variant_group", .field(\.variantGroup)),
        ("hazardous", .field(\.hazardous)),
        ("container_type", .field(\.containerType)),
        ("effective_date", .field(\.effectiveDate)),
        ("available_date", .field(\.availableDate)),
        ("manufacturer_group", .field(\.manufacturerGroup)),
        ("manufacturer_sub_group", .field(\.manufacturerSubGroup)),
        ("unspsc", .field(\.unspsc)),
        ("vmrs_code", .field(\.vmrsCode)),
        ("vmrs_brand_id", .field(\.vmrsBrandID)),
    ]

    private static let lists: [(String, ProductField)] = [
        ("descriptions", .field(\.descriptions)),
        ("attributes", .field(\.attributes)),
        ("attribute_values", .field(\.attributeValues)),
        ("certifications", .field(\.certifications)),
        ("certificates", .field(\.certificates)),
        ("packages", .field(\.packages)),
        ("images", .field(\.images)),
        ("assets", .field(\.assets)),
        ("kit_components", .field(\.kitComponents)),
        ("compatibility", .field(\.compatibility)),
        ("variant_options", .field(\.variantOptions)),
        ("interchanges", .field(\.interchanges)),
        ("extended_information", .field(\.extendedInformation)),
    ]

    private static let messages: [(String, ProductField)] =
        [
            ("warranty", .field(\.warranty)),
            ("warranty.time", .warranty(\.time)),
            ("warranty.time_unit", .warranty(\.timeUnit)),
            ("warranty.distance", .warranty(\.distance)),
            ("warranty.distance_unit", .warranty(\.distanceUnit)),
            ("warranty.terms", .warranty(\.terms)),
        ]
        + Self.quantity("item_quantity", \.itemQuantity)
        + Self.quantity("quantity_per_application", \.quantityPerApplication)
        + Self.quantity("minimum_order_quantity", \.minimumOrderQuantity)

    private static func quantity(
        _ name: String, _ path: any WritableKeyPath<Product, Quantity?> & Sendable
    ) -> [(String, ProductField)] {
        [
            (name, .field(path)), ("\(name).value", .part(\.value, of: path, else: Quantity())),
            ("\(name).unit", .part(\.unit, of: path, else: Quantity())),
            ("\(name).qualifier", .part(\.qualifier, of: path, else: Quantity())),
        ]
    }
}

/// How one field of a product is carried over from another.
private struct ProductField: Sendable {
    let copy: @Sendable (Product, inout Product) -> Void
    let differs: @Sendable (Product, Product) -> Bool

    static func field<Value: Equatable & SendableMetatype>(
        _ path: any WritableKeyPath<Product, Value> & Sendable
    ) -> ProductField {
        ProductField { change, product in
            product[keyPath: path] = change[keyPath: path]
        } differs: {
            $0[keyPath: path] != $1[keyPath: path]
        }
    }

    /// An entry of a map.
    static func entry(
        _ key: String, of path: any WritableKeyPath<Product, [String: String]> & Sendable
    ) -> ProductField {
        ProductField { change, product in
            product[keyPath: path][key] = change[keyPath: path][key]
        } differs: {
            $0[keyPath: path][key] != $1[keyPath: path][key]
        }
    }

    /// A field of a message, which is made where there is none.
    static func part<Whole: Sendable, Value: Equatable & SendableMetatype>(
        _ part: any WritableKeyPath<Whole, Value> & Sendable, of path: any WritableKeyPath<Product, Whole?> & Sendable,
        else nothing: Whole
    ) -> ProductField {
        ProductField { change, product in
            var whole = product[keyPath: path] ?? nothing
            whole[keyPath: part] = (change[keyPath: path] ?? nothing)[keyPath: part]
            product[keyPath: path] = whole
        } differs: {
            ($0[keyPath: path] ?? nothing)[keyPath: part] != ($1[keyPath: path] ?? nothing)[keyPath: part]
        }
    }

    static func warranty<Value: Equatable & SendableMetatype>(
        _ part: any WritableKeyPath<Warranty, Value> & Sendable
    ) -> ProductField {
        .part(part, of: \.warranty, else: Warranty())
    }
}
