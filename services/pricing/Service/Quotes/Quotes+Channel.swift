internal import Money
internal import Paging
internal import Postgres
internal import PricingDomain
public import PricingMessages
public import RPC

extension Quotes {
    /// SKUs of a page where the request names no number.
    static let defaultPageSize = 100

    /// Answers what SKUs are sold for on a channel.
    public func listPrices(_ request: ListPricesRequest, context: ServerContext) async throws -> ListPricesResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            guard var question = try await self.question(request, of: brand) else { return ListPricesResponse() }
            guard request.sku.isEmpty else {
                question.skus = try Self.skus(request.sku)
                let ground = try await self.ground(of: question, of: brand)
                return ListPricesResponse(prices: try ChannelPrices(ground).all(question.skus))
            }
            return try await self.page(request, question, of: brand)
        }
    }

    private func page(
        _ request: ListPricesRequest, _ question: QuoteQuestion, of brand: PostgresUUID
    ) async throws -> ListPricesResponse {
        var selection = request
        (selection.pageSize, selection.pageToken) = (0, "")
        let pages = PageToken.Question("ListPrices", [brand.description, String(describing: selection)])
        let size = request.pageSize == 0 ? Self.defaultPageSize : Int(request.pageSize)
        let after = try Self.position(request.pageToken, of: pages)
        var question = question
        question.skus = try await self.sold(question, after: after, upTo: size, of: brand)
        guard let last = question.skus.last else { return ListPricesResponse() }
        let ground = try await self.ground(of: question, of: brand)
        return ListPricesResponse(
            prices: try ChannelPrices(ground).all(question.skus),
            nextPageToken: question.skus.count < size ? "" : PageToken.text(Array(last.description.utf8), of: pages))
    }

    /// The next SKUs that may have a price in scope: kits may have the sum of their parts.
    private func sold(
        _ question: QuoteQuestion, after: String, upTo size: Int, of brand: PostgresUUID
    ) async throws -> [SKU] {
        let book = try await self.book(of: question, brand)
        let plan = QuotePlan(question.context, skus: [], in: book)
        let selling = plan.listNumbers.filter { book.list(number: $0)?.type == .selling }
        var skus: Set<SKU> = []
        let tables = question.knownAt == nil ? Self.soldNow : Self.soldEver
        for row in try await self.pool.query(tables, brand, selling, after, Int64(size)) {
            skus.insert(SKU(unchecked: try row.decode(String.self)))
        }
        let start = SKU(unchecked: after)
        for kit in book.kits.skus where kit > start { skus.insert(kit) }
        return Array(skus.sorted().prefix(size))
    }

    /// The book that a question goes by, as it is when it is asked.
    private func book(of question: QuoteQuestion, _ brand: PostgresUUID) async throws -> PriceBook {
        guard let instant = question.knownAt else {
            // Of no book at all there is no row, and nothing could have changed.
            let found = try await self.pool.query(PriceBookRows.revision(of: brand)).first
            return try await self.books.book(
                of: brand, since: try found?.decode(Int64.self) ?? 0, in: self.pool)
        }
        return try PriceBook(
            try await PriceBookRows.known(at: PostgresTimestamp(instant), of: brand, in: self.pool))
    }

    /// What a request asks, without its SKUs; nil: it names no currency, and nothing is sold there.
    private func question(_ request: ListPricesRequest, of brand: PostgresUUID) async throws -> QuoteQuestion? {
        let (at, isPast) = try QuoteInstant.read(request.at)
        var question = QuoteQuestion(
            context: QuoteContext(
                channel: request.channel, region: request.region, customerGroup: request.customerGroup,
                currency: try Currency(request.currency.isEmpty ? "USD" : request.currency, field: "currency"), at: at),
            knownAt: isPast ? at : nil, skus: [])
        guard request.currency.isEmpty else { return question }
        let currency = try await self.book(of: question, brand).sellingCurrency(
            channel: request.channel, region: request.region, customerGroup: request.customerGroup, at: at)
        guard let currency else { return nil }
        question.context.currency = currency
        return question
    }

    /// Each once, in the order of bytes.
    private static func skus(_ texts: [String]) throws(PricingRefusal) -> [SKU] {
        var skus: Set<SKU> = []
        for (place, text) in texts.enumerated() { skus.insert(try SKU(text, field: "sku[\(place)]")) }
        return skus.sorted()
    }

    private static func position(_ token: String, of question: PageToken.Question) throws(RPCError) -> String {
        guard !token.isEmpty else { return "" }
        guard let position = PageToken.position(token, of: question),
            let text = String(validating: position, as: UTF8.self)
        else {
            throw RPCError(
                field: "pageToken", "is not of this list", expected: "the token of the page before, or none")
        }
        return text
    }

    private static let soldNow = PostgresStatement(
        """
        select s.sku
        from unnest($2::integer[]) as l (number)
        cross join lateral (
            select distinct p.sku from price p
            where p.brand_id = $1 and p.list_number = l.number and p.sku > $3
            order by p.sku limit $4::bigint
        ) s
        group by s.sku order by s.sku limit $4::bigint
        """, readOnly: true)

    private static let soldEver = PostgresStatement(
        """
        select s.sku
        from unnest($2::integer[]) as l (number)
        cross join lateral (
            (select distinct p.sku from price p
            where p.brand_id = $1 and p.list_number = l.number and p.sku > $3
            order by p.sku limit $4::bigint)
            union
            (select distinct p.sku from price_history p
            where p.brand_id = $1 and p.list_number = l.number and p.sku > $3
            order by p.sku limit $4::bigint)
        ) s
        group by s.sku order by s.sku limit $4::bigint
        """, readOnly: true)
}
