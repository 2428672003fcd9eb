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
            /// What all calls of it cost together, in tokens, before their answers say otherwise.
            public var cost: Double
            /// Where bulks are limited apart from other calls; nil: they take from the operation's bucket.
            public var limit: Limit?
            /// How long one takes whatever it has, in seconds, as long as none of the account's has ended.
            public var seconds: Double
            /// How much longer it takes for each row, in seconds, as long as none of the account's has ended.
            public var secondsPerRow: Double

            /// A bulk with all that it consists of.
            public init(
                minimumRows: Int, maximumRows: Int, cost: Double, limit: Limit? = nil, seconds: Double = 0,
                secondsPerRow: Double = 0
            ) {
                self.minimumRows = minimumRows
                self.maximumRows = maximumRows
                self.cost = cost
                self.limit = limit
                self.seconds = seconds
                self.secondsPerRow = secondsPerRow
            }
        }

        /// A token bucket.
        public struct Limit: Hashable, Sendable {
            /// Its name.
            public var bucket: String
            /// Tokens that come back in a second.
            public var ratePerSecond: Double
            /// The most tokens that gather.
            public var burst: Double

            /// A limit with all that it consists of.
            public init(bucket: String, ratePerSecond: Double, burst: Double) {
                self.bucket = bucket
                self.ratePerSecond = ratePerSecond
                self.burst = burst
            }
        }

        /// What the adapter calls it: "stock", "price", "content", "read", "orders", "order-task", "subscribe",
        /// ``PlatformDescription/fulfilledStock``.
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
        /// Of "stock", "price" and "content" alone; nil: all rows go by ordinary calls.
        public var bulk: Bulk?
        /// What one row of it takes of the ``PlatformDescription/revisions`` of its listing.
        public var revisions: Double

        /// An operation with all that it consists of.
        public init(
            _ name: String, bucket: String, ratePerSecond: Double, burst: Double, cost: Double = 1, rows: Int = 1,
            bulk: Bulk? = nil, revisions: Double = 1
        ) {
            self.name = name
            self.bucket = bucket
            self.ratePerSecond = ratePerSecond
            self.burst = burst
            self.cost = cost
            self.rows = rows
            self.bulk = bulk
            self.revisions = revisions
        }
    }

    /// How often one listing may be changed.
    public struct Revisions: Hashable, Sendable {
        /// In any 24 hours.
        public var perDay: Double
        /// Of those, how many at once; the others come back evenly over a day.
        public var burst: Double
        /// How many of them only stock that goes to zero may take.
        public var keptForZero: Double

        /// A limit with all that it consists of.
        public init(perDay: Double, burst: Double, keptForZero: Double) {
            self.perDay = perDay
            self.burst = burst
            self.keptForZero = keptForZero
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
    /// Whether its own sales take from the quantity that it shows, as with a shop.
    public var sellsFromShelf: Bool
    /// For how long behind a push its number may still take the place of what was sold meanwhile, in seconds: what such an
    /// order has left is sent again. nil: never, as the platform compares ``StockRow/expected`` with what it shows.
    public var pushSettleSeconds: Int64?
    /// Whether its notifications are asked for by calls, ``PlatformSession/subscribe(to:)``.
    public var subscribes: Bool
    /// Whether a listing is taken off its shelf by a call, ``PlatformSession/withdraw(_:)``.
    public var withdraws: Bool
    /// How often one listing may be changed; nil: as often as calls may be made.
    public var revisions: Revisions?
    /// What the platform wants to be answered where the signature of its notification is wrong, as an HTTP status; nil: what
    /// anybody is answered.
    public var wrongSignatureStatus: UInt32?

    /// A description with all that it consists of.
    public init(
        id: String, name: String, settings: [Field], credentials: [Field], operations: [Operation],
        tasks: Set<OrderTaskCall.Kind>, pollsOrders: Bool, sellsFromShelf: Bool, subscribes: Bool,
        withdraws: Bool = false, pushSettleSeconds: Int64? = nil, revisions: Revisions? = nil,
        wrongSignatureStatus: UInt32? = nil
    ) {
        self.id = id
        self.name = name
        self.settings = settings
        self.credentials = credentials
        self.operations = operations
        self.tasks = tasks
        self.pollsOrders = pollsOrders
        self.sellsFromShelf = sellsFromShelf
        self.pushSettleSeconds = pushSettleSeconds
        self.subscribes = subscribes
        self.withdraws = withdraws
        self.revisions = revisions
        self.wrongSignatureStatus = wrongSignatureStatus
    }
}
