internal import CatalogDomain
internal import CatalogMessages
internal import Paging
internal import Vehicles

/// A page of products that fit a vehicle, and what is left to ask.
struct FittingPage: Sendable {
    /// The most answers to a question that are told.
    static let maximumChoices = 100

    private let scope: FitmentScope
    private var judge: VehicleJudge
    private var questions: Set<OpenQuestion> = []
    private var positions: Set<String> = []
    private var bytes = 0
    /// The products, by SKU.
    var products: [FittingProduct] = []
    /// The SKU behind which the next page begins; nil: there is none.
    var next: String?

    init(_ scope: FitmentScope) {
        self.scope = scope
        self.judge = VehicleJudge(scope.asked)
    }

    /// Whether it has as many bytes as it may have.
    var isFull: Bool { self.bytes >= Fitments.maximumPageBytes }

    /// Adds a product if it fits or may.
    mutating func add(_ candidate: FittingProducts.Candidate, _ product: FittingProduct) {
        guard self.scope.includesRetired || !product.status.isRetired else { return }
        var product = product
        var open: Set<OpenQuestion> = []
        for (fitment, bytes) in zip(candidate.fitments, candidate.bytes)
        where self.scope.parts.includes(fitment, product) {
            switch self.judge.judge(fitment) {
            case .fits: product.isCertain = true
            case .depends(let questions): open.formUnion(questions)
            case .doesNotFit: continue
            }
            let isShown = product.fitments.count < FittingProducts.maximumFitmentsPerProduct && !self.isFull
            guard isShown || product.fitments.isEmpty else { continue }
            product.fitments.append(fitment)
            self.bytes += bytes
        }
        guard let first = product.fitments.first else { return }
        if product.partType.isEmpty && product.partTypeID == 0 {
            (product.partType, product.partTypeID) = (first.partType, first.partTypeID)
        }
        if !product.isCertain { self.questions.formUnion(open) }
        if self.scope.asked.position.isEmpty && self.scope.asked.positionID == 0 {
            self.positions.formUnion(product.fitments.map(\.position).filter { !$0.isEmpty })
        }
        self.products.append(product)
    }

    /// The page as it is answered.
    func response(_ question: PageToken.Question) -> FindProductsResponse {
        var answers: [OpenQuestion.Subject: [String]] = [:]
        for question in self.questions.sorted() { answers[question.subject, default: []].append(question.answer) }
        // A position decides between parts, not whether one fits: it is asked where there are several.
        if self.positions.count > 1 { answers[.position] = self.positions.sorted() }
        return FindProductsResponse(
            products: self.products,
            questions: OpenQuestion.Subject.allCases.compactMap { subject in
                answers[subject].map { choices in
                    VehicleQuestion(name: subject.rawValue, choices: Array(choices.prefix(Self.maximumChoices)))
                }
            },
            nextPageToken: self.next.map { PageToken.text(Array($0.utf8), of: question) } ?? "")
    }
}

/// Which part types are asked for: of ids and names one has to be the fitment's or the product's.
struct PartFilter: Sendable {
    private let names: Set<String>
    private let ids: Set<UInt32>

    init(_ names: [String], _ ids: [UInt32]) {
        self.names = Set(names.map { FoldedName.key($0) })
        self.ids = Set(ids)
    }

    func includes(_ fitment: Fitment, _ product: FittingProduct) -> Bool {
        guard !self.names.isEmpty || !self.ids.isEmpty else { return true }
        if [fitment.partTypeID, product.partTypeID].contains(where: { $0 != 0 && self.ids.contains($0) }) {
            return true
        }
        return [fitment.partType, product.partType].contains { !$0.isEmpty && self.names.contains(FoldedName.key($0)) }
    }
}

extension LifeCycle {
    /// Whether a product is not to be sold any more, or another in its place.
    var isRetired: Bool { self == .superseded || self == .discontinued || self == .obsolete }
}
