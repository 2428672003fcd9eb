public import ServiceKit

/// The engine's limits.
public struct EngineLimits: Sendable {
    /// The lanes of commands on one SKU: 1 to 64. Buckets are dealt out to them.
    public var lanes = 2
    /// The most commands in one transaction.
    public var batch = 512
    /// The most commands that wait in one lane; more are refused at once.
    public var waiting = 8_192
    /// The most commands of bulk calls that wait; more are refused at once, all of a call or none.
    public var waitingInBulk = 65_536

    /// How much is remembered of items between transactions, in bytes, at most 128 MiB: half a million items where each has
    /// stock at three locations.
    public var rememberedBytes = 64 << 20

    /// The defaults.
    public init() {}

    /// After how long a caller who was refused may try again, in milliseconds.
    static let retryAfterMilliseconds = 250
    /// What a decision may take before it is logged, in microseconds: as long, nothing else runs on the reactor.
    static let decisionMicroseconds = 2_000
    /// After so many changes of the rows of a page of items it is visited. A page has room for some 16 new
    /// versions, and other copies of the service count by themselves.
    static let changesOfItemPage: UInt8 = 10
    /// The same of a page of levels, which has room for some 30.
    static let changesOfLevelPage: UInt8 = 20
    /// Pages are visited by so many at once: a statement for few costs nearly what one for many does, and a page has room for
    /// some more changes until its turn comes.
    static let visitsAtOnce = 32
    /// After so many further changes of one of them they are visited all the same.
    static let changesUntilVisit: UInt8 = 3
    /// After a lane's transaction without locks has failed, so many go with locks.
    static let lockingBatches = 16
    /// How often a command is passed over since another lane has one of its SKUs under way. Then it goes along under locks,
    /// and waits for the other's in the database.
    static let maximumPasses = 4
    /// How far a lane looks for commands that it may take, in batches.
    static let batchesSearched = 4
    /// Of how many reservations made lately it is remembered which SKUs they hold, to claim them; some 100 bytes each.
    static let rememberedReservations = 65_536
    /// How often a batch is read anew since setups change under it.
    static let maximumSetupChanges = 10
    /// The lanes of commands on several buckets: while one's transaction is read or written, the other's is decided.
    static let lanesOfSeveralBuckets = 2
    /// So many wait in the first lane of commands on several buckets before the others take any. A transaction of few costs
    /// nearly what one of many does, and two at once soon wait for each other's buckets of events.
    static let waitingInFirstLane = 64
    /// The lane of bulk calls.
    static let lanesInBulk = 1
    /// How many lanes, but for that of bulk calls, may have a second transaction under way at once. With two of them less of
    /// the cores is idle, and no more is carried out.
    static let overlappingLanes = 1
    /// So many wait at least before a lane has a second transaction, and half as many as the first has: more that carry out
    /// less each would cost more than they gain.
    static let overlapMinimum = 128
    /// The connections of those who look for work, beside those of the lanes: of the sweepers, and of who tells of kits.
    static let connectionsBesideLanes = 2
}

extension EngineLimits {
    /// What the engine's connections set in their sessions.
    ///
    /// All of its statements go from a batch's keys to the rows, one index scan a key. Statistics must not talk the planner
    /// out of that: those of a partition that was empty when the day began say that reading all of it is cheap, and a plan
    /// is kept for long.
    static let sessionSettings = [
        "enable_seqscan": "off", "enable_bitmapscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off",
        "plan_cache_mode": "force_generic_plan", "jit": "off",
    ]

    /// The connections that an engine with these limits uses at once.
    public var connections: Int {
        self.lanes + Self.lanesOfSeveralBuckets + Self.lanesInBulk + Self.overlappingLanes + Self.connectionsBesideLanes
    }
}

extension EngineLimits {
    /// The setting of the lanes of commands on one SKU.
    public static let lanesSetting = Setting.integer(
        "lanes", default: 2, in: 1...64,
        "The transactions on single SKUs that run at once, each on a connection of its own; with fewer, each carries "
            + "out more.")

    /// The limits that a service is configured with.
    public init(_ configuration: ServiceConfiguration) { self.lanes = configuration[Self.lanesSetting] }
}
