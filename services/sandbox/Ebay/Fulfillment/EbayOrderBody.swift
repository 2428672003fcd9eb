internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

/// An order as eBay shows it.
struct EbayOrderBody {
    /// For how long a refund is on its way, in milliseconds.
    static let refundMilliseconds = 300

    let order: Order
    let state: ShopState
    let base: String

    private var id: String { EbayOrderID.text(self.order, self.state.settings) }

    var json: JSONValue { self.json(hasCancelRequests: true) }

    func json(hasCancelRequests: Bool) -> JSONValue {
        let order = self.order
        return .members([
            "orderId": .string(self.id), "creationDate": .string(EbayTime.text(order.createdAt)),
            "lastModifiedDate": .string(EbayTime.text(order.updatedAt)),
            "orderFulfillmentStatus": .string(Self.status(order)), "orderPaymentStatus": .string(self.paymentStatus),
            "sellerId": .string(self.state.settings.name), "buyer": self.buyer,
            "buyerCheckoutNotes": order.note.map { .string($0) }, "pricingSummary": self.pricing,
            "cancelStatus": self.cancelStatus(hasRequests: hasCancelRequests), "paymentSummary": self.payments,
            "fulfillmentStartInstructions": [
                [
                    "fulfillmentInstructionsType": "SHIP_TO", "ebaySupportedFulfillment": false,
                    "shippingStep": [
                        "shipTo": self.contact, "shippingCarrierCode": "USPS", "shippingServiceCode": "USPSPriority",
                    ],
                ]
            ],
            "fulfillmentHrefs": .array(
                order.fulfilments.map { .string(Shipments.address(of: $0, self.id, self.base)) }),
            "lineItems": .array(order.lines.map { self.line($0) }), "ebayCollectAndRemitTax": false,
            "salesRecordReference": .string("\(order.number)"), "totalFeeBasisAmount": self.amount(order.total),
            "totalMarketplaceFee": self.amount(.zero),
        ])
    }

    /// `NOT_STARTED`, `IN_PROGRESS` or `FULFILLED`.
    static func status(_ order: Order) -> String {
        switch order.fulfilmentStatus {
        case "FULFILLED": "FULFILLED"
        case "PARTIALLY_FULFILLED": "IN_PROGRESS"
        default: "NOT_STARTED"
        }
    }

    private var paymentStatus: String {
        let (refunded, total) = (self.order.refunded, self.order.total)
        if refunded == .zero { return "PAID" }
        return refunded >= total ? "FULLY_REFUNDED" : "PARTIALLY_REFUNDED"
    }

    func amount(_ price: Price) -> JSONValue {
        ["value": .string(price.text), "currency": .string(self.order.currency)]
    }

    private var pricing: JSONValue {
        [
            "priceSubtotal": self.amount(self.order.subtotal), "deliveryCost": self.amount(self.order.shipping),
            "total": self.amount(self.order.total),
        ]
    }

    private func cancelStatus(hasRequests: Bool) -> JSONValue {
        guard let cancelledAt = self.order.cancelledAt else {
            return ["cancelState": "NONE_REQUESTED", "cancelRequests": []]
        }
        let isBuyers = self.order.cancelReason == "CUSTOMER"
        return [
            "cancelState": "CANCELED", "cancelledDate": .string(EbayTime.text(cancelledAt)),
            "cancelRequests": hasRequests
                ? [
                    [
                        "cancelRequestId": .string("\(self.order.id)"),
                        "cancelInitiator": isBuyers ? "Buyer" : "Seller",
                        "cancelReason": .string(isBuyers ? "BUYER_CANCEL" : self.order.cancelReason ?? ""),
                        "cancelRequestedDate": .string(EbayTime.text(cancelledAt)),
                        "cancelCompletedDate": .string(EbayTime.text(cancelledAt)),
                        "cancelRequestState": "COMPLETED",
                    ]
                ] : [],
        ]
    }

    // MARK: People

    private var address: JSONValue {
        let buyer = self.order.buyer
        return .members([
            "addressLine1": .string(buyer.address1), "addressLine2": buyer.address2.map { .string($0) },
            "city": .string(buyer.city), "stateOrProvince": buyer.provinceCode.map { .string($0) },
            "postalCode": .string(buyer.zip), "countryCode": .string(buyer.countryCode),
        ])
    }

    private var contact: JSONValue {
        let buyer = self.order.buyer
        return .members([
            "fullName": .string(buyer.name), "contactAddress": self.address,
            "primaryPhone": buyer.phone.map { ["phoneNumber": .string($0)] }, "email": .string(buyer.email),
        ])
    }

    private var buyer: JSONValue {
        let buyer = self.order.buyer
        return [
            "username": .string(buyer.email.prefix { $0 != "@" }.lowercased()),
            "taxAddress": .members([
                "city": .string(buyer.city), "stateOrProvince": buyer.provinceCode.map { .string($0) },
                "postalCode": .string(buyer.zip), "countryCode": .string(buyer.countryCode),
            ]),
            "buyerRegistrationAddress": self.contact,
        ]
    }

    // MARK: Money

    private var payments: JSONValue {
        let order = self.order
        return [
            "totalDueSeller": self.amount(order.netPayment),
            "payments": [
                [
                    "paymentMethod": "EBAY",
                    "paymentReferenceId": .string("\(order.transactions.first?.id ?? order.id)"),
                    "paymentDate": .string(EbayTime.text(order.createdAt)), "amount": self.amount(order.total),
                    "paymentStatus": "PAID",
                ]
            ],
            "refunds": .array(order.refunds.map { self.refund($0, $0.amount, hasStatus: true) }),
        ]
    }

    private func refund(_ refund: Order.Refund, _ amount: Price, hasStatus: Bool) -> JSONValue {
        .members([
            "refundId": .string("\(refund.id)"), "refundDate": .string(EbayTime.text(refund.createdAt)),
            "amount": self.amount(amount), "refundReferenceId": .string("\(refund.id)"),
            "refundStatus": hasStatus ? .string(Self.status(of: refund)) : nil,
        ])
    }

    /// `PENDING` for a while, and then `REFUNDED`.
    static func status(of refund: Order.Refund) -> String {
        Moment.now() < refund.createdAt + Self.refundMilliseconds ? "PENDING" : "REFUNDED"
    }

    // MARK: Goods

    private func line(_ line: Order.Line) -> JSONValue {
        let cost = line.price * line.quantity
        let offer = self.state.variants[line.variantID].flatMap { EbayGoods(self.state).offer(of: $0) }
        let marketplace = JSONValue.string(EbayGoods(self.state).marketplace)
        let refunds = self.order.refunds.flatMap { refund in
            refund.lines.filter { $0.lineID == line.id }.map { self.refund(refund, $0.subtotal, hasStatus: false) }
        }
        return [
            "lineItemId": .string("\(line.id)"), "legacyItemId": .string(offer?.listingID ?? "\(line.productID)"),
            "sku": .string(line.sku), "title": .string(line.title), "lineItemCost": self.amount(cost),
            "quantity": .number(line.quantity), "soldFormat": "FIXED_PRICE", "listingMarketplaceId": marketplace,
            "purchaseMarketplaceId": marketplace,
            "lineItemFulfillmentStatus": line.fulfilled == 0
                ? "NOT_STARTED" : line.fulfillable > 0 ? "IN_PROGRESS" : "FULFILLED",
            "total": self.amount(cost), "deliveryCost": ["shippingCost": self.amount(.zero)],
            "appliedPromotions": [], "taxes": [], "properties": ["buyerProtection": true],
            "refunds": .array(refunds),
            "lineItemFulfillmentInstructions": [
                "shipByDate": .string(EbayTime.text(self.order.createdAt + 3 * 86_400_000)),
                "guaranteedDelivery": false,
            ],
        ]
    }
}
