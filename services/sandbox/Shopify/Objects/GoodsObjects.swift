internal import SandboxGraphQL
internal import SandboxJSON
internal import SandboxShop

struct ProductObject: GraphQLObject {
    let view: ShopView
    let product: Product

    var typeName: String { "Product" }
    private var gid: String { Gid.text("Product", self.product.id) }
    private var variants: [Variant] { self.view.state.variants(of: self.product) }

    func value(of field: String, _ arguments: GraphQLArguments) throws(GraphQLError) -> GraphQLResult {
        switch field {
        case "id": .text(self.gid)
        case "legacyResourceId": .text(String(self.product.id))
        case "title": .text(self.product.title)
        case "handle": .text(self.product.handle)
        case "description", "descriptionHtml": .text(self.product.descriptionHTML)
        case "vendor": .text(self.product.vendor)
        case "productType": .text(self.product.productType)
        case "status": .text(self.product.status)
        case "tags": .leaf(.texts(self.product.tags))
        case "createdAt", "publishedAt": .text(self.product.createdAt.text)
        case "updatedAt": .text(self.product.updatedAt.text)
        case "metafield": self.view.metafield(of: self.gid, arguments)
        case "metafields": try self.view.metafields(of: self.gid, arguments)
        case "variants":
            .object(
                try Page(arguments).connection(
                    "ProductVariant", self.variants.map { VariantObject(view: self.view, variant: $0) }))
        default: self.summary(field)
        }
    }

    private func summary(_ field: String) -> GraphQLResult {
        switch field {
        case "options":
            .objects(
                self.product.options.enumerated().map { OptionObject(option: $1, position: $0 + 1) })
        case "hasOnlyDefaultVariant": .bool(self.variants.count == 1 && self.variants[0].title == "Default Title")
        case "hasOutOfStockVariants": .bool(self.variants.contains { self.view.state.available($0) <= 0 })
        case "tracksInventory": .bool(self.variants.contains(where: \.isTracked))
        case "totalInventory": .number(self.variants.reduce(0) { $0 + self.view.state.available($1) })
        case "totalVariants": .number(self.variants.count)
        case "variantsCount": .object(CountObject(count: self.variants.count, isExact: true))
        default: .null
        }
    }
}

struct CountObject: GraphQLObject {
    let count: Int
    let isExact: Bool

    var typeName: String { "Count" }

    func value(of field: String, _ arguments: GraphQLArguments) -> GraphQLResult {
        field == "count" ? .number(self.count) : .text(self.isExact ? "EXACT" : "AT_LEAST")
    }
}

struct OptionObject: GraphQLObject {
    let option: Product.Option
    let position: Int

    var typeName: String { "ProductOption" }

    func value(of field: String, _ arguments: GraphQLArguments) -> GraphQLResult {
        switch field {
        case "id": .text(Gid.text("ProductOption", self.option.id))
        case "name": .text(self.option.name)
        case "position": .number(self.position)
        case "values": .leaf(.texts(self.option.values.map(\.name)))
        default: .objects(self.option.values.map { OptionValueObject(value: $0) })
        }
    }
}

struct OptionValueObject: GraphQLObject {
    let value: Product.Option.Value

    var typeName: String { "ProductOptionValue" }

    func value(of field: String, _ arguments: GraphQLArguments) -> GraphQLResult {
        switch field {
        case "id": .text(Gid.text("ProductOptionValue", self.value.id))
        case "name": .text(self.value.name)
        default: .bool(true)
        }
    }
}

struct VariantObject: GraphQLObject {
    let view: ShopView
    let variant: Variant

    var typeName: String { "ProductVariant" }
    private var gid: String { Gid.text("ProductVariant", self.variant.id) }
    private var product: Product? { self.view.state.products[self.variant.productID] }

    func value(of field: String, _ arguments: GraphQLArguments) throws(GraphQLError) -> GraphQLResult {
        switch field {
        case "id": .text(self.gid)
        case "legacyResourceId": .text(String(self.variant.id))
        case "title": .text(self.variant.title)
        case "displayName": .text("\(self.product?.title ?? "") - \(self.variant.title)")
        case "sku": .text(self.variant.sku)
        case "barcode": .text(self.variant.barcode)
        case "price": .text(self.variant.price.text)
        case "compareAtPrice": .text(self.variant.compareAtPrice?.text)
        case "metafield": self.view.metafield(of: self.gid, arguments)
        case "metafields": try self.view.metafields(of: self.gid, arguments)
        case "createdAt": .text(self.variant.createdAt.text)
        case "updatedAt": .text(self.variant.updatedAt.text)
        default: self.rest(field)
        }
    }

    private func rest(_ field: String) -> GraphQLResult {
        switch field {
        case "position": .number((self.product?.variantIDs.firstIndex(of: self.variant.id) ?? 0) + 1)
        case "taxable": .bool(true)
        case "requiresComponents", "showUnitPrice": .bool(false)
        case "inventoryPolicy": .text(self.variant.policy)
        case "availableForSale":
            .bool(self.variant.policy == "CONTINUE" || self.view.state.available(self.variant) > 0)
        case "inventoryQuantity", "sellableOnlineQuantity": .number(self.view.state.available(self.variant))
        case "inventoryItem": .object(ItemObject(view: self.view, variant: self.variant))
        case "product": .optional(self.product.map { ProductObject(view: self.view, product: $0) })
        case "selectedOptions":
            .objects(
                zip(self.product?.options ?? [], self.variant.optionValues).map {
                    SelectedOptionObject(option: $0, value: $1)
                })
        default: .null
        }
    }
}

private struct SelectedOptionObject: GraphQLObject {
    let option: Product.Option
    let value: String

    var typeName: String { "SelectedOption" }

    func value(of field: String, _ arguments: GraphQLArguments) -> GraphQLResult {
        switch field {
        case "name": .text(self.option.name)
        case "value": .text(self.value)
        default: .optional(self.option.values.first { $0.name == self.value }.map { OptionValueObject(value: $0) })
        }
    }
}

struct ItemObject: GraphQLObject {
    let view: ShopView
    let variant: Variant

    var typeName: String { "InventoryItem" }

    func value(of field: String, _ arguments: GraphQLArguments) throws(GraphQLError) -> GraphQLResult {
        switch field {
        case "id": .text(Gid.text("InventoryItem", self.variant.itemID))
        case "legacyResourceId": .text(String(self.variant.itemID))
        case "sku": .text(self.variant.sku)
        case "tracked": .bool(self.variant.isTracked)
        case "requiresShipping": .bool(true)
        case "duplicateSkuCount": .number((self.view.state.index.skus[self.variant.sku]?.count ?? 1) - 1)
        case "variant": .object(VariantObject(view: self.view, variant: self.variant))
        case "measurement":
            .object(
                StoredObject(
                    view: self.view, typeName: "InventoryItemMeasurement",
                    members: ["id": .string(Gid.text("InventoryItemMeasurement", self.variant.itemID))]))
        case "locationsCount":
            .object(CountObject(count: self.view.state.levels(of: self.variant.itemID).count, isExact: true))
        case "inventoryLevel": self.level(arguments["locationId"]?.text)
        case "inventoryLevels":
            .object(
                try Page(arguments).connection(
                    "InventoryLevel",
                    self.view.state.levels(of: self.variant.itemID).map { LevelObject(view: self.view, level: $0) }))
        case "createdAt": .text(self.variant.createdAt.text)
        case "updatedAt": .text(self.variant.updatedAt.text)
        default: .null
        }
    }

    private func level(_ location: String?) -> GraphQLResult {
        guard let id = Gid.number(location, "Location") else { return .null }
        let level = self.view.state.levels[Level.Key(itemID: self.variant.itemID, locationID: id)]
        return .optional(level.map { LevelObject(view: self.view, level: $0) })
    }
}

struct LevelObject: GraphQLObject {
    let view: ShopView
    let level: Level

    var typeName: String { "InventoryLevel" }
    private var gid: String {
        "\(Gid.text("InventoryLevel", self.level.locationID))?inventory_item_id=\(self.level.itemID)"
    }

    func value(of field: String, _ arguments: GraphQLArguments) throws(GraphQLError) -> GraphQLResult {
        switch field {
        case "id": .text(self.gid)
        case "item":
            .optional(self.view.state.variant(item: self.level.itemID).map { ItemObject(view: self.view, variant: $0) })
        case "location":
            .optional(
                self.view.state.locations[self.level.locationID].map { LocationObject(view: self.view, location: $0) })
        case "isActive": .bool(true)
        case "canDeactivate": .bool(self.level.onHand == 0)
        case "quantities": try self.quantities(arguments["names"]?.array?.compactMap(\.text) ?? [])
        case "createdAt": .text(self.level.createdAt.text)
        default: .text(self.level.changedAt.text)
        }
    }

    private func quantities(_ names: [String]) throws(GraphQLError) -> GraphQLResult {
        var objects: [any GraphQLObject] = []
        for name in names {
            guard let quantity = self.level[name] else {
                throw GraphQLError("The quantity name '\(name)' is invalid.", code: "BAD_REQUEST")
            }
            // What is only a sum has no time of its own.
            let moment = name == "on_hand" ? nil : self.level.changedAt
            objects.append(
                StoredObject(
                    view: self.view, typeName: "InventoryQuantity",
                    members: [
                        "id": .string("\(self.gid)&name=\(name)"), "name": .string(name), "quantity": .number(quantity),
                        "updatedAt": .text(moment?.text),
                    ]))
        }
        return .objects(objects)
    }
}

struct LocationObject: GraphQLObject {
    let view: ShopView
    let location: Location

    var typeName: String { "Location" }
    private var gid: String { Gid.text("Location", self.location.id) }

    func value(of field: String, _ arguments: GraphQLArguments) throws(GraphQLError) -> GraphQLResult {
        switch field {
        case "id": .text(self.gid)
        case "legacyResourceId": .text(String(self.location.id))
        case "name": .text(self.location.name)
        case "isActive", "fulfillsOnlineOrders", "shipsInventory": .bool(self.location.isActive)
        case "isPrimary": .bool(self.view.state.index.locationIDs.first == self.location.id)
        case "activatable": .bool(true)
        case "deactivatable", "deletable", "isFulfillmentService": .bool(false)
        case "hasActiveInventory": .bool(self.view.state.levels.count > 0)
        case "hasUnfulfilledOrders": .bool(false)
        case "address":
            .object(
                StoredObject(
                    view: self.view, typeName: "LocationAddress",
                    members: ["countryCode": "US", "country": "United States", "formatted": ["United States"]]))
        case "createdAt", "updatedAt": .text(self.location.createdAt.text)
        case "metafield": self.view.metafield(of: self.gid, arguments)
        case "metafields": try self.view.metafields(of: self.gid, arguments)
        case "inventoryLevel": self.level(arguments["inventoryItemId"]?.text)
        case "inventoryLevels": try self.levels(arguments)
        default: .null
        }
    }

    private func level(_ item: String?) -> GraphQLResult {
        guard let id = Gid.number(item, "InventoryItem") else { return .null }
        let level = self.view.state.levels[Level.Key(itemID: id, locationID: self.location.id)]
        return .optional(level.map { LevelObject(view: self.view, level: $0) })
    }

    private func levels(_ arguments: GraphQLArguments) throws(GraphQLError) -> GraphQLResult {
        .object(
            try Page(arguments).connection("InventoryLevel", self.view.state.index.variantIDs, cursor: .id) { id in
                guard let variant = self.view.state.variants[id],
                    let level = self.view.state.levels[
                        Level.Key(itemID: variant.itemID, locationID: self.location.id)]
                else { return nil }
                return LevelObject(view: self.view, level: level)
            })
    }
}

struct ShopObject: GraphQLObject {
    let view: ShopView

    var typeName: String { "Shop" }
    private var settings: ShopSettings { self.view.state.settings }
    private var gid: String { Gid.text("Shop", self.settings.number) }

    func value(of field: String, _ arguments: GraphQLArguments) throws(GraphQLError) -> GraphQLResult {
        switch field {
        case "id": .text(self.gid)
        case "name": .text(self.settings.name)
        case "email", "contactEmail": .text("owner@\(self.settings.domain)")
        case "myshopifyDomain": .text(self.settings.domain)
        case "primaryDomain":
            .object(
                StoredObject(
                    view: self.view, typeName: "Domain",
                    members: [
                        "id": .string(Gid.text("Domain", self.settings.number)), "host": .string(self.settings.domain),
                        "url": .string("https://\(self.settings.domain)"), "sslEnabled": true,
                    ]))
        case "currencyCode": .text(self.settings.currency)
        case "ianaTimezone": .text("Etc/UTC")
        case "timezoneOffset": .text("+0000")
        case "taxesIncluded": .bool(false)
        case "weightUnit": .text("KILOGRAMS")
        case "plan":
            .object(
                StoredObject(
                    view: self.view, typeName: "ShopPlan",
                    members: ["publicDisplayName": "Sandbox", "partnerDevelopment": true, "shopifyPlus": false]))
        case "url": .text("https://\(self.settings.domain)")
        case "createdAt", "updatedAt": .text(self.settings.createdAt.text)
        case "metafield": self.view.metafield(of: self.gid, arguments)
        default: try self.view.metafields(of: self.gid, arguments)
        }
    }
}
