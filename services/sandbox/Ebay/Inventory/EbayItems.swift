internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

/// Items and the vehicles that they fit.
struct EbayItems {
    private static let maximumRows = 25
    private static let maximumVehicles = 3_000
    private static let conditions: Set<String> = [
        "NEW", "LIKE_NEW", "NEW_OTHER", "NEW_WITH_DEFECTS", "CERTIFIED_REFURBISHED", "SELLER_REFURBISHED",
        "USED_EXCELLENT", "USED_VERY_GOOD", "USED_GOOD", "USED_ACCEPTABLE", "FOR_PARTS_OR_NOT_WORKING",
    ]

    let goods: EbayGoods
    let request: EbayRequest

    private var state: ShopState { self.goods.state }

    func list() throws(EbayRefusal) -> EbayAnswer {
        let page = try self.request.page(usual: 25, maximum: 200) { EbayRefusal(25706, $0) }
        let ids = self.state.index.variantIDs
        let shown = ids.dropFirst(page.offset).prefix(page.limit).compactMap { self.state.variants[$0] }
        let end = page.offset + shown.count
        return EbayAnswer(
            200,
            .members([
                "href": .string(self.request.address(offset: page.offset, limit: page.limit)),
                "limit": .number(page.limit), "size": .number(shown.count), "total": .number(ids.count),
                "next": end < ids.count ? .string(self.request.address(offset: end, limit: page.limit)) : nil,
                "inventoryItems": .array(shown.map { self.goods.item($0) }),
            ]))
    }

    func bulkGet() throws(EbayRefusal) -> EbayAnswer {
        let rows = try self.rows(twice: 25734)
        let responses = rows.map { row -> JSONValue in
            let sku = row["sku"]?.text ?? ""
            guard let variant = self.state.variant(sku: sku) else {
                return Self.response(sku, EbayRefusal(25702, sku))
            }
            return ["sku": .string(sku), "statusCode": 200, "inventoryItem": self.goods.item(variant)]
        }
        return Self.bulk(responses)
    }

    func bulkPut() throws(EbayRefusal) -> EbayAnswer {
        let rows = try self.rows(twice: 25728)
        try self.checkLanguage()
        let responses = rows.map { row -> JSONValue in
            let sku = row["sku"]?.text ?? ""
            do throws(EbayRefusal) {
                let status = try self.put(row.setting("sku", to: nil).setting("locale", to: nil), sku)
                return ["sku": .string(sku), "locale": "en_US", "statusCode": .number(status)]
            } catch {
                return Self.response(sku, error)
            }
        }
        return Self.bulk(responses)
    }

    /// - Parameter twice: What is answered where a SKU stands in two rows.
    private func rows(twice: Int) throws(EbayRefusal) -> [JSONValue] {
        let rows = try self.request.object()["requests"]?.array ?? []
        guard (1...Self.maximumRows).contains(rows.count) else {
            throw EbayRefusal(25727, "1 to \(Self.maximumRows) are valid")
        }
        guard Set(rows.map { $0["sku"]?.text }).count == rows.count else { throw EbayRefusal(twice) }
        return rows
    }

    static func response(_ sku: String, _ refusal: EbayRefusal) -> JSONValue {
        ["sku": .string(sku), "statusCode": .number(refusal.status), "errors": [refusal.entry]]
    }

    /// The answer of a bulk: 207 where a row is refused.
    static func bulk(_ responses: [JSONValue]) -> EbayAnswer {
        let isAll = responses.allSatisfy { (200..<300).contains($0["statusCode"]?.integer ?? 0) }
        return EbayAnswer(isAll ? 200 : 207, ["responses": .array(responses)])
    }

    // MARK: Items

    func put(_ sku: String) throws(EbayRefusal) -> EbayAnswer {
        try self.checkLanguage()
        let status = try self.put(try self.request.object(), sku)
        return EbayAnswer(status, status == 201 ? [:] : nil)
    }

    private func checkLanguage() throws(EbayRefusal) {
        guard self.request.headers["content-language"]?.isEmpty == false else {
            throw EbayRefusal(25709, "the header Content-Language is missing")
        }
    }

    /// Puts an item in the place of all that it was: without a quantity, there is none any more.
    private func put(_ body: JSONValue, _ sku: String) throws(EbayRefusal) -> Int {
        guard (1...50).contains(sku.count) else { throw EbayRefusal(25707) }
        let quantity = try self.quantity(body)
        try self.check(body)
        let title = body.at("product", "title")?.text
        let kept = body.setting("availability", to: nil)
        if let variant = self.state.variant(sku: sku) {
            if let offer = self.goods.offer(of: variant) { try self.goods.checkRevisions(offer) }
            if let title, var product = self.state.products[variant.productID] {
                product.title = title
                self.state.put(product)
                self.state.touch(product.id)
            }
            self.goods.setQuantity(quantity, of: variant)
            self.state.keep(kept, "item", "\(variant.id)")
            self.goods.countRevision(of: variant)
            return 204
        }
        let variant = self.state.add(
            NewProduct(sku: sku, title: title ?? sku, price: .zero, quantity: quantity))
        self.state.keep(kept, "item", "\(variant.id)")
        return 201
    }

    private func quantity(_ body: JSONValue) throws(EbayRefusal) -> Int {
        guard let quantity = body.at("availability", "shipToLocationAvailability")?["quantity"] else { return 0 }
        guard let count = quantity.count, (0...ShopState.maximumQuantity).contains(count) else {
            throw EbayRefusal(25004)
        }
        return count
    }

    private func check(_ body: JSONValue) throws(EbayRefusal) {
        if let condition = body["condition"] {
            guard Self.conditions.contains(condition.text ?? "") else { throw EbayRefusal(25021) }
        }
        guard let product = body["product"] else { return }
        let longest = [("title", 80), ("subtitle", 55), ("description", 4_000), ("brand", 65), ("mpn", 65)]
        for (name, characters) in longest where (product[name]?.text?.count ?? 0) > characters {
            throw EbayRefusal(25016, "\(name) has more than \(characters) characters")
        }
        let images = product["imageUrls"]?.array ?? []
        guard images.count <= 24, images.allSatisfy({ $0.text?.hasPrefix("https://") == true }) else {
            throw EbayRefusal(25015, "at most 24 with https are valid")
        }
    }

    func delete(_ sku: String) throws(EbayRefusal) -> EbayAnswer {
        let variant = try self.goods.variant(sku, missing: 25710)
        for kind in ["item", "offer", "vehicles"] { self.state.forget(kind, "\(variant.id)") }
        self.state.remove(variant)
        return EbayAnswer(204)
    }

    // MARK: Vehicles

    func vehicles(_ sku: String) throws(EbayRefusal) -> EbayAnswer {
        let variant = try self.goods.variant(sku, missing: 25710)
        guard let list = self.state.value("vehicles", "\(variant.id)") else { throw EbayRefusal(25710, sku) }
        return EbayAnswer(200, ["sku": .string(sku), "compatibleProducts": list])
    }

    func putVehicles(_ sku: String) throws(EbayRefusal) -> EbayAnswer {
        try self.checkLanguage()
        let variant = try self.goods.variant(sku)
        let list = try self.request.object()["compatibleProducts"]?.array ?? []
        guard (1...Self.maximumVehicles).contains(list.count) else {
            throw EbayRefusal(25023, "1 to \(Self.maximumVehicles) vehicles are valid")
        }
        for vehicle in list {
            guard (vehicle["notes"]?.text?.count ?? 0) <= 500 else { throw EbayRefusal(25023, "notes are too long") }
            guard vehicle["compatibilityProperties"]?.array?.isEmpty == false || vehicle["productIdentifier"] != nil
            else { throw EbayRefusal(25023, "a vehicle has neither properties nor an identifier") }
        }
        if let offer = self.goods.offer(of: variant) { try self.goods.checkRevisions(offer) }
        let isNew = self.state.value("vehicles", "\(variant.id)") == nil
        self.state.keep(.array(list), "vehicles", "\(variant.id)")
        self.goods.countRevision(of: variant)
        return EbayAnswer(isNew ? 201 : 204, isNew ? [:] : nil)
    }

    func deleteVehicles(_ sku: String) throws(EbayRefusal) -> EbayAnswer {
        let variant = try self.goods.variant(sku, missing: 25710)
        guard self.state.value("vehicles", "\(variant.id)") != nil else { throw EbayRefusal(25710, sku) }
        self.state.forget("vehicles", "\(variant.id)")
        self.goods.countRevision(of: variant)
        return EbayAnswer(204)
    }
}
