internal import InventoryDomain
internal import Postgres

/// The SKUs whose kits are still to be told of.
enum KitAnnouncements {
    /// One of them, and how far it is.
    struct Row: Sendable {
        let bucket: Int16
        let brand: PostgresUUID
        /// nil: all kits of the brand are to be told of.
        let sku: SKU?
        var round: KitRound
    }

    /// What there is to do.
    struct Look: Sendable {
        /// One of the brands that have something to be told of; nil: none has.
        let brand: PostgresUUID?
        /// Whether there are changes of setups that were seen for the first time. Their kits follow when all who may have
        /// decided without them have ended.
        let hasFound: Bool
    }

    /// The command that adds SKUs; one that is there already goes round once more from where it is.
    ///
    /// - Parameter keys: Ascending, each once.
    static func adding(_ keys: [Keyed<SKU>]) -> PostgresCommand {
        let columns = keys.columns()
        return PostgresCommand(Self.upsert, columns.buckets, columns.brands, columns.names)
    }

    /// The command that adds kits, or SKUs that were some: what they consist of changes in this transaction.
    ///
    /// - Parameter keys: Ascending, each once.
    static func addingChanged(_ keys: [Keyed<SKU>]) -> PostgresCommand {
        let columns = keys.columns()
        return PostgresCommand(Self.setupUpsert, columns.buckets, columns.brands, columns.names)
    }

    /// The command that adds all kits of brands: what locations sell changes in this transaction.
    static func addingAll(of brands: [PostgresUUID]) -> PostgresCommand {
        PostgresCommand(Self.allUpsert, brands)
    }

    /// The command that adds the SKUs of a transaction whose kits its events do not tell of; nil: there are none.
    static func adding(_ shares: [DecidedShare]) -> PostgresCommand? {
        var keys: [Keyed<SKU>] = []
        for share in shares {
            var seen: Set<SKU> = []
            for case .stockChanged(let change) in share.changes.events
            where change.hasUntoldKits && seen.insert(change.sku).inserted {
                keys.append(Keyed(change.sku, of: share.brand, share: share.share))
            }
        }
        guard !keys.isEmpty else { return nil }
        keys.sort(by: Keyed.isBefore)
        return Self.adding(keys)
    }

    /// Looks for something to do.
    static func look(_ pool: PostgresPool) async throws -> Look {
        guard let row = try await pool.query(Self.looking).first else { return Look(brand: nil, hasFound: false) }
        let (brand, isNew) = try row.decode(PostgresUUID?.self, Bool.self)
        return Look(brand: brand, hasFound: isNew ? try await Self.begin(pool) : false)
    }

    /// Notes, of changes of setups, behind which transactions they are to be told of: all that were given their id before
    /// this one.
    ///
    /// Who decided without a change that is seen here had its id before that change was committed (`TransactionIdentity`).
    /// What is seen is what was committed before this transaction was given its own id, by repeatable reads: a change that
    /// was made meanwhile fails it, and is found by the next look.
    ///
    /// - Returns: Whether there were any.
    private static func begin(_ pool: PostgresPool) async throws -> Bool {
        var options = PostgresTransactionOptions()
        options.isolation = .repeatableRead
        options.tries = 3
        return try await pool.withTransaction(options) { transaction in
            let answers = try await transaction.execute([TransactionIdentity.assigning, PostgresCommand(Self.locking)])
            var (buckets, brands, names): ([Int16], [PostgresUUID], [String]) = ([], [], [])
            for row in answers[1] {
                let (bucket, brand, name) = try row.decode(Int16.self, PostgresUUID.self, String.self)
                buckets.append(bucket)
                brands.append(brand)
                names.append(name)
            }
            guard !names.isEmpty else { return false }
            _ = try await transaction.commit(with: [PostgresCommand(Self.beginning, buckets, brands, names)])
            return true
        }
    }

    /// Locks one of a brand's SKUs that nobody else has at hand; nil: there is none.
    static func next(
        of brand: PostgresUUID, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> Row? {
        guard let row = try await transaction.query(Self.selection, brand).first else { return nil }
        let (bucket, sku, position, goal, hasWrapped) = try row.decode(
            Int16.self, String.self, String.self, String.self, Bool.self)
        return Row(
            bucket: bucket, brand: brand, sku: sku == Self.allKits ? nil : try SKU.read(sku),
            round: KitRound(position: position, goal: goal, hasWrapped: hasWrapped))
    }

    /// The command that notes how far a SKU is; one that has come round goes.
    static func note(_ row: Row) -> PostgresCommand {
        guard !row.round.isOver else {
            return PostgresCommand(Self.deletion, row.bucket, row.brand, row.sku?.description ?? Self.allKits)
        }
        return PostgresCommand(
            Self.update, row.bucket, row.brand, row.sku?.description ?? Self.allKits, row.round.position,
            row.round.hasWrapped)
    }

    /// Stands for all kits of a brand; no SKU is empty.
    private static let allKits = ""

    private static let upsert = PostgresStatement(
        """
        insert into kit_announcement as a (bucket, brand_id, sku)
        select * from unnest($1::smallint[], $2::uuid[], $3::text[])
        on conflict (bucket, brand_id, sku) do update set goal = a.position, has_wrapped = false
        """)

    private static let setupUpsert = PostgresStatement(
        """
        insert into kit_announcement as a (bucket, brand_id, sku, is_of_setup)
        select *, true from unnest($1::smallint[], $2::uuid[], $3::text[])
        on conflict (bucket, brand_id, sku) do update
            set goal = a.position, has_wrapped = false, is_of_setup = true, begun_behind = null
        """)

    // Brands without kits have nothing to be told of.
    private static let allUpsert = PostgresStatement(
        """
        insert into kit_announcement as a (bucket, brand_id, sku, is_of_setup)
        select distinct 0, b.id, '', true from unnest($1::uuid[]) as b (id)
        where exists (select from kit k where k.brand_id = b.id) order by 2
        on conflict (bucket, brand_id, sku) do update
            set goal = a.position, has_wrapped = false, is_of_setup = true, begun_behind = null
        """)

    private static let looking = PostgresStatement(
        """
        select (
            select brand_id from kit_announcement
            where not is_of_setup or begun_behind <= pg_snapshot_xmin(pg_current_snapshot()) limit 1
        ), exists (select from kit_announcement where is_of_setup and begun_behind is null)
        """,
        readOnly: true)

    private static let locking = PostgresStatement(
        """
        select bucket, brand_id, sku from kit_announcement where is_of_setup and begun_behind is null
        for update skip locked
        """)

    private static let beginning = PostgresStatement(
        """
        update kit_announcement a set begun_behind = pg_current_xact_id()
        from unnest($1::smallint[], $2::uuid[], $3::text[]) as f (bucket, brand_id, sku)
        where a.bucket = f.bucket and a.brand_id = f.brand_id and a.sku = f.sku
        """)

    private static let selection = PostgresStatement(
        """
        select bucket, sku, position, goal, has_wrapped from kit_announcement
        where brand_id = $1 and (not is_of_setup or begun_behind <= pg_snapshot_xmin(pg_current_snapshot()))
        limit 1 for update skip locked
        """)

    private static let update = PostgresStatement(
        """
        update kit_announcement set position = $4, has_wrapped = $5 where bucket = $1 and brand_id = $2 and sku = $3
        """)

    private static let deletion = PostgresStatement(
        "delete from kit_announcement where bucket = $1 and brand_id = $2 and sku = $3")
}

/// How far a SKU's kits have been told of: they go round in the order of their SKUs, from behind a position to the end, and
/// from the start to the goal.
///
/// A pure machine. Whatever changes meanwhile, each kit that is there all the time is told of within one round.
struct KitRound: Hashable, Sendable {
    /// The last kit that was told of; empty: none since the start.
    private(set) var position = ""
    /// Up to which kit the round goes once it has come to the end; empty: it ends there.
    private(set) var goal = ""
    /// Whether it has come to the end.
    private(set) var hasWrapped = false
    /// Whether all are told of.
    private(set) var isOver = false

    init(position: String = "", goal: String = "", hasWrapped: Bool = false) {
        self.position = position
        self.goal = goal
        self.hasWrapped = hasWrapped
    }

    /// The kits to be told of next; they count as told of.
    ///
    /// - Parameters:
    ///   - kits: All of them, ascending.
    ///   - limit: How many at the most.
    mutating func next(of kits: [SKU], limit: Int) -> [SKU] {
        let rest = kits.drop { !Self.isBehind($0.description, self.position) }
        let open = self.hasWrapped ? rest.prefix { !Self.isBehind($0.description, self.goal) } : rest
        let portion = Array(open.prefix(limit))
        if open.count > limit {
            self.position = portion.last?.description ?? ""
        } else if self.hasWrapped || self.goal.isEmpty {
            self.isOver = true
        } else {
            (self.position, self.hasWrapped) = ("", true)
        }
        return portion
    }

    /// The SKU changed again: all are to be told of again, those behind the position first.
    mutating func restart() { (self.goal, self.hasWrapped, self.isOver) = (self.position, false, false) }

    private static func isBehind(_ name: String, _ other: String) -> Bool {
        other.utf8.lexicographicallyPrecedes(name.utf8)
    }
}
