/// What a shop is filled with.
public struct NewProduct: Sendable {
    /// The seller's key.
    public var sku: String
    /// What it is called.
    public var title: String
    /// What it costs.
    public var price: Price
    /// How much lies at the first location, or at each that is named.
    public var quantity: Int
    /// Barcode.
    public var barcode: String?

    /// A product of one variant.
    public init(sku: String, title: String, price: Price, quantity: Int, barcode: String? = nil) {
        self.sku = sku
        self.title = title
        self.price = price
        self.quantity = quantity
        self.barcode = barcode
    }
}

extension ShopState {
    /// The most of an item that a location can have, and the least.
    public static let maximumQuantity = 1_000_000_000

    /// Adds a location.
    @discardableResult
    public func addLocation(_ name: String, at moment: Moment = .now()) -> Location {
        let location = Location(id: self.nextID(), name: name, isActive: true, createdAt: moment)
        self.put(location)
        return location
    }

    /// Adds a product of one variant, with its quantity at the first location and levels at all.
    @discardableResult
    public func add(_ new: NewProduct, at moment: Moment = .now()) -> Variant {
        let option = Product.Option(
            id: self.nextID(), name: "Title", values: [.init(id: self.nextID(), name: "Default Title")])
        var product = Product(
            id: self.nextID(), title: new.title, handle: self.freeHandle(for: new.title),
            vendor: self.settings.name, options: [option], at: moment)
        var variant = Variant(
            id: self.nextID(), productID: product.id, itemID: self.nextID(), sku: new.sku, price: new.price,
            optionValues: ["Default Title"], at: moment)
        variant.barcode = new.barcode
        product.variantIDs = [variant.id]
        self.put(product)
        self.put(variant)
        for (index, locationID) in self.index.locationIDs.enumerated() {
            var level = Level(itemID: variant.itemID, locationID: locationID, at: moment)
            level.available = index == 0 ? new.quantity : 0
            self.put(level)
        }
        return variant
    }

    /// A handle made of a title that no product has.
    public func freeHandle(for title: String) -> String {
        let words = title.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        let base = words.isEmpty ? "product" : words.joined(separator: "-")
        guard self.index.handles[base] != nil else { return base }
        // The next id is new, and so is a handle with it.
        return "\(base)-\(self.nextID())"
    }

    /// A variant by its SKU; of several the oldest.
    public func variant(sku: String) -> Variant? {
        self.index.skus[sku]?.first.flatMap { self.variants[$0] }
    }

    /// The variants of a product, in their order.
    public func variants(of product: Product) -> [Variant] { product.variantIDs.compactMap { self.variants[$0] } }

    /// The variant of an inventory item.
    public func variant(item: Int64) -> Variant? { self.index.items[item].flatMap { self.variants[$0] } }

    /// The levels of an item, by location.
    public func levels(of item: Int64) -> [Level] {
        (self.index.locations[item] ?? []).compactMap { self.levels[Level.Key(itemID: item, locationID: $0)] }
    }

    /// What can be sold of a variant at all locations.
    public func available(_ variant: Variant) -> Int {
        self.levels(of: variant.itemID).reduce(0) { $0 + $1.available }
    }

    /// Changes a quantity of a level, and says so.
    public func change(_ level: Level, _ name: String, by delta: Int, at moment: Moment = .now()) {
        guard delta != 0 else { return }
        var level = level
        switch name {
        case "available": level.available += delta
        case "committed": level.committed += delta
        default:
            let quantity = (level.others?[name] ?? 0) + delta
            level.others = (level.others ?? [:]).merging([name: quantity]) { $1 }.filter { $0.value != 0 }
        }
        level.version += 1
        if name == "available" {
            level.changedAt = moment
            self.note(.levelChanged(level.key))
        }
        self.put(level)
        if name == "available" { self.noteShelf(of: level.itemID, at: moment) }
    }

    /// Changes the price of a variant, and says so.
    public func setPrice(_ price: Price, compareAt: Price?, of variant: Variant, at moment: Moment = .now()) {
        guard variant.price != price || variant.compareAtPrice != compareAt else { return }
        var variant = variant
        variant.price = price
        variant.compareAtPrice = compareAt
        variant.priceVersion += 1
        variant.updatedAt = moment
        self.put(variant)
        self.touch(variant.productID, at: moment)
    }

    /// Notes that a product has changed.
    public func touch(_ productID: Int64, at moment: Moment = .now()) {
        guard var product = self.products[productID] else { return }
        product.updatedAt = moment
        self.put(product)
        self.note(.productUpdated(productID))
    }
}
