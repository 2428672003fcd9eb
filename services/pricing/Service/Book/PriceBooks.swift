internal import Postgres
internal import PricingDomain
internal import Synchronization

/// The books of brands, each as it was read last, so that one which stands is not read and checked again for each call.
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
    }

    private let state = Mutex(State())

    /// A brand's book at a revision that the transaction keeps from changing.
    func book(
        of brand: PostgresUUID, revision: Int64, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> PriceBook {
        if let book = self.kept(of: brand), book.revision == revision { return book }
        let book = try PriceBook(try await PriceBookRows.present(of: brand, in: transaction))
        self.keep(book, of: brand)
        return book
    }

    private func kept(of brand: PostgresUUID) -> PriceBook? {
        self.state.withLock { state in
            state.questions += 1
            state.kept[brand]?.askedFor = state.questions
            return state.kept[brand]?.book
        }
    }

    private func keep(_ book: PriceBook, of brand: PostgresUUID) {
        self.state.withLock { state in
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
