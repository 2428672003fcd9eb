internal import Foundation
internal import OrderedCollections
internal import SandboxEbay
internal import SandboxJSON
internal import SandboxShop

/// Members of a body, each of which must be known and of its type.
struct InputObject {
    private let members: JSONValue.JSONObject
    private let place: String

    init(_ value: JSONValue, _ place: String, known: Set<String>) throws(ControlRefusal) {
        guard case .object(let members) = value else { throw .invalid("\(place) must be a JSON object") }
        if let stranger = members.keys.first(where: { !known.contains($0) }) {
            throw .invalid("\(place) has no \(stranger); it has \(known.sorted().joined(separator: ", "))")
        }
        self.members = members
        self.place = place
    }

    private func member(_ name: String) -> JSONValue? { self.members[name].flatMap { $0.isNull ? nil : $0 } }

    func text(_ name: String) throws(ControlRefusal) -> String? {
        guard let value = self.member(name) else { return nil }
        guard let text = value.text, !text.isEmpty, text.utf8.count <= 1_000 else {
            throw .invalid("\(self.place)'s \(name) must be a text of 1 to 1,000 bytes")
        }
        return text
    }

    func number(_ name: String, in range: ClosedRange<Int>) throws(ControlRefusal) -> Int? {
        guard let value = self.member(name) else { return nil }
        guard let number = value.integer.flatMap({ Int(exactly: $0) }), range.contains(number) else {
            throw .invalid(
                "\(self.place)'s \(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func bool(_ name: String) throws(ControlRefusal) -> Bool? {
        guard let value = self.member(name) else { return nil }
        guard let bool = value.bool else { throw .invalid("\(self.place)'s \(name) must be true or false") }
        return bool
    }

    func rate(_ name: String) throws(ControlRefusal) -> Double? {
        guard let value = self.member(name) else { return nil }
        let rate: Double? =
            switch value {
            case .integer(let number): Double(number)
            case .decimal(let text): Double(text)
            default: nil
            }
        guard let rate, (0...1).contains(rate) else {
            throw .invalid("\(self.place)'s \(name) must be a number from 0 to 1")
        }
        return rate
    }

    func price(_ name: String) throws(ControlRefusal) -> Price? {
        guard let value = self.member(name) else { return nil }
        let text: String? =
            switch value {
            case .string(let text), .decimal(let text): text
            case .integer(let number): String(number)
            default: nil
            }
        guard let price = text.flatMap({ Price(text: $0) }), price >= .zero else {
            throw .invalid("\(self.place)'s \(name) must be an amount such as \"12.50\"")
        }
        return price
    }

    func list(_ name: String) throws(ControlRefusal) -> [JSONValue]? {
        guard let value = self.member(name) else { return nil }
        guard let list = value.array else { throw .invalid("\(self.place)'s \(name) must be a list") }
        return list
    }

    func value(_ name: String) -> JSONValue? { self.member(name) }
}

/// A shop that is to be made.
struct NewShop {
    /// The products that one request may give.
    static let maximumProducts = 100_000

    let settings: ShopSettings
    private let locations: [String]
    private let products: [NewProduct]

    init(_ body: JSONValue) throws(ControlRefusal) {
        let input = try InputObject(
            body, "a shop",
            known: [
                "name", "platform", "domain", "token", "clientId", "clientSecret", "currency", "allowsOversell",
                "locations", "marketplace", "products",
            ])
        let name = try input.text("name") ?? ""
        guard name.count <= 63, !name.isEmpty, name.allSatisfy(Self.isNameCharacter) else {
            throw .invalid("a shop's name must have 1 to 63 of a-z, 0-9 and -, such as brake-shop")
        }
        let word = try input.text("platform") ?? "shopify"
        guard let platform = ShopSettings.Platform(rawValue: word) else {
            let words = ShopSettings.Platform.allCases.map(\.rawValue).joined(separator: " or ")
            throw .invalid("a shop's platform must be \(words)")
        }
        let currency = try input.text("currency") ?? "USD"
        guard currency.count == 3, currency.allSatisfy({ $0.isASCII && $0.isUppercase }) else {
            throw .invalid("a shop's currency must be three letters such as USD")
        }
        self.settings = ShopSettings(
            number: 0, name: name, domain: try input.text("domain")?.lowercased() ?? Self.domain(name, platform),
            platform: platform,
            tokens: [try input.text("token") ?? Self.secret(platform == .ebay ? "v^1.1#i^1#r^1#" : "shpat_")],
            clientID: try input.text("clientId") ?? "client-of-\(name)",
            clientSecret: try input.text("clientSecret") ?? Self.secret("shpss_"), currency: currency,
            allowsOversell: try input.bool("allowsOversell") ?? false, createdAt: .now(),
            marketplace: try input.text("marketplace"))
        self.locations =
            try (try input.list("locations"))?.map { value throws(ControlRefusal) in
                guard let text = value.text, !text.isEmpty else { throw .invalid("a location's name must be a text") }
                return text
            } ?? ["Warehouse"]
        guard (1...200).contains(self.locations.count) else { throw .invalid("a shop has 1 to 200 locations") }
        self.products = try Self.products(["products": .array(try input.list("products") ?? [])])
    }

    private static func domain(_ name: String, _ platform: ShopSettings.Platform) -> String {
        platform == .shopify ? "\(name).myshopify.com" : name
    }

    private static func isNameCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLowercase || character.isNumber) || character == "-"
    }

    private static func secret(_ prefix: String) -> String {
        prefix + (0..<4).map { _ in String(UInt64.random(in: 0...UInt64.max), radix: 36) }.joined()
    }

    static func products(_ body: JSONValue) throws(ControlRefusal) -> [NewProduct] {
        let list = try InputObject(body, "the body", known: ["products"]).list("products") ?? []
        guard list.count <= Self.maximumProducts else {
            throw .invalid("a request gives at most \(Self.maximumProducts) products")
        }
        return try list.map { value throws(ControlRefusal) in
            let input = try InputObject(
                value, "a product", known: ["sku", "title", "price", "quantity", "barcode"])
            guard let sku = try input.text("sku") else { throw .invalid("a product needs a sku") }
            return NewProduct(
                sku: sku, title: try input.text("title") ?? sku,
                price: try input.price("price") ?? Price(hundredths: 1_000),
                quantity: try input.number("quantity", in: 0...ShopState.maximumQuantity) ?? 0,
                barcode: try input.text("barcode"))
        }
    }

    func fill(_ state: ShopState) {
        for location in self.locations { state.addLocation(location) }
        Self.add(self.products, to: state)
    }

    /// Puts products on the shelf, where buyers find them.
    static func add(_ products: [NewProduct], to state: ShopState) {
        for product in products {
            let variant = state.add(product)
            if state.settings.platform == .ebay { EbayGoods(state).list(variant) }
        }
    }
}

/// What a buyer wants.
struct NewOrder {
    let lines: [WantedLine]
    let buyer: Order.Buyer
    let note: String?

    init(_ body: JSONValue) throws(ControlRefusal) {
        let input = try InputObject(body, "an order", known: ["lines", "buyer", "note"])
        self.lines = try (input.list("lines") ?? []).map { value throws(ControlRefusal) in
            let line = try InputObject(value, "a line", known: ["sku", "quantity"])
            guard let sku = try line.text("sku") else { throw .invalid("a line needs a sku") }
            let quantity = try line.number("quantity", in: 1...ShopState.maximumLineQuantity) ?? 1
            return WantedLine(sku: sku, quantity: quantity)
        }
        self.buyer = try input.value("buyer").map { value throws(ControlRefusal) in try Self.buyer(value) } ?? .sample
        self.note = try input.text("note")
    }

    private static func buyer(_ value: JSONValue) throws(ControlRefusal) -> Order.Buyer {
        let input = try InputObject(
            value, "a buyer",
            known: [
                "firstName", "lastName", "email", "phone", "address1", "address2", "city", "provinceCode", "zip",
                "countryCode",
            ])
        let sample = Order.Buyer.sample
        return Order.Buyer(
            firstName: try input.text("firstName") ?? sample.firstName,
            lastName: try input.text("lastName") ?? sample.lastName, email: try input.text("email") ?? sample.email,
            phone: try input.text("phone"), address1: try input.text("address1") ?? sample.address1,
            address2: try input.text("address2"), city: try input.text("city") ?? sample.city,
            provinceCode: try input.text("provinceCode"), zip: try input.text("zip") ?? sample.zip,
            countryCode: try input.text("countryCode") ?? sample.countryCode)
    }
}

/// A change of a shelf by hand, as a seller's colleague does in the platform's own pages.
struct ShelfEdit {
    private let available: Int?
    private let price: Price?

    init(_ body: JSONValue) throws(ControlRefusal) {
        let input = try InputObject(body, "a shelf's entry", known: ["available", "price"])
        self.available = try input.number(
            "available", in: -ShopState.maximumQuantity...ShopState.maximumQuantity)
        self.price = try input.price("price")
    }

    /// Puts the quantity on the first location, so that the sum is right.
    func apply(to variant: Variant, _ state: ShopState) {
        if let available = self.available, let first = state.levels(of: variant.itemID).first {
            state.change(first, "available", by: available - state.available(variant))
        }
        if let price = self.price { state.setPrice(price, compareAt: variant.compareAtPrice, of: variant) }
    }
}
