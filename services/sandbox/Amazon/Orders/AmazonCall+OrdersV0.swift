internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

extension AmazonCall {
    private static let itemsOfPage = 20

    /// `getOrders` of v0: the ones that changed longest ago first.
    func ordersV0() throws(AmazonRefusal) -> AmazonAnswer {
        guard self.query.list("MarketplaceIds") == [self.account.marketplaceID] else {
            throw .invalid("MarketplaceIds must be \(self.account.marketplaceID), where the seller sells.")
        }
        try self.checkQuery(Set(OrderSearch.Names.v0.all + ["MarketplaceIds"]), needsMarketplace: false)
        let search = try OrderSearch(self, .v0)
        let page = try self.orders(search, .v0)
        var body: JSONValue.JSONObject = ["Orders": .array(page.orders.map { self.viewV0($0).json })]
        if let next = page.next { body["NextToken"] = .string(next) }
        body[search.isByCreation ? "CreatedBefore" : "LastUpdatedBefore"] = .string(page.end.text)
        return AmazonAnswer(body: ["payload": .object(body)])
    }

    /// `getOrder` of v0.
    func orderV0() throws(AmazonRefusal) -> AmazonAnswer {
        try self.checkQuery([], needsMarketplace: false)
        return AmazonAnswer(body: ["payload": self.viewV0(try self.knownOrder()).json])
    }

    /// `getOrderItems` of v0.
    func orderItemsV0() throws(AmazonRefusal) -> AmazonAnswer {
        try self.checkQuery(["NextToken"], needsMarketplace: false)
        let order = try self.knownOrder()
        var start = 0
        if let token = self.query.text("NextToken") {
            let parts = token.split(separator: ".")
            guard parts.count == 2, parts[0] == "\(order.id)", let number = Int(parts[1]),
                (1..<max(2, order.lines.count)).contains(number)
            else { throw .invalid("The NextToken is none of this order.") }
            start = number
        }
        let lines = order.lines.dropFirst(start).prefix(Self.itemsOfPage)
        var body: JSONValue.JSONObject = [
            "AmazonOrderId": .string(AmazonOrderID.text(order.id)),
            "OrderItems": .array(lines.map { self.viewV0(order).json(of: $0) }),
        ]
        if lines.endIndex < order.lines.endIndex { body["NextToken"] = .string("\(order.id).\(lines.endIndex)") }
        return AmazonAnswer(body: ["payload": .object(body)])
    }

    private func viewV0(_ order: Order) -> OrderViewV0 {
        OrderViewV0(order: order, account: self.account, elements: self.restrictedElements)
    }
}

/// An order as Orders v0 tells it.
struct OrderViewV0 {
    static let statuses = [
        "PendingAvailability", "Pending", "Unshipped", "PartiallyShipped", "Shipped", "InvoiceUnconfirmed", "Canceled",
        "Unfulfillable",
    ]

    let order: Order
    let account: AmazonAccount
    /// What of the buyer's data may be told.
    let elements: Set<String>

    static func status(of order: Order) -> String {
        switch OrderView.status(of: order) {
        case "CANCELLED": "Canceled"
        case "SHIPPED": "Shipped"
        case "PARTIALLY_SHIPPED": "PartiallyShipped"
        default: "Unshipped"
        }
    }

    var json: JSONValue {
        let status = Self.status(of: self.order)
        var members: JSONValue.JSONObject = [
            "AmazonOrderId": .string(AmazonOrderID.text(self.order.id)),
            "PurchaseDate": .string(self.order.createdAt.text), "LastUpdateDate": .string(self.order.updatedAt.text),
            "OrderStatus": .string(status), "FulfillmentChannel": "MFN", "SalesChannel": "Amazon.com",
            "NumberOfItemsShipped": .number(self.order.lines.reduce(0) { $0 + $1.fulfilled }),
            "NumberOfItemsUnshipped": .number(self.order.lines.reduce(0) { $0 + $1.fulfillable }),
            "PaymentMethod": "Other", "MarketplaceId": .string(self.account.marketplaceID),
            "OrderType": "StandardOrder", "IsBusinessOrder": false, "IsPrime": false, "IsPremiumOrder": false,
        ]
        if status != "Canceled" { members["OrderTotal"] = self.money(self.order.total) }
        if self.elements.contains("buyerInfo") {
            members["BuyerInfo"] = [
                "BuyerEmail": .string(self.order.buyer.email), "BuyerName": .string(self.order.buyer.name),
            ]
        }
        if self.elements.contains("shippingAddress") { members["ShippingAddress"] = self.address }
        return .object(members)
    }

    /// Of a line, what is left of it: units that are neither sent nor to be sent are not ordered any more.
    func json(of line: Order.Line) -> JSONValue {
        let quantity = line.fulfilled + line.fulfillable
        var members: JSONValue.JSONObject = [
            "ASIN": .string(AmazonAccount.asin(ofVariant: line.variantID)), "SellerSKU": .string(line.sku),
            "OrderItemId": .string(String(line.id)), "Title": .string(line.title),
            "QuantityOrdered": .number(quantity), "QuantityShipped": .number(line.fulfilled),
            "ProductInfo": ["NumberOfItems": "1"], "IsGift": "false", "ConditionId": "New", "ConditionSubtypeId": "New",
        ]
        if quantity > 0 {
            members["ItemPrice"] = self.money(line.price * quantity)
            members["ItemTax"] = self.money(.zero)
            members["PromotionDiscount"] = self.money(.zero)
        }
        return .object(members)
    }

    private func money(_ price: Price) -> JSONValue {
        ["CurrencyCode": .string(self.order.currency), "Amount": .string(price.text)]
    }

    private var address: JSONValue {
        let buyer = self.order.buyer
        var members: JSONValue.JSONObject = ["Name": .string(buyer.name), "AddressLine1": .string(buyer.address1)]
        if let line = buyer.address2 { members["AddressLine2"] = .string(line) }
        members["City"] = .string(buyer.city)
        if let region = buyer.provinceCode { members["StateOrRegion"] = .string(region) }
        members["PostalCode"] = .string(buyer.zip)
        members["CountryCode"] = .string(buyer.countryCode)
        if let phone = buyer.phone { members["Phone"] = .string(phone) }
        members["AddressType"] = "Residential"
        return .object(members)
    }
}
