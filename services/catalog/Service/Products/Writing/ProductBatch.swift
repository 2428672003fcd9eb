internal import CatalogDomain
internal import CatalogMessages
internal import Events
internal import Postgres

/// The changes of one transaction while they are decided: in plain Swift, product by product, so that one that is refused
/// fails no other.
struct ProductBatch {
    /// A change that was not refused so far.
    struct Draft {
        let index: Int
        let sku: SKU
        let write: ProductWrite
        /// As it is; nil: it is not there.
        var stored: StoredProduct?
        /// As it will be; nil: it is to be gone.
        var product: Product?
        /// The encoded product.
        var document: [UInt8] = []

        /// The product as it is.
        var previous: Product? { self.stored?.product }
        var nextVersion: Int64 { (self.stored?.version ?? 0) + 1 }
    }

    let origin: ProductWriteOrigin
    /// When the transaction began.
    private(set) var now = PostgresTimestamp(microseconds: 0)
    /// What is to be done, in the order of the changes.
    private(set) var drafts: [Draft] = []
    private var outcomes: [ProductOutcome?]
    private let documents = ProductDocuments()

    /// Takes changes, and refuses those that are wrong by themselves.
    init(_ writes: [ProductWrite], as origin: ProductWriteOrigin) {
        self.origin = origin
        self.outcomes = Array(repeating: nil, count: writes.count)
        var seen: Set<SKU> = []
        for (index, write) in writes.enumerated() {
            do throws(CatalogRefusal) {
                let draft = try self.draft(index, write)
                guard seen.insert(draft.sku).inserted else {
                    throw CatalogRefusal(
                        .invalidProduct, field: "sku", "was met before", expected: "each product once at a time")
                }
                self.drafts.append(draft)
            } catch {
                self.outcomes[index] = .refused(error)
            }
        }
    }

    private func draft(_ index: Int, _ write: ProductWrite) throws(CatalogRefusal) -> Draft {
        var product: Product?
        var document: [UInt8] = []
        if case .save(var saved) = write.change {
            saved.sku = write.sku
            let normalized = ProductRules.normalized(saved)
            document = try self.documents.encoded(normalized)
            product = normalized
        }
        do throws(ProductFault) {
            return Draft(
                index: index, sku: try SKU(write.sku), write: write, product: product, document: document)
        } catch {
            throw CatalogRefusal(faults: [error])
        }
    }

    /// The products that the changes are about.
    var skus: [SKU] { self.drafts.map(\.sku) }

    /// Decides the changes by what is there.
    mutating func decide(_ stored: [SKU: StoredProduct], at now: PostgresTimestamp) {
        self.now = now
        let (documents, forcesLifeCycle) = (self.documents, self.origin.forcesLifeCycle)
        self.revise { (draft) throws(CatalogRefusal) in
            draft.stored = stored[draft.sku]
            try Self.decide(&draft, documents, forcesLifeCycle: forcesLifeCycle)
        }
        for draft in self.drafts {
            guard let stored = draft.stored, let product = draft.product else { continue }
            // The bytes tell apart what `String` takes for the same.
            if stored.product == product, stored.documentBytes == draft.document.count {
                self.outcomes[draft.index] = .unchanged(stored.answer)
            }
        }
        self.dropDecided()
    }

    private static func decide(
        _ draft: inout Draft, _ documents: ProductDocuments, forcesLifeCycle: Bool
    ) throws(CatalogRefusal) {
        let current = UInt64(clamping: draft.stored?.version ?? 0)
        if draft.stored == nil {
            switch draft.write.change {
            case .save, .merge: break
            case .update, .delete: throw .productNotFound(draft.write.sku)
            }
        }
        if let expected = draft.write.expectedVersion, expected != current {
            throw .versionConflict(expected: expected, current: current)
        }
        switch draft.write.change {
        case .update(let change, let mask), .merge(let change, let mask):
            let existing = draft.stored?.product ?? Product(sku: draft.write.sku)
            let product = ProductRules.normalized(mask.applying(change, to: existing))
            draft.product = product
            draft.document = try documents.encoded(product)
        case .save, .delete: break
        }
        guard let stored = draft.stored, let product = draft.product, !forcesLifeCycle else { return }
        try LifeCycleMoves.check(from: stored.product.status, to: product.status)
    }

    /// Lets a rule look at each draft in order, and change it; what it throws refuses that draft alone.
    mutating func revise(_ rule: (inout Draft) throws(CatalogRefusal) -> Void) {
        for place in self.drafts.indices {
            do throws(CatalogRefusal) {
                try rule(&self.drafts[place])
            } catch {
                self.outcomes[self.drafts[place].index] = .refused(error)
            }
        }
        self.dropDecided()
    }

    private mutating func dropDecided() {
        self.drafts.removeAll { self.outcomes[$0.index] != nil }
    }

    /// What the transaction does, once nothing is refused any more.
    func result() throws -> ProductWriteResult {
        var outcomes = self.outcomes
        var changes: [ProductChange] = []
        var events: [CatalogEvent] = []
        let importID = self.origin.importID?.description ?? ""
        for draft in self.drafts {
            let current = draft.product?.answer(
                version: draft.nextVersion, draft.stored?.createdAt ?? self.now, self.now)
            changes.append(
                ProductChange(sku: draft.write.sku, previous: draft.stored?.answer, current: current))
            if let current {
                outcomes[draft.index] = draft.stored == nil ? .created(current) : .changed(current)
                events.append(.productChanged(ProductChanged(current, created: draft.stored == nil, importID)))
            } else {
                outcomes[draft.index] = .deleted
                events.append(
                    .productDeleted(
                        ProductDeleted(
                            sku: draft.write.sku, version: UInt64(clamping: draft.nextVersion), importID: importID)))
            }
        }
        return ProductWriteResult(
            outcomes: outcomes.compactMap { $0 }, changes: changes,
            events: try events.recorded(of: self.origin.brand, at: self.now, traceParent: self.origin.traceParent))
    }
}

extension ProductChanged {
    /// What is told of a product. Of its components what stock goes by: their descriptions alone can fill an event.
    fileprivate init(_ product: Product, created: Bool, _ importID: String) {
        self.init(
            sku: product.sku, version: product.version, created: created, status: product.status,
            kitComponents: product.kitComponents.map {
                KitComponent(
                    partNumber: $0.partNumber, quantity: $0.quantity, unit: $0.unit, brandCode: $0.brandCode,
                    brandLabel: $0.brandLabel, sequence: $0.sequence, soldSeparately: $0.soldSeparately)
            }, importID: importID)
    }
}
