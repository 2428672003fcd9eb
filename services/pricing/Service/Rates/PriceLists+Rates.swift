internal import Events
internal import Money
internal import Paging
internal import Postgres
internal import PricingDomain
public import PricingMessages
public import RPC
internal import WellKnownMessages

extension PriceLists {
    /// Tells what currencies are worth in others, all or none. A rate that was told before, by the same source, is left.
    public func putExchangeRates(
        _ request: PutExchangeRatesRequest, context: ServerContext
    ) async throws -> PutExchangeRatesResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let rates = try Self.rates(request.rates)
            return try await self.changing { transaction in
                let book = try await PriceBookWrites.lock(brand, in: transaction)
                let answers = try await transaction.execute([
                    ExchangeRateRows.last(of: rates, brand), ExchangeRateRows.count(of: brand),
                ])
                let known = try ExchangeRateRows.read(answers[0])
                let changed = rates.filter { rate in
                    let last = known[ExchangeRateRows.Key(rate)]
                    return last?.rate != rate.picos || last?.source != rate.source
                }
                guard !changed.isEmpty else { return PutExchangeRatesResponse() }
                let count = try answers[1].first?.decode(Int64.self) ?? 0
                guard count + Int64(changed.count) <= ExchangeRateRows.maximumRates else {
                    throw PricingRefusal(
                        .tooMany, "\(count) rates are kept; at most \(ExchangeRateRows.maximumRates) may be")
                }
                let record = try PriceBookWrites.record([], in: book, by: context.caller.principal)
                let told = changed.map { $0.message(recordedAt: book.now) }
                let events = try told.parts(of: Self.maximumRatesPerEvent).map {
                    PricingEvent.ratesChanged(ExchangeRatesChanged(rates: Array($0)))
                }.recorded(of: brand, at: book.now, traceParent: context.trace?.traceparent)
                _ = try await transaction.commit(
                    with: record.commands + [ExchangeRateRows.insertion(changed, at: book.now, of: brand)]
                        + EventLog.append(events))
                return PutExchangeRatesResponse(changed: Int64(changed.count))
            }
        }
    }

    /// Answers a page of all rates that were told, by currencies, the last first.
    public func listExchangeRates(
        _ request: ListExchangeRatesRequest, context: ServerContext
    ) async throws -> ListExchangeRatesResponse {
        let brand = try self.brand(of: context.caller)
        let question = PageToken.Question(
            "ListExchangeRates", [brand.description, request.baseCurrency, request.quoteCurrency])
        let last = try Self.position(request.pageToken, of: question) { ExchangeRateRows.Position(token: $0) }
        return try await self.answering(context) {
            let size = self.pageSize(request.pageSize)
            let rows = try await self.pool.query(
                ExchangeRateRows.page(
                    base: request.baseCurrency, quote: request.quoteCurrency, of: brand, after: last,
                    limit: size + 1))
            let rates = try rows.map { (row) throws(PostgresError) in try PriceBookContent.Rate(row) }
            let page = rates.prefix(size)
            var response = ListExchangeRatesResponse(
                rates: try page.map { try $0.currencyRate.message(recordedAt: $0.recordedAt) })
            if rates.count > size, let end = page.last {
                response.nextPageToken = PageToken.text(ExchangeRateRows.Position(end).token, of: question)
            }
            return response
        }
    }

    /// The most rates of one event.
    static let maximumRatesPerEvent = 500

    private static func rates(_ messages: [ExchangeRate]) throws(PricingRefusal) -> [CurrencyRate] {
        var rates: [CurrencyRate] = []
        var seen: [ExchangeRateRows.Key: Int] = [:]
        var refusals: [PricingRefusal] = []
        for (index, message) in messages.enumerated() {
            do throws(PricingRefusal) {
                let rate = try CurrencyRate(message, field: "rates[\(index)]")
                if let earlier = seen.updateValue(index, forKey: ExchangeRateRows.Key(rate)) {
                    throw PricingRefusal(
                        .duplicateEntry, field: "rates[\(index)]",
                        "is of the same currencies and instant as rates[\(earlier)]", expected: "each rate once")
                }
                rates.append(rate)
            } catch { refusals.append(error) }
        }
        if let refusal = PricingRefusal.combined(refusals) { throw refusal }
        return rates
    }
}

extension CurrencyRate {
    /// The rate as it is answered.
    func message(recordedAt: PostgresTimestamp) -> ExchangeRate {
        ExchangeRate(
            baseCurrency: self.base.code, quoteCurrency: self.quote.code, at: self.at.timestamp, rate: self.text,
            source: self.source, recordedAt: recordedAt.protobuf)
    }
}
