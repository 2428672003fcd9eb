internal import CatalogDomain
internal import CatalogMessages
internal import Postgres
internal import ProtobufC

/// Checks the fitments of a file, and encodes them for the table in which they are kept apart.
struct FitmentStager {
    private let job: PostgresUUID
    private let source: FitmentSource
    private let known: KnownVehicles
    private let rules: FitmentRules
    private let memory = ArenaMemory()

    init(_ job: PostgresUUID, of brand: PostgresUUID, _ known: KnownVehicles) {
        self.job = job
        self.source = FitmentSource(brand: brand, origin: .import, importID: job)
        self.known = known
        self.rules = FitmentRules(currentYear: PostgresTimestamp.ofSystemClock.year)
    }

    /// Appends a fitment.
    ///
    /// - Throws: ``CatalogRefusal`` with what is wrong with it.
    func append(
        _ fitment: Fitment, to rows: inout PostgresBinaryCopy, number: Int64, line: Int64, isDeletion: Bool
    ) throws(CatalogRefusal) {
        let faults = self.rules.faults(fitment)
        guard faults.isEmpty else {
            throw CatalogRefusal(.invalidFitment, faults.map(\.description).joined(separator: "; "), faults: faults)
        }
        let row: FitmentRow
        do {
            let sku = try SKU(fitment.sku)
            row = try FitmentRow(fitment, of: sku.description, self.source, self.known, in: self.memory.arena)
        } catch let fault as ProductFault {
            throw CatalogRefusal(.invalidFitment, fault.description, faults: [fault])
        } catch {
            throw CatalogRefusal(.invalidFitment, "the fitment is larger than can be encoded")
        }
        rows.beginRow()
        rows.append(self.job)
        rows.append(number)
        rows.append(line)
        rows.append(isDeletion)
        rows.append(row.bucket)
        rows.append(row.sku)
        rows.append(PostgresUUID(row.id))
        rows.append(row.vehicleKey)
        rows.append(row.yearFrom)
        rows.append(row.yearTo)
        rows.append(row.reviewKey)
        if let conditions = FitmentIdentity.conditions(of: fitment) {
            rows.append(PostgresUUID(conditions))
        } else {
            rows.appendNull()
        }
        rows.append(fitment.assetName)
        rows.append(row.document)
    }
}
