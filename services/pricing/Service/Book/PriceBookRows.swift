internal import Postgres
internal import PricingDomain
internal import PricingMessages
internal import ProtobufC

/// All that a brand's price book says, now or as it was known at an instant: as messages.
struct PriceBookContent: Sendable {
    /// A list, and the number that stands for it in prices.
    struct NumberedList: Sendable {
        let number: Int32
        let list: PriceList
    }

    /// What a unit of one currency was worth in another, as the row has it.
    struct Rate: Hashable, Sendable {
        let baseCurrency: String
        let quoteCurrency: String
        let at: PostgresTimestamp
        let recordedAt: PostgresTimestamp
        /// In millionths of a millionth.
        let rate: Int64
        let source: String
    }

    /// Stands for all of it: as long as the book has it, nothing of this has changed. Of a book of the past, the last
    /// recorded change of anything but rates.
    var revision: Int64
    /// 0 as their version where they were never put.
    var settings: PricingSettings
    /// By id.
    var lists: [NumberedList]
    /// By id.
    var rules: [PriceRule]
    /// By SKU.
    var kits: [PriceKit]
    /// By currencies and instant; of several for one instant, the one that was recorded last.
    var rates: [Rate]
}

/// Reads whole price books.
///
/// Lists, rules and kits are answered with their versions and times; those of the past without the time at which they
/// were made.
enum PriceBookRows {
    /// The command that reads a book's revision: a row of one number, or none.
    static func revision(of brand: PostgresUUID) -> PostgresCommand { PostgresCommand(Self.revision, brand) }

    /// The book as it is. One round trip.
    static func present(of brand: PostgresUUID, in pool: PostgresPool) async throws -> PriceBookContent {
        try await pool.withTransaction(Self.oneMoment) { transaction in
            try Self.readPresent(try await transaction.commit(with: Self.presentCommands(of: brand)))
        }
    }

    /// The book as it is, within a transaction that keeps it from being changed. One round trip.
    static func present(
        of brand: PostgresUUID, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> PriceBookContent {
        try Self.readPresent(try await transaction.execute(Self.presentCommands(of: brand)))
    }

    private static func presentCommands(of brand: PostgresUUID) -> [PostgresCommand] {
        [
            PostgresCommand(Self.book, brand), PostgresCommand(Self.lists, brand), PostgresCommand(Self.rules, brand),
            PostgresCommand(Self.kits, brand), PostgresCommand(Self.rates, brand, PostgresTimestamp.infinity),
        ]
    }

    private static func readPresent(_ answers: [PostgresRows]) throws(PostgresError) -> PriceBookContent {
        var reader = PriceBookReader()
        try reader.readBook(answers[0])
        for row in answers[1] { try reader.readList(row) }
        for row in answers[2] { try reader.readRule(row) }
        for row in answers[3] { try reader.readKit(row) }
        return try reader.content(rates: answers[4])
    }

    /// The book as it was known at an instant. One round trip.
    static func known(
        at instant: PostgresTimestamp, of brand: PostgresUUID, in pool: PostgresPool
    ) async throws -> PriceBookContent {
        try await pool.withTransaction(Self.oneMoment) { transaction in
            let answers = try await transaction.commit(with: [
                PostgresCommand(Self.known, brand, instant), PostgresCommand(Self.rates, brand, instant),
                PostgresCommand(Self.knownRevision, brand, instant),
            ])
            var reader = PriceBookReader()
            for row in answers[0] { try reader.readHistory(row) }
            reader.revision = try answers[2].first?.decode(Int64.self) ?? 0
            return try reader.content(rates: answers[1])
        }
    }

    private static var oneMoment: PostgresTransactionOptions {
        var options = PostgresTransactionOptions()
        options.isolation = .repeatableRead
        options.isReadOnly = true
        return options
    }

    private static let revision = PostgresStatement(
        "select revision from price_book where brand_id = $1", readOnly: true)

    private static let book = PostgresStatement(
        "select revision, settings, settings_version from price_book where brand_id = $1", readOnly: true)

    private static let lists = PostgresStatement(
        """
        select number, version, created_at, changed_at, document from price_list where brand_id = $1 order by list_id
        """,
        readOnly: true)

    private static let rules = PostgresStatement(
        "select version, created_at, changed_at, document from price_rule where brand_id = $1 order by rule_id",
        readOnly: true)

    private static let kits = PostgresStatement(
        "select version, document from price_kit where brand_id = $1 order by sku", readOnly: true)

    private static let rates = PostgresStatement(
        """
        select distinct on (base_currency, quote_currency, at) base_currency, quote_currency, at, recorded_at, rate, source
        from exchange_rate where brand_id = $1 and recorded_at <= $2
        order by base_currency, quote_currency, at, recorded_at desc
        """,
        readOnly: true)

    // Of a subject that was removed and made anew at one revision, the part that came last counts.
    private static let known = PostgresStatement(
        """
        select kind, list_number, revision, recorded_at, document
        from (select distinct on (kind, id) kind, id, list_number, revision, recorded_at, is_removed, document
              from price_book_history where brand_id = $1 and recorded_at <= $2
              order by kind, id, revision desc, part desc) h
        where not is_removed order by kind, id
        """,
        readOnly: true)

    private static let knownRevision = PostgresStatement(
        "select coalesce(max(revision), 0) from price_book_history where brand_id = $1 and recorded_at <= $2",
        readOnly: true)
}

/// Puts a book together from rows.
private struct PriceBookReader {
    var revision: Int64 = 0
    private var settings = PricingSettings()
    private var lists: [PriceBookContent.NumberedList] = []
    private var rules: [PriceRule] = []
    private var kits: [PriceKit] = []
    private let memory = ArenaMemory()

    mutating func readBook(_ rows: PostgresRows) throws(PostgresError) {
        guard let row = rows.first else { return }
        let (revision, document, version) = try row.decode(Int64.self, [UInt8].self, Int64.self)
        self.revision = revision
        self.settings = try self.message(PricingSettings.self, document).answer(version: version)
    }

    mutating func readList(_ row: PostgresRow) throws(PostgresError) {
        let (number, version, createdAt, changedAt, document) = try row.decode(
            Int32.self, Int64.self, PostgresTimestamp.self, PostgresTimestamp.self, [UInt8].self)
        let list = try self.message(PriceList.self, document).answer(version: version, createdAt, changedAt)
        self.lists.append(PriceBookContent.NumberedList(number: number, list: list))
    }

    mutating func readRule(_ row: PostgresRow) throws(PostgresError) {
        let (version, createdAt, changedAt, document) = try row.decode(
            Int64.self, PostgresTimestamp.self, PostgresTimestamp.self, [UInt8].self)
        self.rules.append(try self.message(PriceRule.self, document).answer(version: version, createdAt, changedAt))
    }

    mutating func readKit(_ row: PostgresRow) throws(PostgresError) {
        let (version, document) = try row.decode(Int64.self, [UInt8].self)
        self.kits.append(try self.message(PriceKit.self, document).answer(version: version))
    }

    mutating func readHistory(_ row: PostgresRow) throws(PostgresError) {
        let (kind, number, version, recordedAt, document) = try row.decode(
            Int16.self, Int32.self, Int64.self, PostgresTimestamp.self, [UInt8].self)
        switch PriceBookKind(rawValue: kind) {
        case .list:
            var list = try self.message(PriceList.self, document)
            (list.version, list.changedAt) = (UInt64(clamping: version), recordedAt.protobuf)
            self.lists.append(PriceBookContent.NumberedList(number: number, list: list))
        case .rule:
            var rule = try self.message(PriceRule.self, document)
            (rule.version, rule.changedAt) = (UInt64(clamping: version), recordedAt.protobuf)
            self.rules.append(rule)
        case .kit: self.kits.append(try self.message(PriceKit.self, document).answer(version: version))
        case .settings:
            self.settings = try self.message(PricingSettings.self, document).answer(version: version)
        case nil: throw .unexpectedValue(column: "kind", reason: "\(kind) is none")
        }
    }

    func content(rates: PostgresRows) throws(PostgresError) -> PriceBookContent {
        PriceBookContent(
            revision: self.revision, settings: self.settings, lists: self.lists, rules: self.rules, kits: self.kits,
            rates: try rates.map { (row) throws(PostgresError) in try PriceBookContent.Rate(row) })
    }

    private func message<Document: Message>(
        _: Document.Type, _ bytes: [UInt8]
    ) throws(PostgresError) -> Document {
        self.memory.arena.reset()
        return try Document(stored: bytes, column: "document", in: self.memory.arena)
    }
}

extension PriceBookContent.Rate {
    /// A rate of a row of currencies, instant, time of recording, rate and source.
    init(_ row: PostgresRow) throws(PostgresError) {
        let (base, quote, at, recordedAt, rate, source) = try row.decode(
            String.self, String.self, PostgresTimestamp.self, PostgresTimestamp.self, Int64.self, String.self)
        self.init(
            baseCurrency: base, quoteCurrency: quote, at: at, recordedAt: recordedAt, rate: rate, source: source)
    }
}
