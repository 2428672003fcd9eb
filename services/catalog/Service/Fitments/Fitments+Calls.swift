internal import CatalogDomain
public import CatalogMessages
internal import Events
internal import Postgres
internal import ProtobufC
public import RPC

extension Fitments {
    /// The most bytes of the fitments that a call adds, all of which are answered: 3 MiB.
    static let maximumBytesPerCall = 3 << 20

    /// Adds fitments to a product. One that is there already takes over what is no part of its identity; one of the
    /// product's compatibility stays as it is.
    public func addFitments(
        _ request: AddFitmentsRequest, context: ServerContext
    ) async throws -> AddFitmentsResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            try self.check(request.fitments, sku: request.sku)
            let source = FitmentSource(brand: brand, origin: .call)
            let memory = ArenaMemory()
            let rows = try Self.merged(
                request.fitments.map { fitment throws(EncodingError) in
                    try FitmentRow(fitment, of: request.sku, source, self.known, in: memory.arena)
                })
            let bytes = rows.reduce(0) { $0 + $1.document.count }
            guard bytes <= Self.maximumBytesPerCall else {
                throw RPCError(
                    field: "fitments", "have \(bytes) bytes",
                    expected: "at most \(Self.maximumBytesPerCall) bytes a call; send them in several")
            }
            let addition = FitmentAddition(
                sku: request.sku, brand: brand, rows: rows, expectedVersion: request.expectedVersion,
                traceParent: context.trace?.traceparent)
            let (added, stored) = try await self.changing { try await addition.run(in: $0) }
            return AddFitmentsResponse(
                fitments: try rows.map { row throws(PostgresError) in
                    let there = stored[row.id]
                    return try FitmentRow.fitment(
                        there?.document ?? row.document, id: PostgresUUID(row.id), sku: row.sku,
                        origin: Int16(clamping: (there?.origin ?? row.origin).rawValue), importID: there?.importID,
                        in: memory.arena)
                },
                added: UInt32(clamping: added), warnings: self.warnings(request.fitments), created: added > 0)
        }
    }

    /// Takes back a fitment.
    public func deleteFitment(
        _ request: DeleteFitmentRequest, context: ServerContext
    ) async throws -> DeleteFitmentResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            guard let id = FitmentID(request.fitmentID) else { throw CatalogRefusal.fitmentNotFound }
            try await self.changing { transaction in
                let product = LockedProduct(sku: request.sku, brand: brand)
                let answers = try await transaction.execute([
                    product.locking, FitmentRows.removing(id, of: request.sku, brand),
                    FitmentRows.selecting([id], of: request.sku, brand),
                ])
                // What is still there belongs to the product.
                guard answers[2].isEmpty else { throw CatalogRefusal.fitmentOfProduct }
                guard answers[1].affected == 1 else { throw CatalogRefusal.fitmentNotFound }
                try await product.commit(
                    added: 0, removed: 1, try product.now(answers[0]), context.trace?.traceparent, in: transaction)
            }
            return DeleteFitmentResponse()
        }
    }

    private func check(_ fitments: [Fitment], sku: String) throws(CatalogRefusal) {
        let rules = FitmentRules(currentYear: self.currentYear)
        var faults: [ProductFault] = []
        for (index, fitment) in fitments.enumerated() where faults.count < FitmentRules.maximumFaults {
            var found = rules.faults(fitment)
            if !fitment.sku.isEmpty && !fitment.sku.utf8.elementsEqual(sku.utf8) {
                found.append(
                    ProductFault(
                        field: "sku", reason: "is \(fitment.sku.debugDescription)",
                        expected: "the product's SKU, or none"))
            }
            for var fault in found {
                fault.field = "fitments[\(index)].\(fault.field)"
                faults.append(fault)
            }
        }
        guard let first = faults.first else { return }
        let more = faults.count > 1 ? ", and \(faults.count - 1) more" : ""
        throw CatalogRefusal(.invalidFitment, "\(first)\(more)", faults: faults)
    }

    /// Of rows that are the same fitment the last one, in the place of the first.
    private static func merged(_ rows: [FitmentRow]) -> [FitmentRow] {
        var places: [FitmentID: Int] = [:]
        var merged: [FitmentRow] = []
        for row in rows {
            if let place = places[row.id] {
                merged[place] = row
            } else {
                places[row.id] = merged.count
                merged.append(row)
            }
        }
        return merged
    }

    /// What the vehicle tables do not have.
    private func warnings(_ fitments: [Fitment]) -> [FitmentWarning] {
        var warnings: [FitmentWarning] = []
        var doubts: [VehicleSelector: VehicleDoubt?] = [:]
        for (index, fitment) in fitments.enumerated() {
            guard let vehicle = fitment.vehicle, !fitment.unvalidated else { continue }
            let doubt = doubts[vehicle] ?? self.known.doubt(about: vehicle)
            doubts[vehicle] = .some(doubt)
            guard let doubt else { continue }
            warnings.append(
                FitmentWarning(
                    index: UInt32(clamping: index), type: doubt.type, field: "fitments[\(index)].\(doubt.field)",
                    message: doubt.message, suggestions: doubt.suggestions))
        }
        return warnings
    }
}

extension CatalogRefusal {
    static var fitmentNotFound: CatalogRefusal { CatalogRefusal(.fitmentNotFound, "there is no such fitment") }

    static var fitmentOfProduct: CatalogRefusal {
        CatalogRefusal(
            .fitmentOfProduct, "the fitment belongs to the product's compatibility; change the product to take it back")
    }
}
