internal import CatalogDomain
internal import CatalogMessages
internal import Postgres
internal import RPC

extension SearchRun {
    /// Adds how many products match, as exactly as it is asked for.
    func addTotal(of filter: SearchFilter, to response: inout ListProductsResponse) async throws {
        switch self.request.total {
        case .exact:
            response.total =
                try await self.pool.query(filter.command(SearchStatements.total)).first?
                .decode(Int64.self) ?? 0
        case .estimated:
            let limit = Int64(SearchStatements.countedMatches + 1)
            let counted =
                try await self.pool.query(filter.command(SearchStatements.boundedTotal, limit)).first?
                .decode(Int64.self) ?? 0
            response.total = counted
            guard counted == limit else { return }
            response.isTotalEstimated = true
            let plan = try await self.pool.query(filter.command(SearchStatements.plan)).map {
                try $0.decode(String.self)
            }
            response.total = max(counted, Self.planRows(plan.joined(separator: "\n")))
        default: return
        }
    }

    /// The rows that a plan of PostgreSQL in YAML expects: those of its first step, which is the last to be done. 0 where
    /// it says none.
    static func planRows(_ yaml: String) -> Int64 {
        let name = "Plan Rows:"
        for line in yaml.split(whereSeparator: \.isNewline) {
            let words = line.drop { $0 == " " || $0 == "-" }
            guard words.hasPrefix(name) else { continue }
            return Double(words.dropFirst(name.count).drop { $0 == " " }).map { Int64(min(max($0, 0), 1e15)) } ?? 0
        }
        return 0
    }

    private static let attributePrefix = "attribute."
    private static let facets = ["category", "partType", "brandLabel", "status", "certification"]

    /// Adds the numbers of matches by value.
    func addFacets(of filter: SearchFilter, to response: inout ListProductsResponse) async throws {
        guard !self.request.facet.isEmpty else { return }
        var attributes: [String] = []
        for (index, name) in self.request.facet.enumerated() where !Self.facets.contains(name) {
            guard name.hasPrefix(Self.attributePrefix), name.count > Self.attributePrefix.count else {
                throw RPCError(
                    field: "facet[\(index)]", "is none that there is",
                    expected: Self.facets.joined(separator: ", ") + " or attribute.NAME")
            }
            attributes.append(SearchWords.folded(String(name.dropFirst(Self.attributePrefix.count))))
        }
        let rows = try await self.pool.query(
            filter.command(SearchStatements.facets, self.request.facet, attributes))
        var values: [String: [FacetValue]] = [:]
        var isCut = false
        for row in rows {
            let (name, value, count, cut) = try row.decode(String.self, String.self, Int64.self, Bool.self)
            values[name, default: []].append(FacetValue(value: Self.shown(value, of: name), count: count))
            isCut = cut
        }
        for name in self.request.facet {
            let key =
                name.hasPrefix(Self.attributePrefix)
                ? Self.attributePrefix + SearchWords.folded(String(name.dropFirst(Self.attributePrefix.count))) : name
            response.facets.append(Facet(name: name, values: values[key] ?? [], isCut: isCut))
        }
    }

    /// A status stands in rows as its number, and in answers by its name in JSON.
    private static func shown(_ value: String, of facet: String) -> String {
        guard facet == "status", let number = Int32(value) else { return value }
        return LifeCycle(rawValue: number).name
    }
}
