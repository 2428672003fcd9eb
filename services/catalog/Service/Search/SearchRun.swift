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
        let text = try await self.text()
        if let text, text.isCorrected { response.correctedText = text.text }
        guard let filter = try await self.filter(text) else {
            if self.request.total == .exact || self.request.total == .estimated { response.total = 0 }
            return response
        }
        try await self.addPage(of: filter, text?.words, to: &response)
        try await self.addTotal(of: filter, to: &response)
        try await self.addFacets(of: filter, to: &response)
        return response
    }
}

// MARK: - Words

/// A text that is searched for, with its misspelt words corrected.
struct AskedText {
    var runs: [SearchWords.Run]
    var isCorrected = false

    /// All words.
    var words: [String] { self.runs.flatMap { run in run.words + (run.whole.map { [$0] } ?? []) } }

    /// The text as it was understood.
    var text: String { self.runs.map { $0.words.joined(separator: "-") }.joined(separator: " ") }

    /// The query of the database: each word is the beginning of one, and a run may be one word.
    ///
    /// Words are letters and digits alone, so what stands between quotes can hold none of the parser's operators.
    var query: String {
        self.runs.map { run in
            let words = run.words.map { "'\($0)':*" }.joined(separator: " & ")
            return run.whole.map { "((\(words)) | '\($0)':*)" } ?? words
        }.joined(separator: " & ")
    }
}

extension SearchRun {
    /// The text, its words that no product has corrected to the nearest that one has. Nil: no text was given.
    private func text() async throws -> AskedText? {
        guard !self.request.text.isEmpty else { return nil }
        var text = AskedText(runs: SearchWords.runs(of: self.request.text))
        let count = text.words.count
        guard count <= ProductSearch.maximumWords else {
            throw RPCError(field: "text", "has \(count) words", expected: "at most \(ProductSearch.maximumWords)")
        }
        let candidates = try await self.candidates(
            for: text.runs.filter { $0.whole == nil }.flatMap(\.words).filter { $0.count >= Misspelling.minimumLength })
        for place in text.runs.indices where text.runs[place].whole == nil {
            for (index, word) in text.runs[place].words.enumerated() {
                guard let near = candidates[word], let known = Misspelling.correction(of: word, among: near) else {
                    continue
                }
                text.runs[place].words[index] = known
                text.isCorrected = true
            }
        }
        return text
    }

    /// The words of the vocabulary that are like some, for those that it has not.
    private func candidates(for words: [String]) async throws -> [String: [String]] {
        guard !words.isEmpty else { return [:] }
        var unknown: Set<String> = []
        for row in try await self.pool.query(Self.unknownWords, self.brand, Set(words).sorted()) {
            unknown.insert(try row.decode(String.self))
        }
        guard !unknown.isEmpty else { return [:] }
        var candidates: [String: [String]] = [:]
        for row in try await self.pool.query(Self.likeWords, self.brand, unknown.sorted()) {
            let (word, candidate) = try row.decode(String.self, String.self)
            candidates[word, default: []].append(candidate)
        }
        return candidates
    }

    /// The words that are neither a word of the vocabulary nor the beginning of one; their stems count, too.
    private static let unknownWords = PostgresStatement(
        """
        select asked.word from unnest($2::text[]) as asked (word)
        where not exists (
                select from search_word w
                where w.brand_id = $1 and w.word >= asked.word and w.word < asked.word || chr(1114111))
            and not exists (
                select from search_word w, unnest(tsvector_to_array(to_tsvector('english', asked.word))) as stem (word)
                where w.brand_id = $1 and w.word >= stem.word and w.word < stem.word || chr(1114111))
        """,
        readOnly: true)

    /// The words of the vocabulary that are most like some.
    private static let likeWords = PostgresStatement(
        """
        select asked.word, near.word from unnest($2::text[]) as asked (word),
            lateral (
                select w.word from search_word w where w.brand_id = $1 and w.word % asked.word
                order by similarity(w.word, asked.word) desc, w.word limit 50
            ) near
        """,
        readOnly: true)
}

// MARK: - Filters

extension SearchRun {
    /// What the request selects; nil where nothing can match.
    private func filter(_ text: AskedText?) async throws -> SearchFilter? {
        var filter = SearchFilter(brand: self.brand)
        if let text {
            guard !text.runs.isEmpty else { return nil }
            filter.query = text.query
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
