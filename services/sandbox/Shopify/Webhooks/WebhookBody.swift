internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

/// The bodies of notifications, in the shape of the platform's REST resources.
struct WebhookBody {
    let state: ShopState

    /// `nil` where what it is about is gone.
    func body(of event: ShopEvent) -> JSONValue? {
        switch event {
        case .orderCreated(let id), .orderUpdated(let id), .orderCancelled(let id):
            self.state.orders[id].map { OrderBody(order: $0, state: self.state).json }
        case .levelChanged(let key): self.state.levels[key].map { Self.level($0) }
        case .productUpdated(let id): self.state.products[id].map { self.product($0) }
        case .appUninstalled: self.shop
        }
    }

    private static func level(_ level: Level) -> JSONValue {
        [
            "inventory_item_id": .integer(level.itemID), "location_id": .integer(level.locationID),
            "available": .number(level.available), "updated_at": .string(level.changedAt.text),
            "admin_graphql_api_id": .string(
                "\(Gid.text("InventoryLevel", level.locationID))?inventory_item_id=\(level.itemID)"),
        ]
    }

    private func product(_ product: Product) -> JSONValue {
        let variants = self.state.variants(of: product)
        return [
            "admin_graphql_api_id": .string(Gid.text("Product", product.id)),
            "body_html": .string(product.descriptionHTML), "created_at": .string(product.createdAt.text),
            "handle": .string(product.handle), "id": .integer(product.id),
            "product_type": .string(product.productType), "published_at": .string(product.createdAt.text),
            "template_suffix": .null, "title": .string(product.title), "updated_at": .string(product.updatedAt.text),
            "vendor": .string(product.vendor), "status": .string(product.status.lowercased()),
            "published_scope": "web", "tags": .string(product.tags.joined(separator: ", ")),
            "variants": .array(variants.enumerated().map { self.variant($1, position: $0 + 1) }),
            "options": .array(product.options.enumerated().map { Self.option($1, position: $0 + 1, of: product) }),
            "images": [], "image": .null, "media": [],
            "variant_gids": .array(
                variants.map {
                    [
                        "admin_graphql_api_id": .string(Gid.text("ProductVariant", $0.id)),
                        "updated_at": .string($0.updatedAt.text),
                    ]
                }),
            "has_variants_that_requires_components": false,
        ]
    }

    private static func option(_ option: Product.Option, position: Int, of product: Product) -> JSONValue {
        [
            "name": .string(option.name), "id": .integer(option.id), "product_id": .integer(product.id),
            "position": .number(position), "values": .texts(option.values.map(\.name)),
        ]
    }

    private func variant(_ variant: Variant, position: Int) -> JSONValue {
        let options = variant.optionValues + Array(repeating: "", count: 3)
        let available = self.state.available(variant)
        func option(_ index: Int) -> JSONValue { options[index].isEmpty ? .null : .string(options[index]) }
        return [
            "admin_graphql_api_id": .string(Gid.text("ProductVariant", variant.id)), "barcode": .text(variant.barcode),
            "compare_at_price": .text(variant.compareAtPrice?.text), "created_at": .string(variant.createdAt.text),
            "id": .integer(variant.id), "inventory_policy": .string(variant.policy.lowercased()),
            "position": .number(position), "price": .string(variant.price.text),
            "product_id": .integer(variant.productID), "sku": .string(variant.sku), "taxable": true,
            "title": .string(variant.title), "updated_at": .string(variant.updatedAt.text), "option1": option(0),
            "option2": option(1), "option3": option(2), "image_id": .null,
            "inventory_item_id": .integer(variant.itemID), "inventory_quantity": .number(available),
            "old_inventory_quantity": .number(available),
        ]
    }

    private var shop: JSONValue {
        let settings = self.state.settings
        let mail = "owner@\(settings.domain)"
        var members: JSONValue.JSONObject = [
            "id": .integer(settings.number), "name": .string(settings.name), "email": .string(mail),
            "domain": .string(settings.domain), "province": "Oregon", "country": "US",
            "address1": "12 Harbor Street", "zip": "97201", "city": "Portland", "source": .null, "phone": .null,
            "latitude": .null, "longitude": .null, "primary_locale": "en", "address2": .null,
            "created_at": .string(settings.createdAt.text), "updated_at": .string(settings.createdAt.text),
            "country_code": "US", "country_name": "United States", "currency": .string(settings.currency),
            "customer_email": .string(mail), "timezone": "(GMT+00:00) UTC", "iana_timezone": "Etc/UTC",
            "shop_owner": "Robin Carter", "money_format": "${{amount}}",
            "money_with_currency_format": .string("${{amount}} \(settings.currency)"), "weight_unit": "kg",
            "province_code": "OR", "taxes_included": false,
        ]
        members.merge(self.shopRest) { first, _ in first }
        return .object(members)
    }

    private var shopRest: JSONValue.JSONObject {
        let settings = self.state.settings
        return [
            "auto_configure_tax_inclusivity": .null, "tax_shipping": .null, "county_taxes": .null,
            "plan_display_name": "Sandbox", "plan_name": "sandbox", "has_discounts": false, "has_gift_cards": false,
            "myshopify_domain": .string(settings.domain), "google_apps_domain": .null,
            "google_apps_login_enabled": .null, "money_in_emails_format": "${{amount}}",
            "money_with_currency_in_emails_format": .string("${{amount}} \(settings.currency)"),
            "eligible_for_payments": true, "requires_extra_payments_agreement": false, "password_enabled": .null,
            "has_storefront": true, "finances": true,
            "primary_location_id": self.state.index.locationIDs.first.map { .integer($0) } ?? .null,
            "checkout_api_supported": true, "multi_location_enabled": true, "setup_required": false,
            "pre_launch_enabled": false, "enabled_presentment_currencies": [.string(settings.currency)],
            "marketing_sms_consent_enabled_at_checkout": false, "transactional_sms_disabled": false,
        ]
    }
}
