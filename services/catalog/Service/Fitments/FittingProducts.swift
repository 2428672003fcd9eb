internal import CatalogDomain
internal import CatalogMessages
internal import Postgres
internal import ProtobufC

/// What is asked for: parts for a vehicle.
struct FitmentScope: Sendable {
    let asked: AskedVehicle
    let parts: PartFilter
    /// Parts that are superseded, discontinued or obsolete, too.
    var includesRetired = false
}

/// Finds the products that fit a vehicle, in the order of their SKUs.
///
/// A page reads the fitments that name the vehicle, by their index, as many as it needs, and matches them in memory; then
/// the products of these by their keys.
struct FittingProducts: Sendable {
    /// The most fitments that a page looks at. Where they do not fill it, it has fewer products, and another follows.
    static let maximumCandidates = 10_000
    /// The most fitments that are read at once, and the fewest.
    static let candidatesPerRead = 100...2_000
    /// How many fitments are read for each product of the page that is still to be found.
    static let candidatesPerProduct = 4
    /// The most fitments that are answered of a product.
    static let maximumFitmentsPerProduct = 50

    let pool: PostgresPool
    let brand: PostgresUUID
    let scope: FitmentScope

    /// A product's fitments that name the vehicle.
    struct Candidate: Sendable {
        let sku: SKU
        var fitments: [Fitment]
        /// The bytes of each.
        var bytes: [Int]
    }

    /// The products behind a SKU.
    func page(after last: String, size: Int) async throws -> FittingPage {
        var page = FittingPage(self.scope)
        var position = last
        var looked = 0
        while true {
            let wanted = (size - page.products.count) * Self.candidatesPerProduct
            let range = Self.candidatesPerRead
            let (candidates, count, isLast) = try await self.read(
                after: position, limit: min(max(wanted, range.lowerBound), range.upperBound))
            looked += count
            let products = try await self.products(candidates.map(\.sku))
            for candidate in candidates {
                guard page.products.count < size && !page.isFull else {
                    page.next = position
                    return page
                }
                position = candidate.sku.description
                if let product = products[candidate.sku] { page.add(candidate, product) }
            }
            if isLast { return page }
            if page.products.count >= size || page.isFull || looked >= Self.maximumCandidates {
                page.next = position
                return page
            }
        }
    }

    /// Reads products with all of their fitments that name the vehicle; of one with more than ``maximumCandidates`` as
    /// many.
    private func read(
        after position: String, limit: Int
    ) async throws(PostgresError) -> (candidates: [Candidate], count: Int, isLast: Bool) {
        let rows = try await self.pool.query(
            Self.selection, self.brand, self.scope.asked.keys.map(\.text), position,
            Int16(clamping: self.scope.asked.year), Int64(limit))
        let memory = ArenaMemory()
        var candidates: [Candidate] = []
        for row in rows {
            let (text, id, origin, importID, document) = try row.decode(
                String.self, PostgresUUID.self, Int16.self, PostgresUUID?.self, [UInt8].self)
            let sku = try SKU.read(text)
            let fitment = try FitmentRow.fitment(
                document, id: id, sku: text, origin: origin, importID: importID, in: memory.arena)
            if let place = candidates.indices.last, candidates[place].sku == sku {
                candidates[place].fitments.append(fitment)
                candidates[place].bytes.append(document.count)
            } else {
                candidates.append(Candidate(sku: sku, fitments: [fitment], bytes: [document.count]))
            }
        }
        if rows.count < limit { return (candidates, rows.count, true) }
        // The last product's fitments may have been cut.
        if candidates.count > 1 { return (Array(candidates.dropLast()), rows.count, false) }
        if limit >= Self.maximumCandidates { return (candidates, rows.count, false) }
        return try await self.read(after: position, limit: min(limit * 4, Self.maximumCandidates))
    }

    private func products(_ skus: [SKU]) async throws(PostgresError) -> [SKU: FittingProduct] {
        guard !skus.isEmpty else { return [:] }
        let texts = skus.map(\.description)
        let rows = try await self.pool.query(
            Self.products, texts.map { self.brand.bucket(of: $0) }, texts, self.brand)
        var products: [SKU: FittingProduct] = [:]
        products.reserveCapacity(rows.count)
        for row in rows {
            let (sku, name, partType, partTypeID, status) = try row.decode(
                String.self, String.self, String.self, Int32.self, Int16.self)
            products[try SKU.read(sku)] = FittingProduct(
                sku: sku, name: name, partType: partType, partTypeID: UInt32(clamping: partTypeID),
                status: LifeCycle(rawValue: Int32(status)))
        }
        return products
    }

    /// Says of products that are superseded what is sold in their place.
    func addCurrent(to page: inout FittingPage, on day: Day) async throws {
        let superseded = page.products.filter { $0.status == .superseded || $0.status == .renumbered }
        guard !superseded.isEmpty else { return }
        let skus = try superseded.map { (product) throws(PostgresError) in try SKU.read(product.sku) }
        let limit = SupersessionGraph.maximumReach * skus.count
        let rows = try await self.pool.query(SupersessionRows.reach(from: skus, to: [], of: self.brand, limit: limit))
        let graph = SupersessionGraph(
            try SupersessionRows.read(rows).map { (message) throws(PostgresError) in try SupersessionRows.edge(message)
            })
        for place in page.products.indices {
            guard let sku = try? SKU(page.products[place].sku), skus.contains(sku) else { continue }
            page.products[place].currentSkus = graph.current(for: sku, on: day).map(\.description)
        }
    }

    // By the index alone until the page is full: other years are left out within it.
    private static let selection = PostgresStatement(
        """
        select f.sku, f.fitment_id, f.origin, f.import_id, f.document
        from unnest($2::text[]) as k (vehicle_key)
        cross join lateral (
            select sku, fitment_id, origin, import_id, document from fitment
            where brand_id = $1 and vehicle_key = k.vehicle_key and sku > $3 and year_from <= $4 and year_to >= $4
            order by sku limit $5) f
        order by f.sku limit $5
        """,
        readOnly: true)

    private static let products = PostgresStatement(
        """
        select p.sku, p.name, p.part_type, p.part_type_id, p.status
        from unnest($1::smallint[], $2::text[]) as k (bucket, sku)
        join product p on p.bucket = k.bucket and p.brand_id = $3 and p.sku = k.sku
        """,
        readOnly: true)
}
