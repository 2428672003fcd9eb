internal import OrderedCollections
internal import SandboxGraphQL
internal import SandboxJSON
internal import SandboxShop

extension MutationRoot {
    /// Makes a product what the input says, now or behind the answer.
    func setProduct(_ arguments: GraphQLArguments) -> JSONValue {
        let state = self.view.state
        let input = arguments["input"] ?? .null
        let identifier = arguments["identifier"]
        if arguments["synchronous"] == false {
            let text: JSONValue = ["input": input, "identifier": identifier ?? .null]
            let operation = Operation(
                id: state.nextID(), kind: .productSet, status: "CREATED", input: text.jsonText, inputFile: nil,
                at: .now())
            state.add(operation)
            return [
                "product": .null, "productSetOperation": StoredObject.reference("ProductSetOperation", operation.id),
                "userErrors": [],
            ]
        }
        switch ProductSetter(view: self.view).set(input, identifier) {
        case .success(let id): return ["product": StoredObject.reference("Product", id), "userErrors": []]
        case .failure(let errors): return UserErrors.payload(errors.errors)
        }
    }
}

/// Errors of a product that is set.
struct ProductSetErrors: Error {
    var errors: [JSONValue]
}

/// Makes products what inputs say.
struct ProductSetter {
    /// The variants of a product.
    static let maximumVariants = 2_048
    /// The characters of a title and its like.
    private static let maximumCharacters = 255

    let view: ShopView

    private var state: ShopState { self.view.state }

    private static func error(_ path: [String], _ message: String, _ code: String?) -> JSONValue {
        UserErrors.error(of: "productSet", path, message, code)
    }

    func set(_ input: JSONValue, _ identifier: JSONValue?) -> Result<Int64, ProductSetErrors> {
        var errors: [JSONValue] = []
        let known = self.known(input, identifier, &errors)
        self.checkTexts(input, isNew: known == nil, &errors)
        self.checkVariants(input, known, &errors)
        guard errors.isEmpty else { return .failure(ProductSetErrors(errors: errors)) }
        return .success(self.apply(input, to: known))
    }

    private func known(_ input: JSONValue, _ identifier: JSONValue?, _ errors: inout [JSONValue]) -> Product? {
        if let identifier, !identifier.isNull {
            if input["id"] != nil, input["id"]?.isNull == false {
                errors.append(
                    Self.error(["input"], "The id field is not allowed if identifier is provided.", "ID_NOT_ALLOWED"))
            }
            if let gid = identifier["id"]?.text {
                let product = Gid.number(gid, "Product").flatMap { self.state.products[$0] }
                if product == nil {
                    errors.append(Self.error(["identifier", "id"], "Product does not exist", "PRODUCT_DOES_NOT_EXIST"))
                }
                return product
            }
            return identifier["handle"]?.text.flatMap { self.state.index.handles[$0] }.flatMap {
                self.state.products[$0]
            }
        }
        guard let gid = input["id"]?.text else { return nil }
        let product = Gid.number(gid, "Product").flatMap { self.state.products[$0] }
        if product == nil {
            errors.append(Self.error(["input", "id"], "Product does not exist", "PRODUCT_DOES_NOT_EXIST"))
        }
        return product
    }

    private func checkTexts(_ input: JSONValue, isNew: Bool, _ errors: inout [JSONValue]) {
        let title = input["title"]?.text
        if isNew, title?.isEmpty ?? true {
            errors.append(Self.error(["input", "title"], "can't be blank", "INVALID_INPUT"))
        }
        func isLong(_ text: String?) -> Bool { (text?.count ?? 0) > Self.maximumCharacters }
        let end = "is too long (maximum is \(Self.maximumCharacters) characters)"
        if isLong(title) { errors.append(Self.error(["input", "title"], end, nil)) }
        // A handle is made of the title where there is none.
        if isLong(input["handle"]?.text ?? (isNew ? title : nil)) {
            errors.append(Self.error(["input"], "Handle \(end)", nil))
        }
        if isLong(input["vendor"]?.text) { errors.append(Self.error(["input"], "Vendor \(end)", nil)) }
        if isLong(input["productType"]?.text) {
            errors.append(Self.error(["input"], "Product type \(end)", nil))
            errors.append(Self.error(["input"], "Custom product type \(end)", nil))
        }
        if let handle = input["handle"]?.text, isNew, self.state.index.handles[handle] != nil {
            errors.append(
                Self.error(
                    ["input", "handle"], "Handle '\(handle)' already in use. Please provide a new handle.",
                    "INVALID_INPUT"))
        }
    }

    private func checkVariants(_ input: JSONValue, _ known: Product?, _ errors: inout [JSONValue]) {
        let variants = input["variants"]?.array ?? []
        if variants.count > Self.maximumVariants {
            errors.append(
                Self.error(
                    ["input", "variants"], "You can only have \(Self.maximumVariants) variants at most.",
                    "VARIANTS_OVER_LIMIT"))
        }
        if variants.isEmpty != (input["productOptions"]?.array?.isEmpty ?? true), known == nil {
            errors.append(
                variants.isEmpty
                    ? Self.error(
                        ["input", "variants"], "Variants input is required when updating product options",
                        "VARIANTS_INPUT_MISSING")
                    : Self.error(
                        ["input", "productOptions"], "Product options input is required when updating variants",
                        "PRODUCT_OPTIONS_INPUT_MISSING"))
            return
        }
        var titles: Set<String> = []
        for (index, variant) in variants.enumerated() {
            self.checkVariant(variant, ["input", "variants", String(index)], known, &titles, &errors)
        }
    }

    private func checkVariant(
        _ variant: JSONValue, _ path: [String], _ known: Product?, _ titles: inout Set<String>,
        _ errors: inout [JSONValue]
    ) {
        let values = (variant["optionValues"]?.array ?? []).compactMap { $0["name"]?.text }
        let title = values.joined(separator: " / ")
        if !titles.insert(title).inserted {
            errors.append(
                Self.error(
                    path, "The variant '\(title)' already exists. Please change at least one option value.", nil))
        }
        for member in ["price", "compareAtPrice"] {
            guard let text = variant[member]?.text else { continue }
            if Price(text: text).map({ $0 < .zero }) ?? true {
                errors.append(Self.error(path + [member], "Price is invalid", "INVALID_VARIANT"))
            }
        }
        if let gid = variant["id"]?.text {
            let id = Gid.number(gid, "ProductVariant")
            if id.map({ known?.variantIDs.contains($0) != true }) ?? true {
                errors.append(
                    Self.error(path, "Product variant does not exist", "PRODUCT_VARIANT_DOES_NOT_EXIST"))
            }
        }
        for (index, quantity) in (variant["inventoryQuantities"]?.array ?? []).enumerated() {
            let location = Gid.number(quantity["locationId"]?.text, "Location")
            if location.flatMap({ self.state.locations[$0] }) == nil {
                errors.append(
                    Self.error(
                        path + ["inventoryQuantities", String(index), "locationId"],
                        "The specified location could not be found.", "INVALID_VARIANT"))
            }
        }
    }
}

// MARK: - What is done

extension ProductSetter {
    private func apply(_ input: JSONValue, to known: Product?) -> Int64 {
        let moment = Moment.now()
        let title = input["title"]?.text ?? known?.title ?? ""
        var product =
            known
            ?? Product(
                id: self.state.nextID(), title: title, handle: self.state.freeHandle(for: title),
                vendor: self.state.settings.name, options: [], at: moment)
        product.title = title
        product.handle = input["handle"]?.text ?? product.handle
        product.vendor = input["vendor"]?.text ?? product.vendor
        product.productType = input["productType"]?.text ?? product.productType
        product.descriptionHTML = input["descriptionHtml"]?.text ?? product.descriptionHTML
        product.status = input["status"]?.text ?? product.status
        product.tags = input["tags"]?.array?.compactMap(\.text) ?? product.tags
        product.updatedAt = moment
        if let options = input["productOptions"]?.array { product.options = self.options(options, of: product) }
        if product.options.isEmpty {
            product.options = [
                Product.Option(
                    id: self.state.nextID(), name: "Title",
                    values: [.init(id: self.state.nextID(), name: "Default Title")])
            ]
        }
        self.setVariants(input["variants"]?.array, of: &product, moment)
        self.state.put(product)
        let gid = Gid.text("Product", product.id)
        MutationRoot(view: self.view).setMetafields(input["metafields"], of: gid)
        self.state.note(.productUpdated(product.id))
        return product.id
    }

    private func options(_ inputs: [JSONValue], of product: Product) -> [Product.Option] {
        inputs.map { input in
            let name = input["name"]?.text ?? "Title"
            let known = product.options.first { $0.name == name }
            let values = (input["values"]?.array ?? []).compactMap { $0["name"]?.text }
            return Product.Option(
                id: known?.id ?? self.state.nextID(), name: name,
                values: values.map { value in
                    known?.values.first { $0.name == value } ?? .init(id: self.state.nextID(), name: value)
                })
        }
    }

    /// Gives a product exactly the variants of the input; without one it keeps those that it has, or gets one.
    private func setVariants(_ inputs: [JSONValue]?, of product: inout Product, _ moment: Moment) {
        guard let inputs, !inputs.isEmpty else {
            if product.variantIDs.isEmpty {
                product.variantIDs = [self.variant(.object([:]), ["Default Title"], of: product, moment)]
            }
            return
        }
        let before = product.variantIDs
        product.variantIDs = inputs.map { input in
            self.variant(input, self.optionValues(input, of: product), of: product, moment)
        }
        for id in before where !product.variantIDs.contains(id) {
            if let variant = self.state.variants[id] { self.state.remove(variant) }
        }
    }

    private func optionValues(_ input: JSONValue, of product: Product) -> [String] {
        let values = input["optionValues"]?.array ?? []
        return product.options.enumerated().map { index, option in
            let named = values.first { $0["optionName"]?.text == option.name }
            return (named ?? (index < values.count ? values[index] : nil))?["name"]?.text ?? "Default Title"
        }
    }

    private func variant(
        _ input: JSONValue, _ optionValues: [String], of product: Product, _ moment: Moment
    ) -> Int64 {
        let known =
            Gid.number(input["id"]?.text, "ProductVariant").flatMap { self.state.variants[$0] }
            ?? self.state.variants(of: product).first { $0.optionValues == optionValues }
        let sku = input["sku"]?.text ?? input["inventoryItem"]?["sku"]?.text
        var variant =
            known
            ?? Variant(
                id: self.state.nextID(), productID: product.id, itemID: self.state.nextID(), sku: sku ?? "",
                price: .zero, optionValues: optionValues, at: moment)
        variant.optionValues = optionValues
        variant.sku = sku ?? variant.sku
        if let barcode = input.object?["barcode"] { variant.barcode = barcode.text }
        if let price = input["price"]?.text.flatMap({ Price(text: $0) }), price != variant.price {
            variant.price = price
            variant.priceVersion += 1
        }
        if let price = input.object?["compareAtPrice"] {
            variant.compareAtPrice = price.text.flatMap { Price(text: $0) }
        }
        variant.policy = input["inventoryPolicy"]?.text ?? variant.policy
        variant.isTracked = input["inventoryItem"]?["tracked"]?.bool ?? variant.isTracked
        variant.updatedAt = moment
        self.state.put(variant)
        self.setQuantities(input["inventoryQuantities"]?.array ?? [], of: variant, isNew: known == nil, moment)
        MutationRoot(view: self.view).setMetafields(
            input["metafields"], of: Gid.text("ProductVariant", variant.id))
        return variant.id
    }

    private func setQuantities(_ inputs: [JSONValue], of variant: Variant, isNew: Bool, _ moment: Moment) {
        if isNew, let first = self.state.index.locationIDs.first {
            self.state.put(Level(itemID: variant.itemID, locationID: first, at: moment))
        }
        for input in inputs {
            guard let location = Gid.number(input["locationId"]?.text, "Location") else { continue }
            let key = Level.Key(itemID: variant.itemID, locationID: location)
            let level = self.state.levels[key] ?? Level(itemID: variant.itemID, locationID: location, at: moment)
            let name = input["name"]?.text == "on_hand" ? "on_hand" : "available"
            self.state.put(level)
            self.state.change(
                level, "available", by: Int(input["quantity"]?.integer ?? 0) - (level[name] ?? 0), at: moment)
        }
    }
}
