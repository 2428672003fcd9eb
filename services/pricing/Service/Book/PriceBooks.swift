internal import Money
internal import Postgres
internal import PricingDomain
internal import Synchronization

/// The books of brands, each as it was read last, so that one which stands is not read and checked again for each call.
///
/// A kept book is not trusted: whoever uses it has read the book's revision, and says so here.
final class PriceBooks: Sendable {
    /// The most books that are kept. Of more, the one that was asked for longest ago goes.
    static let maximumBooks = 64

    private struct Kept {
        let book: PriceBook
        var askedFor: UInt64
    }

    private struct State {
        var kept: [PostgresUUID: Kept] = [:]
        var questions: UInt64 = 0
        /// Those that are being read, so that many calls at once read a book once.
        var loads: [PostgresUUID: Task<PriceBook, any Error>] = [:]

        mutating func find(_ brand: PostgresUUID) -> PriceBook? {
            self.questions += 1
            self.kept[brand]?.askedFor = self.questions
            return self.kept[brand]?.book
        }
    }

    private enum Found {
        case kept(PriceBook)
        case load(Task<PriceBook, any Error>)
    }

    private let state = Mutex(State())

    /// A brand's book at a revision that the transaction keeps from changing.
    func book(
        of brand: PostgresUUID, revision: Int64, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> PriceBook {
        if let book = self.state.withLock({ $0.find(brand) }), book.revision == revision { return book }
        let book = try PriceBook(try await PriceBookRows.present(of: brand, in: transaction))
        self.keep(book, of: brand)
        return book
    }

    /// A brand's book, the kept one if it is not of an earlier revision.
    ///
    /// - Parameter revision: One that was read; 0: whichever it is, to be compared later.
    func book(of brand: PostgresUUID, since revision: Int64, in pool: PostgresPool) async throws -> PriceBook {
        let found = self.state.withLock { state -> Found in
            if let book = state.find(brand), book.revision >= revision { return .kept(book) }
            if let load = state.loads[brand] { return .load(load) }
            let load = Task { try PriceBook(try await PriceBookRows.present(of: brand, in: pool)) }
            state.loads[brand] = load
            return .load(load)
        }
        switch found {
        case .kept(let book): return book
        case .load(let load):
            defer { self.state.withLock { if $0.loads[brand] == load { $0.loads[brand] = nil } } }
            let book = try await load.value
            self.keep(book, of: brand)
            return book
        }
    }

    private func keep(_ book: PriceBook, of brand: PostgresUUID) {
        self.state.withLock { state in
            if let known = state.kept[brand]?.book, known.revision > book.revision { return }
            state.questions += 1
            state.kept[brand] = Kept(book: book, askedFor: state.questions)
            guard state.kept.count > Self.maximumBooks else { return }
            let oldest = state.kept.min { $0.value.askedFor < $1.value.askedFor }
            if let oldest { state.kept[oldest.key] = nil }
        }
    }
}

extension PriceBookContent.Rate {
    /// The rate as amounts are converted by it.
    var currencyRate: CurrencyRate {
        get throws(PostgresError) {
            guard let base = Currency(code: self.baseCurrency), let quote = Currency(code: self.quoteCurrency) else {
                throw .unexpectedValue(
                    column: "base_currency", reason: "\(self.baseCurrency) or \(self.quoteCurrency) is no currency")
            }
            return CurrencyRate(
                base: base, quote: quote, at: Instant(self.at), picos: self.rate, source: self.source)
        }
    }
}
