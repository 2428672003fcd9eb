/// What one answer changed, as one line of a journal: records as they are then, and the keys of those that are gone.
struct JournalEntry: Codable, Sendable {
    var lastID: Int64?
    var lastOrderNumber: Int?
    var settings: ShopSettings?
    var faults: Faults?
    var locations: TableChange<Location>?
    var products: TableChange<Product>?
    var variants: TableChange<Variant>?
    var levels: TableChange<Level>?
    var metafields: TableChange<Metafield>?
    var orders: TableChange<Order>?
    var subscriptions: TableChange<WebhookSubscription>?
    var deliveries: TableChange<Delivery>?
    var operations: TableChange<Operation>?
    var records: TableChange<PlatformRecord>?
    var keyUses: [KeyUse]?

    var isEmpty: Bool {
        self.settings == nil && self.faults == nil && self.locations == nil && self.products == nil
            && self.variants == nil && self.levels == nil && self.metafields == nil && self.orders == nil
            && self.subscriptions == nil && self.deliveries == nil && self.operations == nil && self.records == nil
            && self.keyUses == nil
    }
}
