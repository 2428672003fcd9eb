/// A listing as its platform knows it.
public struct ListingReference: Hashable, Sendable {
    /// Ours.
    public var sku: String
    /// The platform's name for it.
    public var platformSKU: String
    /// The platform's ids, by name.
    public var ids: [String: String]

    /// A reference with all that it consists of.
    public init(sku: String, platformSKU: String, ids: [String: String]) {
        self.sku = sku
        self.platformSKU = platformSKU
        self.ids = ids
    }
}

/// A number of units that a listing is to show.
public struct StockRow: Hashable, Sendable {
    /// Of what.
    public var listing: ListingReference
    /// What is to be shown, zero or more.
    public var quantity: Int64
    /// What we believe is shown now; nil: not known, and it is overwritten.
    public var expected: Int64?

    /// A row with all that it consists of.
    public init(listing: ListingReference, quantity: Int64, expected: Int64?) {
        self.listing = listing
        self.quantity = quantity
        self.expected = expected
    }
}

/// A price that a listing is to have.
public struct PriceRow: Hashable, Sendable {
    /// Of what.
    public var listing: ListingReference
    /// In millionths of the currency's unit.
    public var micros: Int64
    /// ISO 4217.
    public var currency: String

    /// A row with all that it consists of.
    public init(listing: ListingReference, micros: Int64, currency: String) {
        self.listing = listing
        self.micros = micros
        self.currency = currency
    }
}

/// What a listing is to say.
public struct ContentRow: Hashable, Sendable {
    /// A value and where it goes.
    public struct Value: Hashable, Sendable {
        /// A path of the platform's listing.
        public var target: String
        /// As text.
        public var value: String

        /// A value with both of its parts.
        public init(target: String, value: String) {
            self.target = target
            self.value = value
        }
    }

    /// Of what.
    public var listing: ListingReference
    /// In the mapping's order.
    public var values: [Value]

    /// A row with all that it consists of.
    public init(listing: ListingReference, values: [Value]) {
        self.listing = listing
        self.values = values
    }
}

/// What became of one row of a push.
public struct RowOutcome: Hashable, Sendable {
    /// The row's SKU.
    public var sku: String
    /// Why it did not happen; nil: it did.
    public var fault: PlatformFault?
    /// Ids that the platform gave it, to be kept.
    public var ids: [String: String]

    /// An outcome with all that it consists of.
    public init(sku: String, fault: PlatformFault? = nil, ids: [String: String] = [:]) {
        self.sku = sku
        self.fault = fault
        self.ids = ids
    }
}

/// What an answer said of a limit.
public struct QuotaObservation: Hashable, Sendable {
    /// The bucket of ``PlatformDescription/Operation``.
    public var bucket: String
    /// Tokens that are left; nil: not said.
    public var available: Double?
    /// Tokens that come back in a second; nil: not said.
    public var ratePerSecond: Double?
    /// The most tokens that gather; nil: not said.
    public var burst: Double?
    /// What the call cost; nil: as described.
    public var cost: Double?

    /// An observation with all that it consists of.
    public init(
        bucket: String, available: Double? = nil, ratePerSecond: Double? = nil, burst: Double? = nil,
        cost: Double? = nil
    ) {
        self.bucket = bucket
        self.available = available
        self.ratePerSecond = ratePerSecond
        self.burst = burst
        self.cost = cost
    }
}

/// What became of a push.
public struct PushAnswer: Sendable {
    /// One for each row, in their order, where the call was answered; a fault of the call as a whole is every row's.
    public var outcomes: [RowOutcome]
    /// What the answers said of limits.
    public var quotas: [QuotaObservation]

    /// An answer with all that it consists of.
    public init(outcomes: [RowOutcome], quotas: [QuotaObservation] = []) {
        self.outcomes = outcomes
        self.quotas = quotas
    }
}

/// What a platform shows of a listing.
public struct ShelfReading: Hashable, Sendable {
    /// Ours.
    public var sku: String
    /// False: the platform does not have the listing.
    public var exists: Bool
    /// Units; nil: not known.
    public var quantity: Int64?
    /// In millionths; nil: not known.
    public var priceMicros: Int64?
    /// ISO 4217; empty: not known.
    public var currency: String

    /// A reading with all that it consists of.
    public init(
        sku: String, exists: Bool = true, quantity: Int64? = nil, priceMicros: Int64? = nil, currency: String = ""
    ) {
        self.sku = sku
        self.exists = exists
        self.quantity = quantity
        self.priceMicros = priceMicros
        self.currency = currency
    }
}

/// What a platform sends notifications of.
public struct SubscribedTopics: Sendable {
    /// The platform's names.
    public var topics: [String]
    /// What the answers said of limits.
    public var quotas: [QuotaObservation]

    /// Topics with all that is known of the calls.
    public init(topics: [String], quotas: [QuotaObservation] = []) {
        self.topics = topics
        self.quotas = quotas
    }
}

/// A page of what a platform has.
public struct ListingPage: Sendable {
    /// By the platform's SKUs; `sku` of each is the platform's, too.
    public var listings: [ListingReference]
    /// Where to go on; empty: that was all.
    public var next: String
    /// What the answers said of limits.
    public var quotas: [QuotaObservation]

    /// A page with all that it consists of.
    public init(listings: [ListingReference], next: String, quotas: [QuotaObservation] = []) {
        self.listings = listings
        self.next = next
        self.quotas = quotas
    }
}
