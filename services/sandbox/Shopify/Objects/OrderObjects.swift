internal import FoundationEssentials
internal import SandboxGraphQL
internal import SandboxJSON
internal import SandboxShop

struct OrderObject: GraphQLObject {
    let view: ShopView
    let order: Order

    var typeName: String { "Order" }
    private var gid: String { Gid.text("Order", self.order.id) }

    func value(of field: String, _ arguments: GraphQLArguments) throws(GraphQLError) -> GraphQLResult {
        switch field {
        case "lineItems":
            .object(
                try Page(arguments).connection(
                    "LineItem", self.order.lines.map { LineObject(view: self.view, line: $0) }))
        case "shippingLines":
            .object(
                try Page(arguments).connection(
                    "ShippingLine",
                    self.order.shipping == .zero ? [] : [ShippingObject(view: self.view, order: self.order)]))
        case "fulfillmentOrders":
            .object(
                try Page(arguments).connection(
                    "FulfillmentOrder",
                    self.order.fulfilmentOrders.map {
                        FulfilmentOrderObject(view: self.view, order: self.order, part: $0)
                    }))
        case "fulfillments":
            .objects(
                self.first(
                    self.order.fulfilments.map {
                        FulfilmentObject(view: self.view, order: self.order, fulfilment: $0)
                    }, arguments))
        case "refunds":
            .objects(
                self.first(
                    self.order.refunds.map { RefundObject(view: self.view, order: self.order, refund: $0) }, arguments))
        case "transactions":
            .objects(
                self.first(
                    self.order.transactions.map {
                        TransactionObject(view: self.view, order: self.order, transaction: $0)
                    }, arguments))
        case "metafield": self.view.metafield(of: self.gid, arguments)
        case "metafields": try self.view.metafields(of: self.gid, arguments)
        default: self.plain(field)
        }
    }

    private func first(_ objects: [any GraphQLObject], _ arguments: GraphQLArguments) -> [any GraphQLObject] {
        Array(objects.prefix(arguments["first"]?.integer.map { max(0, Int($0)) } ?? objects.count))
    }

    private func plain(_ field: String) -> GraphQLResult {
        switch field {
        case "id": .text(self.gid)
        case "legacyResourceId": .text(String(self.order.id))
        case "name": .text(self.order.name)
        case "number": .number(self.order.number)
        case "email": .text(self.order.buyer.email)
        case "phone": .text(self.order.buyer.phone)
        case "note": .text(self.order.note)
        case "tags": .leaf([])
        // This shop takes no tips, duties or other fees.
        case "additionalFees": .objects([])
        case "test": .bool(true)
        case "confirmed", "requiresShipping": .bool(true)
        case "taxesIncluded", "unpaid": .bool(false)
        case "closed": .bool(self.order.closedAt != nil)
        case "closedAt": .text(self.order.closedAt?.text)
        case "cancelledAt": .text(self.order.cancelledAt?.text)
        case "cancelReason": .text(self.order.cancelReason)
        case "createdAt", "processedAt": .text(self.order.createdAt.text)
        case "updatedAt": .text(self.order.updatedAt.text)
        case "currencyCode", "presentmentCurrencyCode": .text(self.order.currency)
        case "displayFinancialStatus": .text(self.order.financialStatus)
        case "displayFulfillmentStatus": .text(self.order.fulfilmentStatus)
        case "sourceName": .text("web")
        case "paymentGatewayNames": .leaf(["bogus"])
        case "billingAddress", "shippingAddress": .object(AddressObject(order: self.order))
        default: self.amount(field)
        }
    }

    private func amount(_ field: String) -> GraphQLResult {
        switch field {
        case "subtotalPriceSet": self.view.money(self.order.subtotal)
        case "totalPriceSet", "totalReceivedSet": self.view.money(self.order.total)
        case "totalTaxSet", "totalDiscountsSet", "totalTipReceivedSet": self.view.money(.zero)
        case "totalShippingPriceSet": self.view.money(self.order.shipping)
        case "totalRefundedSet": self.view.money(self.order.refunded)
        case "netPaymentSet": self.view.money(self.order.netPayment)
        case "currentTotalPriceSet":
            self.view.money(
                self.order.lines.reduce(self.order.shipping) { $0 + $1.price * $1.current })
        case "currentSubtotalLineItemsQuantity": .number(self.order.lines.reduce(0) { $0 + $1.current })
        case "subtotalLineItemsQuantity": .number(self.order.lines.reduce(0) { $0 + $1.quantity })
        default: .null
        }
    }
}

private struct AddressObject: GraphQLObject {
    let order: Order

    var typeName: String { "MailingAddress" }

    func value(of field: String, _ arguments: GraphQLArguments) -> GraphQLResult {
        let buyer = self.order.buyer
        return switch field {
        case "id": .text(Gid.text("MailingAddress", self.order.id))
        case "firstName": .text(buyer.firstName)
        case "lastName": .text(buyer.lastName)
        case "name": .text(buyer.name)
        case "address1": .text(buyer.address1)
        case "address2": .text(buyer.address2)
        case "city": .text(buyer.city)
        case "zip": .text(buyer.zip)
        case "province", "provinceCode": .text(buyer.provinceCode)
        case "country", "countryCodeV2": .text(buyer.countryCode)
        case "phone": .text(buyer.phone)
        default: .null
        }
    }
}

/// What the buyer pays for shipping.
private struct ShippingObject: GraphQLObject {
    let view: ShopView
    let order: Order

    var typeName: String { "ShippingLine" }

    func value(of field: String, _ arguments: GraphQLArguments) -> GraphQLResult {
        switch field {
        case "id": .text(Gid.text("ShippingLine", self.order.id))
        case "title": .text("Standard")
        case "code": .text("standard")
        case "isRemoved": .bool(false)
        case "originalPriceSet", "discountedPriceSet": self.view.money(self.order.shipping)
        case "discountAllocations", "taxLines": .objects([])
        default: .null
        }
    }
}

struct LineObject: GraphQLObject {
    let view: ShopView
    let line: Order.Line

    var typeName: String { "LineItem" }

    func value(of field: String, _ arguments: GraphQLArguments) -> GraphQLResult {
        switch field {
        case "id": .text(Gid.text("LineItem", self.line.id))
        case "name", "title": .text(self.line.title)
        case "variantTitle": .text(self.line.variantTitle == "Default Title" ? nil : self.line.variantTitle)
        case "sku": .text(self.line.sku)
        case "vendor": .text(self.view.state.products[self.line.productID]?.vendor)
        case "quantity": .number(self.line.quantity)
        case "currentQuantity", "refundableQuantity": .number(self.line.current)
        case "fulfillableQuantity", "unfulfilledQuantity": .number(self.line.fulfillable)
        case "nonFulfillableQuantity": .number(0)
        case "requiresShipping", "taxable", "restockable": .bool(true)
        case "originalUnitPriceSet", "discountedUnitPriceSet": self.view.money(self.line.price)
        case "originalTotalSet", "discountedTotalSet": self.view.money(self.line.price * self.line.quantity)
        case "totalDiscountSet": self.view.money(.zero)
        case "discountAllocations", "taxLines", "duties": .objects([])
        case "product":
            .optional(
                self.view.state.products[self.line.productID].map { ProductObject(view: self.view, product: $0) })
        case "variant":
            .optional(
                self.view.state.variants[self.line.variantID].map { VariantObject(view: self.view, variant: $0) })
        default: .null
        }
    }
}

struct FulfilmentOrderObject: GraphQLObject {
    let view: ShopView
    let order: Order
    let part: Order.FulfilmentOrder

    var typeName: String { "FulfillmentOrder" }

    func value(of field: String, _ arguments: GraphQLArguments) throws(GraphQLError) -> GraphQLResult {
        switch field {
        case "id": .text(Gid.text("FulfillmentOrder", self.part.id))
        case "status": .text(self.part.status)
        case "requestStatus": .text("UNSUBMITTED")
        case "order": .object(OrderObject(view: self.view, order: self.order))
        case "orderId": .text(Gid.text("Order", self.order.id))
        case "orderName": .text(self.order.name)
        case "assignedLocation": self.location
        case "supportedActions": self.actions
        case "lineItems":
            .object(
                try Page(arguments).connection(
                    "FulfillmentOrderLineItem",
                    self.part.lines.map { FulfilmentOrderLineObject(view: self.view, order: self.order, line: $0) }))
        case "fulfillments":
            .object(
                try Page(arguments).connection(
                    "Fulfillment",
                    self.order.fulfilments.filter { $0.fulfilmentOrderIDs.contains(self.part.id) }.map {
                        FulfilmentObject(view: self.view, order: self.order, fulfilment: $0)
                    }))
        case "createdAt": .text(self.part.createdAt.text)
        case "updatedAt": .text(self.part.updatedAt.text)
        default: .null
        }
    }

    private var location: GraphQLResult {
        let name = self.view.state.locations[self.part.locationID]?.name
        return .object(
            StoredObject(
                view: self.view, typeName: "FulfillmentOrderAssignedLocation",
                members: [
                    "name": .text(name ?? ""), "countryCode": "US",
                    "location": StoredObject.reference("Location", self.part.locationID),
                ]))
    }

    private var actions: GraphQLResult {
        let names = self.part.status == "OPEN" || self.part.status == "IN_PROGRESS" ? ["CREATE_FULFILLMENT"] : []
        return .objects(
            names.map {
                StoredObject(
                    view: self.view, typeName: "FulfillmentOrderSupportedAction", members: ["action": .string($0)])
            })
    }
}

private struct FulfilmentOrderLineObject: GraphQLObject {
    let view: ShopView
    let order: Order
    let line: Order.FulfilmentOrder.Line

    var typeName: String { "FulfillmentOrderLineItem" }

    func value(of field: String, _ arguments: GraphQLArguments) -> GraphQLResult {
        let bought = self.order.lines.first { $0.id == self.line.lineID }
        return switch field {
        case "id": .text(Gid.text("FulfillmentOrderLineItem", self.line.id))
        case "totalQuantity": .number(self.line.total)
        case "remainingQuantity": .number(self.line.remaining)
        case "requiresShipping": .bool(true)
        case "lineItem": .optional(bought.map { LineObject(view: self.view, line: $0) })
        case "inventoryItemId":
            .text(
                bought.flatMap { self.view.state.variants[$0.variantID] }.map {
                    Gid.text("InventoryItem", $0.itemID)
                })
        case "productTitle": .text(bought?.title ?? "")
        case "variantTitle": .text(bought?.variantTitle)
        case "sku": .text(bought?.sku)
        case "vendor": .text(bought.flatMap { self.view.state.products[$0.productID]?.vendor })
        case "variant":
            .optional(
                bought.flatMap { self.view.state.variants[$0.variantID] }.map {
                    VariantObject(view: self.view, variant: $0)
                })
        default: .null
        }
    }
}

struct FulfilmentObject: GraphQLObject {
    let view: ShopView
    let order: Order
    let fulfilment: Order.Fulfilment

    var typeName: String { "Fulfillment" }

    func value(of field: String, _ arguments: GraphQLArguments) throws(GraphQLError) -> GraphQLResult {
        switch field {
        case "id": .text(Gid.text("Fulfillment", self.fulfilment.id))
        case "legacyResourceId": .text(String(self.fulfilment.id))
        case "name": .text(self.fulfilment.name)
        case "status": .text(self.fulfilment.status)
        case "displayStatus": .text(self.fulfilment.status == "CANCELLED" ? "CANCELED" : "FULFILLED")
        case "totalQuantity": .number(self.fulfilment.lines.reduce(0) { $0 + $1.quantity })
        case "requiresShipping": .bool(true)
        case "trackingInfo": self.tracking(arguments)
        case "location":
            .optional(
                self.view.state.locations[self.fulfilment.locationID].map {
                    LocationObject(view: self.view, location: $0)
                })
        case "order": .object(OrderObject(view: self.view, order: self.order))
        case "fulfillmentLineItems": try self.lines(arguments)
        case "fulfillmentOrders":
            .object(
                try Page(arguments).connection(
                    "FulfillmentOrder",
                    self.order.fulfilmentOrders.filter { self.fulfilment.fulfilmentOrderIDs.contains($0.id) }.map {
                        FulfilmentOrderObject(view: self.view, order: self.order, part: $0)
                    }))
        case "createdAt": .text(self.fulfilment.createdAt.text)
        case "updatedAt": .text(self.fulfilment.updatedAt.text)
        default: .null
        }
    }

    private func tracking(_ arguments: GraphQLArguments) -> GraphQLResult {
        let count = arguments["first"]?.integer.map { max(0, Int($0)) } ?? self.fulfilment.tracking.count
        return .objects(
            self.fulfilment.tracking.prefix(count).map { tracking in
                StoredObject(
                    view: self.view, typeName: "FulfillmentTrackingInfo",
                    members: [
                        "number": .text(tracking.number), "url": .text(tracking.url),
                        "company": .text(tracking.company),
                    ])
            })
    }

    private func lines(_ arguments: GraphQLArguments) throws(GraphQLError) -> GraphQLResult {
        .object(
            try Page(arguments).connection(
                "FulfillmentLineItem",
                self.fulfilment.lines.map { FulfilmentLineObject(view: self.view, order: self.order, line: $0) }))
    }
}

private struct FulfilmentLineObject: GraphQLObject {
    let view: ShopView
    let order: Order
    let line: Order.Fulfilment.Line

    var typeName: String { "FulfillmentLineItem" }

    func value(of field: String, _ arguments: GraphQLArguments) -> GraphQLResult {
        let bought = self.order.lines.first { $0.id == self.line.lineID }
        return switch field {
        case "id": .text(Gid.text("FulfillmentLineItem", self.line.id))
        case "quantity": .number(self.line.quantity)
        case "lineItem": .optional(bought.map { LineObject(view: self.view, line: $0) })
        default: self.view.money((bought?.price ?? .zero) * self.line.quantity)
        }
    }
}

struct RefundObject: GraphQLObject {
    let view: ShopView
    let order: Order
    let refund: Order.Refund

    var typeName: String { "Refund" }

    func value(of field: String, _ arguments: GraphQLArguments) throws(GraphQLError) -> GraphQLResult {
        switch field {
        case "id": .text(Gid.text("Refund", self.refund.id))
        case "legacyResourceId": .text(String(self.refund.id))
        case "note": .text(self.refund.note)
        case "order": .object(OrderObject(view: self.view, order: self.order))
        case "totalRefundedSet": self.view.money(self.refund.amount)
        case "refundLineItems":
            .object(
                try Page(arguments).connection(
                    "RefundLineItem",
                    self.refund.lines.map { RefundLineObject(view: self.view, order: self.order, line: $0) }))
        case "transactions":
            .object(
                try Page(arguments).connection(
                    "OrderTransaction",
                    self.order.transactions.filter { self.refund.transactionIDs.contains($0.id) }.map {
                        TransactionObject(view: self.view, order: self.order, transaction: $0)
                    }))
        default: .text(self.refund.createdAt.text)
        }
    }
}

private struct RefundLineObject: GraphQLObject {
    let view: ShopView
    let order: Order
    let line: Order.Refund.Line

    var typeName: String { "RefundLineItem" }

    func value(of field: String, _ arguments: GraphQLArguments) -> GraphQLResult {
        let bought = self.order.lines.first { $0.id == self.line.lineID }
        return switch field {
        case "id": .text(Gid.text("RefundLineItem", self.line.id))
        case "lineItem": .optional(bought.map { LineObject(view: self.view, line: $0) })
        case "location":
            .optional(
                self.line.locationID.flatMap { self.view.state.locations[$0] }.map {
                    LocationObject(view: self.view, location: $0)
                })
        case "quantity": .number(self.line.quantity)
        case "restockType": .text(self.line.restockType)
        case "restocked": .bool(self.line.restockType != "NO_RESTOCK")
        case "priceSet": self.view.money(bought?.price ?? .zero)
        case "subtotalSet": self.view.money(self.line.subtotal)
        default: self.view.money(.zero)
        }
    }
}

struct TransactionObject: GraphQLObject {
    let view: ShopView
    let order: Order
    let transaction: Order.Transaction

    var typeName: String { "OrderTransaction" }

    func value(of field: String, _ arguments: GraphQLArguments) -> GraphQLResult {
        switch field {
        case "id": .text(Gid.text("OrderTransaction", self.transaction.id))
        case "kind": .text(self.transaction.kind)
        case "status": .text("SUCCESS")
        case "gateway": .text(self.transaction.gateway)
        case "formattedGateway": .text(self.transaction.gateway.capitalized)
        case "test": .bool(true)
        case "amountSet": self.view.money(self.transaction.amount)
        case "order": .object(OrderObject(view: self.view, order: self.order))
        case "parentTransaction":
            .optional(
                self.order.transactions.first { $0.id == self.transaction.parentID }.map {
                    TransactionObject(view: self.view, order: self.order, transaction: $0)
                })
        default: .text(self.transaction.createdAt.text)
        }
    }
}
