/// What a platform is and asks for; what its adapter can do.
public struct PlatformDescription: Sendable {
    /// A setting or credential.
    public struct Field: Hashable, Sendable {
        /// In lowerCamelCase.
        public var name: String
        /// Whether a connection must have it.
        public var isRequired: Bool
        /// What it is, and what would be valid.
        public var description: String
        /// One that is valid.
        public var example: String

        /// A field with all that it consists of.
        public init(_ name: String, isRequired: Bool, _ description: String, example: String = "") {
            self.name = name
            self.isRequired = isRequired
            self.description = description
            self.example = example
        }
    }

    /// A kind of call, and the limit that the platform publishes for it: a token bucket. Operations of one bucket name
    /// share it.
    public struct Operation: Hashable, Sendable {
        /// Many rows that the platform takes at once, and works off while other calls go on.
        public struct Bulk: Hashable, Sendable {
            /// Fewer rows go by ordinary calls.
            public var minimumRows: Int
            /// The most rows at once.
            public var maximumRows: Int
            /// What all calls of it cost together, in tokens of the operation's bucket, before their answers say otherwise.
            public var cost: Double

            /// A bulk with all that it consists of.
            public init(minimumRows: Int, maximumRows: Int, cost: Double) {
                self.minimumRows = minimumRows
                self.maximumRows = maximumRows
                self.cost = cost
            }
        }

        /// What the adapter calls it: "stock", "price", "content", "read", "orders", "order-task", "subscribe".
        public var name: String
        /// The bucket; operations with the same one share their limit.
        public var bucket: String
        /// Tokens that come back in a second.
        public var ratePerSecond: Double
        /// The most tokens that gather.
        public var burst: Double
        /// What a call costs, in tokens, before its answer says otherwise.
        public var cost: Double
        /// The most rows of one call.
        public var rows: Int
        /// Of "content" alone, ``PlatformSession/pushContentInBulk(_:key:)``; nil: all rows go by ordinary calls.
        public var bulk: Bulk?

        /// An operation with all that it consists of.
        public init(
            _ name: String, bucket: String, ratePerSecond: Double, burst: Double, cost: Double = 1, rows: Int = 1,
            bulk: Bulk? = nil
        ) {
            self.name = name
            self.bucket = bucket
            self.ratePerSecond = ratePerSecond
            self.burst = burst
            self.cost = cost
            self.rows = rows
            self.bulk = bulk
        }
    }

    /// In lower case: "shopify".
    public var id: String
    /// For people.
    public var name: String
    /// What its connections are set up with.
    public var settings: [Field]
    /// The secrets that its connections need.
    public var credentials: [Field]
    /// Its kinds of calls, in one account.
    public var operations: [Operation]
    /// What is told to the platform of orders; other tasks are not needed.
    public var tasks: Set<OrderTaskCall.Kind>
    /// Whether orders are asked for; else they only come by notifications or files.
    public var pollsOrders: Bool
    /// Whether its own sales take from the quantity that it shows, as with a shop: what is pushed is compared then.
    public var sellsFromShelf: Bool
    /// Whether its notifications are asked for by calls, ``PlatformSession/subscribe(to:)``.
    public var subscribes: Bool

    /// A description with all that it consists of.
    public init(
        id: String, name: String, settings: [Field], credentials: [Field], operations: [Operation],
        tasks: Set<OrderTaskCall.Kind>, pollsOrders: Bool, sellsFromShelf: Bool, subscribes: Bool
    ) {
        self.id = id
        self.name = name
        self.settings = settings
        self.credentials = credentials
        self.operations = operations
        self.tasks = tasks
        self.pollsOrders = pollsOrders
        self.sellsFromShelf = sellsFromShelf
        self.subscribes = subscribes
    }
}
