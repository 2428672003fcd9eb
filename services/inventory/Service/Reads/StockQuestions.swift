internal import InventoryDomain
internal import Postgres
internal import ProtobufC

/// What the calls of one read ask for, in two pieces of memory however many they are.
struct StockQuestions: Sendable {
    private struct Question {
        let brand: PostgresUUID
        /// The call's index in its batch.
        let call: Int32
        /// Where its SKU ends in the text.
        let end: Int32
    }

    /// What memory is reserved for by SKU; longer ones make it grow.
    private static let commonSKUBytes = 16

    private var questions: [Question] = []
    private var text: [UInt8] = []

    /// Room for so many questions.
    init(capacity: Int) {
        self.questions.reserveCapacity(capacity)
        self.text.reserveCapacity(capacity * Self.commonSKUBytes)
    }

    /// How many there are.
    var count: Int { self.questions.count }

    /// Adds the question of a call for a SKU that was not looked at yet.
    mutating func append(_ brand: PostgresUUID, _ sku: borrowing TextView, call: Int) {
        sku.utf8.withUnsafeBytes { self.text.append(contentsOf: $0) }
        // A batch has at most 512 calls, and what they ask for came in one read.
        self.questions.append(
            Question(
                brand: brand, call: Int32(truncatingIfNeeded: call), end: Int32(truncatingIfNeeded: self.text.count)))
    }

    /// Whose SKU is asked for.
    func brand(_ index: Int) -> PostgresUUID { self.questions[index].brand }

    /// Which call asks.
    func call(_ index: Int) -> Int { Int(self.questions[index].call) }

    /// The bytes of the SKU.
    @_lifetime(borrow self)
    func sku(_ index: Int) -> RawSpan {
        let start = index == 0 ? 0 : Int(self.questions[index - 1].end)
        return self.text.span.bytes.extracting(start..<Int(self.questions[index].end))
    }

    /// What is asked for.
    ///
    /// - Throws: ``InvalidValue`` where it can be no SKU.
    func key(_ index: Int) throws(InvalidValue) -> StockKey {
        let sku = self.sku(index).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        return StockKey(brand: self.brand(index), sku: try SKU(sku))
    }
}
