internal import CatalogDomain
public import CatalogMessages
internal import Postgres
public import RPC

extension Products {
    /// The most matches of a number that are answered.
    private static let maximumMatches = 50

    /// Answers the parts that a number means: own numbers first, then GTINs, then those of other brands.
    public func findPartNumber(
        _ request: FindPartNumberRequest, context: ServerContext
    ) async throws -> FindPartNumberResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let day = try await self.day(request.onDay)
            return FindPartNumberResponse(
                matches: try await self.matches(request.number, of: request.brand, on: day, in: brand))
        }
    }

    /// The parts that a number means, and what is sold for them.
    ///
    /// - Parameters:
    ///   - label: Of other brands' numbers, only those of this label or code; empty: of all.
    ///   - day: The day to go by.
    func matches(
        _ number: String, of label: String = "", on day: Day, in brand: PostgresUUID
    ) async throws -> [PartNumberMatch] {
        var matches = try await self.numbers(number, of: label, in: brand)
        let skus = Array(Set(matches.compactMap { try? SKU($0.sku) }))
        guard !skus.isEmpty else { return [] }
        let found = try await self.supersessions(from: skus, to: [], of: brand)
        let graph = SupersessionGraph(
            try found.map { (message) throws(PostgresError) in try SupersessionRows.edge(message) })
        for place in matches.indices {
            guard let sku = try? SKU(matches[place].sku) else { continue }
            matches[place].currentSkus = graph.current(for: sku, on: day).map(\.description)
        }
        return matches
    }

    private func numbers(
        _ number: String, of label: String, in brand: PostgresUUID
    ) async throws(PostgresError) -> [PartNumberMatch] {
        // A GTIN is told by its digits alone; with a wrong check digit it is none, but may be another number.
        let key = PartNumberKey(number).description
        let keys = [key] + ((try? GTIN(key)).map { [$0.description] } ?? [])
        let rows = try await self.pool.query(
            Self.selection, keys.map { brand.bucket(of: $0) }, keys, brand, label, Int64(Self.maximumMatches))
        var matches: [PartNumberMatch] = []
        for row in rows {
            let (sku, kind, number, label, code, name) = try row.decode(
                String.self, Int16.self, String.self, String.self, String.self, String.self)
            matches.append(
                PartNumberMatch(
                    sku: sku, kind: PartNumberKind(rawValue: Int32(kind)), number: number, brandLabel: label,
                    brandCode: code, name: name))
        }
        return matches
    }

    /// A GTIN stands padded, and so never under another key; of a number that a part has several times one is named.
    private static let selection = PostgresStatement(
        """
        select * from (
            select distinct on (n.kind, n.sku, n.brand_label, n.brand_code)
                n.sku, n.kind, n.number, n.brand_label, n.brand_code, p.name
            from unnest($1::smallint[], $2::text[]) as k (bucket, folded)
            join part_number n on n.bucket = k.bucket and n.brand_id = $3 and n.folded = k.folded
            join product p on p.brand_id = $3 and p.sku = n.sku
            where n.kind <> 3 or $4 = '' or n.brand_code = upper($4) or lower(n.brand_label) = lower($4)
            order by n.kind, n.sku, n.brand_label, n.brand_code, n.part) m
        order by m.kind, m.sku, m.brand_label, m.brand_code limit $5
        """,
        readOnly: true)
}
