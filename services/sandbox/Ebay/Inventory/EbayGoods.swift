internal import OrderedCollections
internal import SandboxJSON
public import SandboxShop

/// The shelf as eBay has it: an item for each SKU, and its offer on the shop's one marketplace.
///
/// What can be sold and what it costs is the shelf's alone; the rest of items and offers is kept as it was put.
public struct EbayGoods {
    /// The marketplace of shops that name none.
    public static let usualMarketplace = "EBAY_MOTORS_US"
    /// How often a listing can be changed on a day.
    static let revisionsPerDay = 250

    let state: ShopState

    /// The goods of a shop.
    public init(_ state: ShopState) { self.state = state }

    var marketplace: String { self.state.settings.marketplace ?? Self.usualMarketplace }

    // MARK: Items

    /// What has a SKU.
    ///
    /// - Parameter missing: What is answered where there is none.
    func variant(_ sku: String, missing: Int = 25702) throws(EbayRefusal) -> Variant {
        guard let variant = self.state.variant(sku: sku) else { throw EbayRefusal(missing, sku) }
        return variant
    }

    func available(_ variant: Variant) -> Int { max(0, self.state.available(variant)) }

    /// An item as it is shown.
    func item(_ variant: Variant) -> JSONValue {
        let quantity = self.available(variant)
        let kept =
            self.state.value("item", "\(variant.id)")
            ?? [
                "condition": "NEW",
                "product": .members([
                    "title": .text(self.state.products[variant.productID]?.title),
                    "ean": variant.barcode.map { [.string($0)] },
                ]),
            ]
        return kept.setting("sku", to: .string(variant.sku)).setting("locale", to: "en_US").setting(
            "availability",
            to: [
                "shipToLocationAvailability": [
                    "quantity": .number(quantity),
                    "allocationByFormat": ["auction": 0, "fixedPrice": .number(quantity)],
                ]
            ])
    }

    /// Sets what can be sold, on the first location, so that the sum is right.
    func setQuantity(_ quantity: Int, of variant: Variant) {
        guard let level = self.state.levels(of: variant.itemID).first else { return }
        self.state.change(level, "available", by: quantity - self.state.available(variant))
    }

    // MARK: Offers

    /// The offer of an item; `nil` where it has none.
    func offer(of variant: Variant) -> EbayOffer? {
        self.state.value("offer", "\(variant.id)").map { EbayOffer(id: variant.id, sku: variant.sku, value: $0) }
    }

    /// An offer by its id.
    func offer(_ id: String) throws(EbayRefusal) -> (EbayOffer, Variant) {
        guard let number = Int64(id), let variant = self.state.variants[number], let offer = self.offer(of: variant)
        else { throw EbayRefusal(25713, id) }
        return (offer, variant)
    }

    func keep(_ offer: EbayOffer) { self.state.keep(offer.value, "offer", "\(offer.id)") }

    /// An offer as it is shown: its price is the shelf's.
    func shown(_ offer: EbayOffer, _ variant: Variant) -> JSONValue {
        var body = offer.body
        let available = self.available(variant)
        body = body.setting("offerId", to: .string("\(offer.id)")).setting("sku", to: .string(offer.sku))
            .setting("marketplaceId", to: .string(self.marketplace)).setting("format", to: "FIXED_PRICE")
            .setting("availableQuantity", to: .number(available)).setting("status", to: .string(offer.status))
        if let summary = offer.body["pricingSummary"], summary["price"] != nil {
            body = body.setting("pricingSummary", to: summary.setting("price", to: self.price(variant)))
        }
        guard let listingID = offer.listingID else { return body }
        return body.setting(
            "listing",
            to: [
                "listingId": .string(listingID), "listingStatus": available > 0 ? "ACTIVE" : "OUT_OF_STOCK",
                "listingOnHold": false, "soldQuantity": .number(self.sold(variant)),
            ])
    }

    func price(_ variant: Variant) -> JSONValue {
        ["currency": .string(self.state.settings.currency), "value": .string(variant.price.text)]
    }

    private func sold(_ variant: Variant) -> Int {
        self.state.levels(of: variant.itemID).reduce(0) { $0 + $1.committed }
    }

    /// Reads a price, which must be of the shop's currency.
    func readPrice(_ json: JSONValue) throws(EbayRefusal) -> Price {
        guard json["currency"]?.text == self.state.settings.currency else {
            throw EbayRefusal(25003, "the currency must be \(self.state.settings.currency)")
        }
        guard let price = json["value"]?.text.flatMap({ Price(text: $0) }), price > .zero else {
            throw EbayRefusal(25003, "it must be above zero, with at most two decimals")
        }
        return price
    }

    /// Whether the listing of an offer can be changed once more today; where there is no listing, it always can.
    func checkRevisions(_ offer: EbayOffer) throws(EbayRefusal) {
        guard offer.listingID != nil, offer.revisions(on: Self.today) >= Self.revisionsPerDay else { return }
        throw EbayRefusal(25019, "it has been revised \(Self.revisionsPerDay) times today")
    }

    /// Counts a change of an offer's listing.
    func countRevision(of variant: Variant) {
        guard var offer = self.offer(of: variant), offer.listingID != nil else { return }
        offer.revise(on: Self.today)
        self.keep(offer)
    }

    private static var today: Int64 { Moment.now().seconds / 86_400 }

    // MARK: By hand

    /// Offers something on the marketplace, as a seller does by hand.
    public func list(_ variant: Variant) {
        let body: JSONValue = [
            "listingDuration": "GTC", "categoryId": "33563",
            "merchantLocationKey": .text(EbayLocations(state: self.state).keys.first),
            "listingPolicies": ["fulfillmentPolicyId": "1", "paymentPolicyId": "2", "returnPolicyId": "3"],
            "pricingSummary": ["price": self.price(variant)],
        ]
        var offer = EbayOffer(id: variant.id, sku: variant.sku, body: body)
        offer.publish(as: "\(self.state.nextID())")
        self.keep(offer)
    }

    /// Which of some SKUs buyers do not find, since no published offer has them.
    public func unlisted(_ skus: [String]) -> String? {
        skus.first { sku in self.state.variant(sku: sku).map { self.offer(of: $0)?.listingID == nil } ?? false }
    }
}

/// An offer as it is kept.
struct EbayOffer {
    let id: Int64
    let sku: String
    private(set) var value: JSONValue

    init(id: Int64, sku: String, value: JSONValue) {
        self.id = id
        self.sku = sku
        self.value = value
    }

    init(id: Int64, sku: String, body: JSONValue) { self.init(id: id, sku: sku, value: ["body": body]) }

    /// What was put.
    var body: JSONValue {
        get { self.value["body"] ?? [:] }
        set { self.value = self.value.setting("body", to: newValue) }
    }

    /// The listing, where it is published.
    var listingID: String? { self.value["listingId"]?.text }

    var status: String { self.listingID == nil ? "UNPUBLISHED" : "PUBLISHED" }

    mutating func publish(as listingID: String) { self.value = self.value.setting("listingId", to: .string(listingID)) }

    mutating func withdraw() { self.value = ["body": self.body] }

    func revisions(on day: Int64) -> Int {
        self.value["day"]?.integer == day ? self.value["revisions"]?.count ?? 0 : 0
    }

    mutating func revise(on day: Int64) {
        self.value = self.value.setting("revisions", to: .number(self.revisions(on: day) + 1))
            .setting("day", to: .integer(day))
    }
}
