internal import InventoryDomain
internal import Postgres

/// The questions of one read that are to be asked elsewhere.
struct StockMisses: Sendable {
    private let questions: StockQuestions
    /// Nil: all of them.
    private let indices: [Int]?
    /// By which answers may be put near; nil: they may not.
    let ticket: NearCache.Ticket?

    /// All questions.
    init(all questions: StockQuestions) {
        self.questions = questions
        self.indices = nil
        self.ticket = nil
    }

    /// Those that the near cache did not have.
    init(_ questions: StockQuestions, _ misses: NearCache.Misses) {
        self.questions = questions
        self.indices = misses.questions
        self.ticket = misses.ticket
    }

    /// How many there are.
    var count: Int { self.indices?.count ?? self.questions.count }

    /// Whose SKU is asked for.
    func brand(_ index: Int) -> PostgresUUID { self.questions.brand(self.question(index)) }

    /// Which call asks.
    func call(_ index: Int) -> Int { self.questions.call(self.question(index)) }

    /// The bytes of the SKU.
    @_lifetime(borrow self)
    func sku(_ index: Int) -> RawSpan { self.questions.sku(self.question(index)) }

    /// What is asked for.
    ///
    /// - Throws: ``InvalidValue`` where it can be no SKU.
    func key(_ index: Int) throws(InvalidValue) -> StockKey { try self.questions.key(self.question(index)) }

    private func question(_ index: Int) -> Int { self.indices?[index] ?? index }
}
