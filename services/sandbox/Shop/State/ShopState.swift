internal import DequeModule

/// All that a shop knows. Only touched under its ``Shop``'s lock.
public final class ShopState {
    /// What the shop is.
    public private(set) var settings: ShopSettings
    /// What goes wrong on purpose.
    public private(set) var faults = Faults()
    /// Where goods lie.
    public private(set) var locations = Table<Location>()
    /// What is sold.
    public private(set) var products = Table<Product>()
    /// What carts hold.
    public private(set) var variants = Table<Variant>()
    /// How much there is.
    public private(set) var levels = Table<Level>()
    /// The seller's values.
    public private(set) var metafields = Table<Metafield>()
    /// What was bought.
    public private(set) var orders = Table<Order>()
    /// Who is told.
    public private(set) var subscriptions = Table<WebhookSubscription>()
    /// What is still to be told.
    public private(set) var deliveries = Table<Delivery>()
    /// Work behind answers.
    public private(set) var operations = Table<Operation>()
    /// What only one platform knows.
    public private(set) var records = Table<PlatformRecord>()
    /// Keys that were used.
    public private(set) var keyUses = KeyUses()
    /// The last id that was given.
    private(set) var lastID: Int64
    /// The number of the last order.
    public private(set) var lastOrderNumber = 1_000
    /// Ids in their order, and what is found by something else than its id.
    public private(set) var index = ShopIndex()
    /// What of the shelf was changed last.
    public private(set) var shelfChanges = ShelfChanges()
    /// What has happened since it was last asked for.
    private var events: [ShopEvent] = []
    private var settingsChanged = true
    private var faultsChanged = false
    private var newKeyUses: [KeyUse] = []

    init(_ settings: ShopSettings) {
        self.settings = settings
        // Beyond 2^53, where binary fractions no longer tell one id from the next.
        self.lastID = 10_000_000_000_000_000 + settings.number << 40
    }

    /// A new id.
    public func nextID() -> Int64 {
        self.lastID += 1
        return self.lastID
    }

    /// The number of a new order.
    func nextOrderNumber() -> Int {
        self.lastOrderNumber += 1
        return self.lastOrderNumber
    }

    /// Notes that what can be sold of an item has changed.
    func noteShelf(of itemID: Int64, at moment: Moment) {
        guard let variant = self.variant(item: itemID) else { return }
        self.shelfChanges.add(variant.sku, available: self.available(variant), at: moment)
    }

    /// Says what has happened.
    public func note(_ event: ShopEvent) {
        // What happens to one thing several times within an answer is told once, as it is at the end.
        guard !self.events.contains(event) || self.events.count > 1_000 else { return }
        self.events.append(event)
    }

    /// What has happened since it was last asked.
    func takeEvents() -> [ShopEvent] {
        defer { self.events = [] }
        return self.events
    }
}

// MARK: - Changes

extension ShopState {
    /// Replaces the settings.
    public func put(_ settings: ShopSettings) {
        self.settings = settings
        self.settingsChanged = true
    }

    /// Replaces the faults.
    public func put(_ faults: Faults) {
        self.faults = faults
        self.faultsChanged = true
    }

    /// Adds or replaces a location.
    public func put(_ location: Location) {
        self.index.put(location)
        self.locations.put(location)
    }

    /// Adds or replaces a product.
    public func put(_ product: Product) {
        self.index.put(product, before: self.products[product.id])
        self.products.put(product)
    }

    /// Adds or replaces a variant.
    public func put(_ variant: Variant) {
        self.index.put(variant, before: self.variants[variant.id])
        self.variants.put(variant)
    }

    /// Adds or replaces a level.
    public func put(_ level: Level) {
        if self.levels[level.key] == nil { self.index.put(level) }
        self.levels.put(level)
    }

    /// Adds or replaces a metafield.
    public func put(_ metafield: Metafield) {
        self.index.put(metafield)
        self.metafields.put(metafield)
    }

    /// Adds or replaces an order.
    public func put(_ order: Order) {
        self.index.put(order, before: self.orders[order.id])
        self.orders.put(order)
    }

    /// Adds or replaces a subscription.
    public func put(_ subscription: WebhookSubscription) { self.subscriptions.put(subscription) }

    /// Adds or replaces a delivery.
    public func put(_ delivery: Delivery) {
        self.index.put(delivery, before: self.deliveries[delivery.id])
        self.deliveries.put(delivery)
    }

    /// Adds or replaces an operation.
    public func put(_ operation: Operation) {
        self.index.put(operation)
        self.operations.put(operation)
    }

    /// Adds or replaces a record.
    public func put(_ record: PlatformRecord) {
        if self.records[record.key] == nil { self.index.put(record) }
        self.records.put(record)
    }

    /// Remembers what a key was used for.
    public func put(_ use: KeyUse) {
        self.keyUses.put(use)
        self.newKeyUses.append(use)
    }

    /// Takes a variant off the shelf, with its levels and its metafields.
    public func remove(_ variant: Variant) {
        for locationID in self.index.locations[variant.itemID] ?? [] {
            self.levels.remove(Level.Key(itemID: variant.itemID, locationID: locationID))
        }
        self.index.remove(variant)
        self.variants.remove(variant.id)
    }

    /// Removes a subscription; what was still to be delivered for it is not.
    public func remove(_ subscription: WebhookSubscription) {
        for delivery in self.deliveries.values where delivery.subscriptionID == subscription.id {
            self.remove(delivery)
        }
        self.subscriptions.remove(subscription.id)
    }

    /// Removes a delivery.
    public func remove(_ delivery: Delivery) {
        if let known = self.deliveries[delivery.id] { self.index.remove(known) }
        self.deliveries.remove(delivery.id)
    }

    /// The deliveries that are due first.
    public func firstDeliveries(_ count: Int) -> [Delivery] {
        self.index.dues.prefix(count).compactMap { self.deliveries[$0.id] }
    }

    /// Removes a record.
    public func remove(_ record: PlatformRecord) {
        if let known = self.records[record.key] { self.index.remove(known) }
        self.records.remove(record.key)
    }

    /// Removes an operation.
    public func remove(_ operation: Operation) {
        self.index.remove(operation)
        self.operations.remove(operation.id)
    }
}

// MARK: - Journal

extension ShopState {
    /// What has changed since it was last asked; `nil` where nothing has.
    func takeEntry() -> JournalEntry? {
        var entry = JournalEntry()
        if self.settingsChanged { entry.settings = self.settings }
        if self.faultsChanged { entry.faults = self.faults }
        (self.settingsChanged, self.faultsChanged) = (false, false)
        entry.locations = self.locations.takeChange()
        entry.products = self.products.takeChange()
        entry.variants = self.variants.takeChange()
        entry.levels = self.levels.takeChange()
        entry.metafields = self.metafields.takeChange()
        entry.orders = self.orders.takeChange()
        entry.subscriptions = self.subscriptions.takeChange()
        entry.deliveries = self.deliveries.takeChange()
        entry.operations = self.operations.takeChange()
        entry.records = self.records.takeChange()
        if !self.newKeyUses.isEmpty { entry.keyUses = self.newKeyUses }
        self.newKeyUses = []
        guard !entry.isEmpty else { return nil }
        entry.lastID = self.lastID
        entry.lastOrderNumber = self.lastOrderNumber
        return entry
    }

    /// All that there is.
    func entries() -> [JournalEntry] {
        let size = 200
        var first = JournalEntry()
        (first.settings, first.faults) = (self.settings, self.faults)
        (first.lastID, first.lastOrderNumber) = (self.lastID, self.lastOrderNumber)
        func part<Record>(
            _ table: Table<Record>, _ path: WritableKeyPath<JournalEntry, TableChange<Record>?>
        ) -> [JournalEntry] {
            table.parts(of: size).map { change in
                var entry = JournalEntry()
                entry[keyPath: path] = change
                return entry
            }
        }
        let uses = self.keyUses.all.map { use in
            var entry = JournalEntry()
            entry.keyUses = [use]
            return entry
        }
        return [first] + part(self.locations, \.locations) + part(self.products, \.products)
            + part(self.variants, \.variants) + part(self.levels, \.levels) + part(self.metafields, \.metafields)
            + part(self.orders, \.orders) + part(self.subscriptions, \.subscriptions)
            + part(self.deliveries, \.deliveries) + part(self.operations, \.operations)
            + part(self.records, \.records) + uses
    }

    /// Does again what a line of a journal tells.
    func apply(_ entry: JournalEntry) {
        if let settings = entry.settings { self.put(settings) }
        if let faults = entry.faults { self.put(faults) }
        for record in entry.locations?.put ?? [] { self.put(record) }
        for record in entry.products?.put ?? [] { self.put(record) }
        for key in entry.variants?.gone ?? [] { if let known = self.variants[key] { self.remove(known) } }
        for record in entry.variants?.put ?? [] { self.put(record) }
        for record in entry.levels?.put ?? [] { self.put(record) }
        for record in entry.metafields?.put ?? [] { self.put(record) }
        for record in entry.orders?.put ?? [] { self.put(record) }
        for key in entry.subscriptions?.gone ?? [] { if let known = self.subscriptions[key] { self.remove(known) } }
        for record in entry.subscriptions?.put ?? [] { self.put(record) }
        for key in entry.deliveries?.gone ?? [] { if let known = self.deliveries[key] { self.remove(known) } }
        for record in entry.deliveries?.put ?? [] { self.put(record) }
        for key in entry.operations?.gone ?? [] { if let known = self.operations[key] { self.remove(known) } }
        for record in entry.operations?.put ?? [] { self.put(record) }
        for key in entry.records?.gone ?? [] { if let known = self.records[key] { self.remove(known) } }
        for record in entry.records?.put ?? [] { self.put(record) }
        for use in entry.keyUses ?? [] { self.put(use) }
        self.lastID = max(self.lastID, entry.lastID ?? 0)
        self.lastOrderNumber = max(self.lastOrderNumber, entry.lastOrderNumber ?? 0)
    }
}
