internal import OrderedCollections
internal import SandboxGraphQL
internal import SandboxJSON
internal import SandboxShop

extension MutationRoot {
    /// Changes variants of one product: all, or with `allowPartialUpdates` those that can be.
    func updateVariants(_ arguments: GraphQLArguments) -> JSONValue {
        let state = self.view.state
        guard let id = Gid.number(arguments["productId"]?.text, "Product"), let product = state.products[id] else {
            return UserErrors.payload([
                Self.variantError(["productId"], "Product does not exist", "PRODUCT_DOES_NOT_EXIST")
            ])
        }
        let inputs = arguments["variants"]?.array ?? []
        var errors: [JSONValue] = []
        var changes: [(Variant, JSONValue)] = []
        for (index, input) in inputs.enumerated() {
            let path = ["variants", String(index)]
            switch self.variant(input, of: product, path) {
            case .success(let variant): changes.append((variant, input))
            case .failure(let fault): errors.append(fault.error)
            }
        }
        let isPartial = arguments["allowPartialUpdates"] == true
        guard errors.isEmpty || isPartial else {
            return [
                "product": StoredObject.reference("Product", product.id), "productVariants": .null,
                "userErrors": .array(errors),
            ]
        }
        for (variant, input) in changes { self.apply(input, to: variant) }
        if !changes.isEmpty { state.touch(product.id) }
        return [
            "product": StoredObject.reference("Product", product.id),
            "productVariants": .array(changes.map { StoredObject.reference("ProductVariant", $0.0.id) }),
            "userErrors": .array(errors),
        ]
    }

    private struct VariantFault: Error { var error: JSONValue }

    private static func variantError(_ path: [String], _ message: String, _ code: String) -> JSONValue {
        UserErrors.error(of: "productVariantsBulkUpdate", path, message, code)
    }

    private func variant(
        _ input: JSONValue, of product: Product, _ path: [String]
    ) -> Result<Variant, VariantFault> {
        func refused(_ member: String, _ message: String, _ code: String) -> Result<Variant, VariantFault> {
            .failure(VariantFault(error: Self.variantError(path + [member], message, code)))
        }
        guard let gid = input["id"]?.text else {
            return refused("id", "Product variant is missing ID attribute", "PRODUCT_VARIANT_ID_MISSING")
        }
        guard let id = Gid.number(gid, "ProductVariant"), let variant = self.view.state.variants[id],
            variant.productID == product.id
        else { return refused("id", "Product variant does not exist", "PRODUCT_VARIANT_DOES_NOT_EXIST") }
        guard input["inventoryQuantities"] == nil, input["quantityAdjustments"] == nil else {
            return refused(
                "inventoryQuantities",
                "Inventory quantities can only be provided during create. To update inventory for existing variants, "
                    + "use inventoryAdjustQuantities.", "NO_INVENTORY_QUANTITIES_ON_VARIANTS_UPDATE")
        }
        for member in ["price", "compareAtPrice"] {
            guard let text = input[member]?.text else { continue }
            guard let price = Price(text: text) else {
                return refused(member, "Price is invalid", "INVALID_VALUE")
            }
            guard price >= .zero else {
                return refused(member, "Price must be greater than or equal to 0", "GREATER_THAN_OR_EQUAL_TO")
            }
        }
        return .success(variant)
    }

    private func apply(_ input: JSONValue, to variant: Variant) {
        let state = self.view.state
        let price = input["price"]?.text.flatMap { Price(text: $0) } ?? variant.price
        var compareAt = variant.compareAtPrice
        // Null takes the former price away; left out, it stays.
        if let value = input.object?["compareAtPrice"] { compareAt = value.text.flatMap { Price(text: $0) } }
        state.setPrice(price, compareAt: compareAt, of: variant)
        guard var changed = state.variants[variant.id] else { return }
        if let barcode = input.object?["barcode"] { changed.barcode = barcode.text }
        if let sku = input["inventoryItem"]?["sku"]?.text { changed.sku = sku }
        if let isTracked = input["inventoryItem"]?["tracked"]?.bool { changed.isTracked = isTracked }
        if let policy = input["inventoryPolicy"]?.text { changed.policy = policy }
        changed.updatedAt = .now()
        state.put(changed)
        self.setMetafields(input["metafields"], of: Gid.text("ProductVariant", variant.id))
    }

    /// Sets metafields that stand in the input of their owner.
    func setMetafields(_ inputs: JSONValue?, of owner: String) {
        for input in inputs?.array ?? [] {
            guard let key = input["key"]?.text, let value = input["value"]?.text else { continue }
            _ = self.view.state.setMetafield(
                owner: owner, namespace: input["namespace"]?.text ?? "app", key: key, type: input["type"]?.text,
                value: value)
        }
    }
}
