internal import Postgres
internal import PricingDomain
internal import PricingMessages

extension PriceBook {
    /// The book that rows say.
    ///
    /// - Throws: `PostgresError` where they are not what was written: somebody else has changed them.
    init(_ content: PriceBookContent) throws(PostgresError) {
        var rates: [CurrencyRate] = []
        rates.reserveCapacity(content.rates.count)
        for rate in content.rates { rates.append(try rate.currencyRate) }
        do throws(PricingRefusal) {
            var lists: [BookList] = []
            lists.reserveCapacity(content.lists.count)
            for list in content.lists { lists.append(try BookList(list.list, number: list.number)) }
            try self.init(
                revision: content.revision, lists: lists, rules: content.rules, kits: content.kits,
                settings: content.settings, rates: rates)
        } catch {
            throw .unexpectedValue(column: "document", reason: error.description)
        }
    }
}
