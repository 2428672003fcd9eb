internal import OrderedCollections

/// Ids in their order, and what is found by something else than its id.
public struct ShopIndex {
    /// Orders by the time of their last change.
    public struct Update: Sendable, Hashable, Comparable {
        /// When.
        public var at: Moment
        /// The order.
        public var id: Int64

        /// An update.
        public init(at moment: Moment, id: Int64) {
            self.at = moment
            self.id = id
        }

        /// The earlier one first, and of one time the older one.
        public static func < (left: Update, right: Update) -> Bool { (left.at, left.id) < (right.at, right.id) }
    }

    /// A record in its place among those of its kind.
    struct RecordName: Sendable, Hashable, Comparable {
        var number: Int64
        var name: String

        static func < (left: RecordName, right: RecordName) -> Bool { left.number < right.number }
    }

    /// The records of each kind, the oldest first.
    private(set) var recordNames: [String: [RecordName]] = [:]
    /// Deliveries by the time at which they are due.
    private(set) var dues: [Update] = []
    /// Operations that are not done.
    public private(set) var openOperations: [Int64] = []
    /// Locations, the oldest first.
    public private(set) var locationIDs: [Int64] = []
    /// Products, the oldest first.
    public private(set) var productIDs: [Int64] = []
    /// Variants, the oldest first.
    public private(set) var variantIDs: [Int64] = []
    /// Orders, the oldest first.
    public private(set) var orderIDs: [Int64] = []
    /// Orders, the one that was changed longest ago first.
    public private(set) var updates: [Update] = []
    /// Variants by SKU.
    public private(set) var skus: [String: [Int64]] = [:]
    /// Products by handle.
    public private(set) var handles: [String: Int64] = [:]
    /// Variants by inventory item.
    public private(set) var items: [Int64: Int64] = [:]
    /// The locations that an item is kept at.
    public private(set) var locations: [Int64: [Int64]] = [:]
    /// The metafields of each owner by namespace and key, the oldest first.
    private var metafieldNames: [String: OrderedDictionary<String, Int64>] = [:]
    /// The order of each fulfilment order.
    public private(set) var fulfilmentOrders: [Int64: Int64] = [:]
    /// The order of each fulfilment.
    public private(set) var fulfilments: [Int64: Int64] = [:]
    /// The order of each refund.
    public private(set) var refunds: [Int64: Int64] = [:]

    /// A metafield of an owner by its name.
    public func metafield(of owner: String, _ name: String) -> Int64? { self.metafieldNames[owner]?[name] }

    /// The metafields of an owner, the oldest first.
    public func metafields(of owner: String) -> [Int64] { self.metafieldNames[owner].map { Array($0.values) } ?? [] }

    mutating func put(_ location: Location) { self.locationIDs.insertSorted(location.id) }

    mutating func put(_ product: Product, before: Product?) {
        if before == nil { self.productIDs.insertSorted(product.id) }
        if let before, before.handle != product.handle { self.handles[before.handle] = nil }
        self.handles[product.handle] = product.id
    }

    mutating func put(_ variant: Variant, before: Variant?) {
        if before == nil { self.variantIDs.insertSorted(variant.id) }
        self.items[variant.itemID] = variant.id
        guard before?.sku != variant.sku else { return }
        if let before { self.forget(before.sku, of: before.id) }
        self.skus[variant.sku, default: []].insertSorted(variant.id)
    }

    mutating func put(_ level: Level) { self.locations[level.itemID, default: []].insertSorted(level.locationID) }

    mutating func put(_ metafield: Metafield) {
        self.metafieldNames[metafield.ownerID, default: [:]][metafield.name] = metafield.id
    }

    mutating func put(_ order: Order, before: Order?) {
        if before == nil { self.orderIDs.insertSorted(order.id) }
        let update = Update(at: order.updatedAt, id: order.id)
        if let before {
            let old = Update(at: before.updatedAt, id: order.id)
            if old != update { self.updates.removeSorted(old) }
        }
        self.updates.insertSorted(update)
        for part in order.fulfilmentOrders { self.fulfilmentOrders[part.id] = order.id }
        for part in order.fulfilments { self.fulfilments[part.id] = order.id }
        for refund in order.refunds { self.refunds[refund.id] = order.id }
    }

    mutating func put(_ operation: Operation) {
        if operation.completedAt == nil {
            self.openOperations.insertSorted(operation.id)
        } else {
            self.openOperations.removeSorted(operation.id)
        }
    }

    mutating func put(_ record: PlatformRecord) {
        self.recordNames[record.key.kind, default: []].insertSorted(
            RecordName(number: record.number, name: record.key.name))
    }

    mutating func remove(_ record: PlatformRecord) {
        self.recordNames[record.key.kind]?.removeSorted(
            RecordName(number: record.number, name: record.key.name))
    }

    mutating func remove(_ operation: Operation) { self.openOperations.removeSorted(operation.id) }

    mutating func put(_ delivery: Delivery, before: Delivery?) {
        if let before { self.remove(before) }
        self.dues.insertSorted(Update(at: delivery.dueAt, id: delivery.id))
    }

    mutating func remove(_ delivery: Delivery) {
        self.dues.removeSorted(Update(at: delivery.dueAt, id: delivery.id))
    }

    mutating func remove(_ variant: Variant) {
        self.forget(variant.sku, of: variant.id)
        self.variantIDs.removeSorted(variant.id)
        self.items[variant.itemID] = nil
        self.locations[variant.itemID] = nil
    }

    private mutating func forget(_ sku: String, of id: Int64) {
        self.skus[sku]?.removeSorted(id)
        if self.skus[sku]?.isEmpty == true { self.skus[sku] = nil }
    }
}

extension Array where Element: Comparable {
    /// The index of the first element that is not before another: by halving.
    public func firstIndex(from element: Element) -> Int {
        var (low, high) = (0, self.count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < element { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Puts an element into its place, unless it is there.
    mutating func insertSorted(_ element: Element) {
        guard let last = self.last, !(last < element) else { return self.append(element) }
        let index = self.firstIndex(from: element)
        guard index >= self.count || self[index] != element else { return }
        self.insert(element, at: index)
    }

    /// Takes an element out, where it is there.
    mutating func removeSorted(_ element: Element) {
        let index = self.firstIndex(from: element)
        guard index < self.count, self[index] == element else { return }
        self.remove(at: index)
    }
}
