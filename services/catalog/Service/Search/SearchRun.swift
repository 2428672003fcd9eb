internal import CatalogDomain
internal import CatalogMessages
internal import Paging
internal import Postgres
internal import RPC

/// One search: from the words of a question to the page that answers it.
struct SearchRun {
    let request: ListProductsRequest
    let brand: PostgresUUID
    let search: ProductSearch
    let question: PageToken.Question
    let size: Int

    init(_ request: ListProductsRequest, of brand: PostgresUUID, in search: ProductSearch) {
        self.request = request
        self.brand = brand
        self.search = search
        self.size = request.pageSize == 0 ? ProductSearch.defaultPageSize : Int(request.pageSize)
        // Size, facets and total may change from page to page.
        var selection = request
        selection.pageSize = 0
        selection.pageToken = ""
        selection.facet = []
        selection.total = .unspecified
        self.question = PageToken.Question("ListProducts", [brand.description, String(describing: selection)])
    }

    var pool: PostgresPool { self.search.pool }

    func answer() async throws -> ListProductsResponse {
        var response = ListProductsResponse()
        let text = try await self.askedText()
        if let text, text.isCorrected { response.correctedText = text.text }
        guard let filter = try await self.filter(text) else {
            if self.request.total == .exact || self.request.total == .estimated { response.total = 0 }
            return response
        }
        try await self.addPage(of: filter, text, to: &response)
        try await self.addTotal(of: filter, to: &response)
        try await self.addFacets(of: filter, to: &response)
        return response
    }
}

// MARK: - Filters

extension SearchRun {
    /// What the request selects; nil where nothing can match.
    private func filter(_ text: AskedText?) async throws -> SearchFilter? {
        var filter = SearchFilter(brand: self.brand)
        if let text {
            filter.query = text.query
            guard filter.query != "" else { return nil }
        }
        let request = self.request
        if !request.skuPrefix.isEmpty { filter.skuRange = (request.skuPrefix, request.skuPrefix + "\u{10FFFF}") }
        filter.categories = request.category.isEmpty ? nil : request.category
        filter.partTypes = request.partType.isEmpty ? nil : request.partType
        filter.brandLabels = request.brandLabel.isEmpty ? nil : request.brandLabel
        filter.statuses =
            request.status.isEmpty ? nil : request.status.map { Int16(truncatingIfNeeded: $0.rawValue) }
        filter.certifications = request.certification.isEmpty ? nil : request.certification.map(SearchWords.folded)
        filter.variantGroup = request.variantGroup.isEmpty ? nil : request.variantGroup
        try self.addAttributes(to: &filter)
        filter.vehicle = try self.vehicle()
        guard !request.partNumber.isEmpty else { return filter }
        filter.skus = try await self.skus(of: request.partNumber)
        return filter.skus == [] ? nil : filter
    }

    private func addAttributes(to filter: inout SearchFilter) throws {
        for (index, text) in self.request.attribute.enumerated() {
            let condition: AttributeFilter
            do throws(AttributeFilter.Fault) {
                condition = try AttributeFilter(text)
            } catch {
                throw RPCError(
                    field: "attribute[\(index)]", "is no condition that can be read",
                    expected: "NAME=VALUE, NAME>=NUMBER UNIT or NAME<=NUMBER UNIT")
            }
            switch condition.comparison {
            case .equal(let value): filter.attributes = (filter.attributes ?? []) + ["\(condition.name)=\(value)"]
            case .atLeast(let number):
                filter.numbers.append(
                    .init(name: condition.name, dimension: number.dimension.rawValue, low: number.micros))
            case .atMost(let number):
                filter.numbers.append(
                    .init(name: condition.name, dimension: number.dimension.rawValue, high: number.micros))
            }
        }
    }

    private func vehicle() throws -> SearchFilter.VehicleCondition? {
        let request = self.request
        guard request.baseVehicleID == 0 else {
            return SearchFilter.VehicleCondition(keys: [VehicleKey(baseVehicleID: request.baseVehicleID).text])
        }
        guard request.year != 0 || !request.make.isEmpty || !request.model.isEmpty else { return nil }
        guard request.year != 0, !request.make.isEmpty, !request.model.isEmpty,
            let year = Int16(exactly: request.year)
        else {
            throw RPCError(
                field: "year", "names a vehicle together with make and model, of which some are missing",
                expected: "all three")
        }
        let keys = VehicleKey.keys(ofMake: request.make, model: request.model, self.search.known)
        return SearchFilter.VehicleCondition(keys: keys.map(\.text), year: year)
    }

    /// The parts that have a number, and those that are sold in their place now.
    private func skus(of number: String) async throws -> [String] {
        let today = try await self.search.products.day("")
        let matches = try await self.search.products.matches(number, on: today, in: self.brand)
        return Set(matches.flatMap { [$0.sku] + $0.currentSkus }).sorted()
    }
}
