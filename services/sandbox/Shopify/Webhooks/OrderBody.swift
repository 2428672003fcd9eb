internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

/// An order as notifications show it.
struct OrderBody {
    let order: Order
    let state: ShopState

    var json: JSONValue {
        var members = self.head
        for part in [self.amounts, self.people, self.goods] { members.merge(part) { first, _ in first } }
        return .object(members)
    }

    private func bag(_ amount: Price) -> JSONValue {
        let money: JSONValue = ["amount": .string(amount.text), "currency_code": .string(self.order.currency)]
        return ["shop_money": money, "presentment_money": money]
    }

    private var head: JSONValue.JSONObject {
        let order = self.order
        let gone = ["app_id", "browser_ip", "cart_token", "checkout_id", "checkout_token", "client_details"]
        var members: JSONValue.JSONObject = [
            "id": .integer(order.id), "admin_graphql_api_id": .string(Gid.text("Order", order.id)),
        ]
        for name in gone { members[name] = .null }
        let rest: JSONValue.JSONObject = [
            "buyer_accepts_marketing": false, "cancel_reason": .text(order.cancelReason?.lowercased()),
            "cancelled_at": .text(order.cancelledAt?.text), "closed_at": .text(order.closedAt?.text),
            "confirmation_number": .null, "confirmed": true, "contact_email": .string(order.buyer.email),
            "created_at": .string(order.createdAt.text), "currency": .string(order.currency), "customer_locale": "en",
            "device_id": .null, "discount_codes": [], "email": .string(order.buyer.email), "estimated_taxes": false,
            "financial_status": .string(order.financialStatus.lowercased()),
            "fulfillment_status": self.fulfilmentStatus, "landing_site": .null, "landing_site_ref": .null,
            "location_id": .null, "merchant_of_record_app_id": .null, "name": .string(order.name),
            "note": .text(order.note), "note_attributes": [], "number": .number(order.number - 1_000),
            "order_number": .number(order.number),
            "order_status_url": .string("https://\(self.state.settings.domain)/orders/\(order.id)"),
            "payment_gateway_names": ["bogus"], "phone": .text(order.buyer.phone), "po_number": .null,
            "presentment_currency": .string(order.currency), "processed_at": .string(order.createdAt.text),
            "reference": .null, "referring_site": .null, "source_identifier": .null, "source_name": "web",
            "source_url": .null, "tags": "", "tax_exempt": false, "tax_lines": [], "taxes_included": false,
            "test": true,
            "token": .string("order-\(order.id)"), "updated_at": .string(order.updatedAt.text), "user_id": .null,
        ]
        return members.merging(rest) { first, _ in first }
    }

    private var fulfilmentStatus: JSONValue {
        switch self.order.fulfilmentStatus {
        case "FULFILLED": "fulfilled"
        case "PARTIALLY_FULFILLED": "partial"
        default: .null
        }
    }

    private var amounts: JSONValue.JSONObject {
        let order = self.order
        let current = order.lines.reduce(Price.zero) { $0 + $1.price * $1.current }
        let sums: [(String, Price)] = [
            ("current_subtotal_price", current), ("current_total_price", current + order.shipping),
            ("current_total_discounts", .zero), ("current_total_tax", .zero), ("subtotal_price", order.subtotal),
            ("total_discounts", .zero), ("total_line_items_price", order.subtotal), ("total_price", order.total),
            ("total_tax", .zero),
        ]
        var members: JSONValue.JSONObject = [:]
        for (name, amount) in sums {
            members[name] = .string(amount.text)
            members["\(name)_set"] = self.bag(amount)
        }
        for name in [
            "current_total_additional_fees_set", "current_total_duties_set", "original_total_additional_fees_set",
            "original_total_duties_set",
        ] { members[name] = .null }
        members["total_outstanding"] = "0.00"
        members["total_shipping_price_set"] = self.bag(order.shipping)
        members["total_tip_received"] = "0.00"
        members["total_weight"] = 0
        return members
    }

    private var people: JSONValue.JSONObject {
        let buyer = self.order.buyer
        let address: JSONValue = [
            "first_name": .string(buyer.firstName), "address1": .string(buyer.address1), "phone": .text(buyer.phone),
            "city": .string(buyer.city), "zip": .string(buyer.zip), "province": .text(buyer.provinceCode),
            "country": .string(buyer.countryCode), "last_name": .string(buyer.lastName),
            "address2": .text(buyer.address2), "company": .null, "latitude": .null, "longitude": .null,
            "name": .string(buyer.name), "country_code": .string(buyer.countryCode),
            "province_code": .text(buyer.provinceCode),
        ]
        var home = address.object ?? [:]
        home["id"] = .integer(self.order.id)
        home["customer_id"] = .integer(self.order.id)
        home["country_name"] = .string(buyer.countryCode)
        home["default"] = true
        let customer: JSONValue = [
            "id": .integer(self.order.id), "email": .string(buyer.email),
            "created_at": .string(self.order.createdAt.text), "updated_at": .string(self.order.createdAt.text),
            "first_name": .string(buyer.firstName), "last_name": .string(buyer.lastName), "state": "disabled",
            "note": .null, "verified_email": true, "multipass_identifier": .null, "tax_exempt": false,
            "phone": .text(buyer.phone), "email_marketing_consent": .null, "sms_marketing_consent": .null, "tags": "",
            "currency": .string(self.order.currency), "tax_exemptions": [],
            "admin_graphql_api_id": .string(Gid.text("Customer", self.order.id)), "default_address": .object(home),
        ]
        return ["billing_address": address, "shipping_address": address, "customer": customer]
    }

    private var goods: JSONValue.JSONObject {
        [
            "discount_applications": [], "fulfillments": .array(self.order.fulfilments.map { self.fulfilment($0) }),
            "line_items": .array(self.order.lines.map { self.line($0) }), "payment_terms": .null,
            "refunds": .array(self.order.refunds.map { self.refund($0) }),
            "shipping_lines": [
                [
                    "id": .integer(self.order.id), "carrier_identifier": .null, "code": "Standard",
                    "discounted_price": .string(self.order.shipping.text),
                    "discounted_price_set": self.bag(self.order.shipping), "is_removed": false, "phone": .null,
                    "price": .string(self.order.shipping.text), "price_set": self.bag(self.order.shipping),
                    "requested_fulfillment_service_id": .null, "source": "shopify", "title": "Standard",
                    "tax_lines": [],
                    "discount_allocations": [],
                ]
            ],
        ]
    }

    private func line(_ line: Order.Line) -> JSONValue {
        [
            "id": .integer(line.id), "admin_graphql_api_id": .string(Gid.text("LineItem", line.id)),
            "attributed_staffs": [], "current_quantity": .number(line.current),
            "fulfillable_quantity": .number(line.fulfillable), "fulfillment_service": "manual",
            "fulfillment_status": line.fulfilled == 0
                ? .null : .string(line.fulfillable == 0 ? "fulfilled" : "partial"),
            "gift_card": false, "grams": 0, "name": .string(line.title), "price": .string(line.price.text),
            "price_set": self.bag(line.price), "product_exists": true, "product_id": .integer(line.productID),
            "properties": [], "quantity": .number(line.quantity), "requires_shipping": true,
            "sku": .string(line.sku), "taxable": true, "title": .string(line.title), "total_discount": "0.00",
            "total_discount_set": self.bag(.zero), "variant_id": .integer(line.variantID),
            "variant_inventory_management": "shopify",
            "variant_title": line.variantTitle == "Default Title" ? .null : .string(line.variantTitle),
            "vendor": .text(self.state.products[line.productID]?.vendor), "tax_lines": [], "duties": [],
            "discount_allocations": [],
        ]
    }

    private func fulfilment(_ fulfilment: Order.Fulfilment) -> JSONValue {
        let numbers = fulfilment.tracking.compactMap(\.number)
        let urls = fulfilment.tracking.compactMap(\.url)
        let lines = fulfilment.lines.compactMap { sent in self.order.lines.first { $0.id == sent.lineID } }
        return [
            "id": .integer(fulfilment.id), "admin_graphql_api_id": .string(Gid.text("Fulfillment", fulfilment.id)),
            "created_at": .string(fulfilment.createdAt.text), "location_id": .integer(fulfilment.locationID),
            "name": .string(fulfilment.name), "order_id": .integer(self.order.id), "origin_address": [:],
            "receipt": [:], "service": "manual", "shipment_status": .null,
            "status": .string(fulfilment.status.lowercased()),
            "tracking_company": .text(fulfilment.tracking.first?.company),
            "tracking_number": .text(numbers.first), "tracking_numbers": .texts(numbers),
            "tracking_url": .text(urls.first), "tracking_urls": .texts(urls),
            "updated_at": .string(fulfilment.updatedAt.text), "line_items": .array(lines.map { self.line($0) }),
        ]
    }

    private func refund(_ refund: Order.Refund) -> JSONValue {
        [
            "id": .integer(refund.id), "admin_graphql_api_id": .string(Gid.text("Refund", refund.id)),
            "created_at": .string(refund.createdAt.text), "note": .text(refund.note),
            "order_id": .integer(self.order.id), "processed_at": .string(refund.createdAt.text),
            "refund_line_items": .array(
                refund.lines.map {
                    [
                        "id": .integer($0.id), "line_item_id": .integer($0.lineID), "quantity": .number($0.quantity),
                        "restock_type": .string($0.restockType.lowercased()), "subtotal": .string($0.subtotal.text),
                    ]
                }),
            "transactions": .array(
                self.order.transactions.filter { refund.transactionIDs.contains($0.id) }.map {
                    [
                        "id": .integer($0.id), "amount": .string($0.amount.text), "kind": "refund",
                        "gateway": .string($0.gateway), "status": "success",
                    ]
                }),
        ]
    }
}
