internal import Buckets
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

    /// A fitment as it is kept apart.
    ///
    /// - Throws: ``CatalogRefusal`` with what is wrong with it.
    func staged(
        _ fitment: Fitment, number: Int64, line: Int64, isDeletion: Bool
    ) throws(CatalogRefusal) -> StagedFitment {
        let faults = self.rules.faults(fitment)
        guard faults.isEmpty else {
            throw CatalogRefusal(.invalidFitment, faults.map(\.description).joined(separator: "; "), faults: faults)
        }
        do {
            let sku = try SKU(fitment.sku)
            return StagedFitment(
                row: try FitmentRow(fitment, of: sku.description, self.source, self.known, in: self.memory.arena),
                conditions: FitmentIdentity.conditions(of: fitment), assetName: fitment.assetName, number: number,
                line: line, isDeletion: isDeletion)
        } catch let fault as ProductFault {
            throw CatalogRefusal(.invalidFitment, fault.description, faults: [fault])
        } catch {
            throw CatalogRefusal(.invalidFitment, "the fitment is larger than can be encoded")
        }
    }

    /// The rows of fitments, those of each bucket together: so a piece of the import finds its own on few pages.
    func copy(_ fitments: [StagedFitment]) -> PostgresBinaryCopy {
        var places = [[Int]](repeating: [], count: Bucket.count)
        for (place, fitment) in fitments.enumerated() { places[Int(fitment.row.bucket)].append(place) }
        var rows = PostgresBinaryCopy(Self.copying, columns: 14)
        for place in places.joined() { fitments[place].append(to: &rows, of: self.job) }
        return rows
    }

    private static let copying = PostgresStatement(
        """
        copy import_fitment (job_id, number, line, is_deletion, bucket, sku, fitment_id, vehicle_key, year_from, year_to,
            review_key, conditions, asset_name, document)
        from stdin (format binary)
        """)
}

/// A fitment of a file before anything of it is done.
struct StagedFitment: Sendable {
    let row: FitmentRow
    /// Nil: there are none.
    let conditions: FitmentID?
    let assetName: String
    /// The record's place in its file.
    let number: Int64
    let line: Int64
    let isDeletion: Bool

    fileprivate func append(to rows: inout PostgresBinaryCopy, of job: PostgresUUID) {
        rows.beginRow()
        rows.append(job)
        rows.append(self.number)
        rows.append(self.line)
        rows.append(self.isDeletion)
        rows.append(self.row.bucket)
        rows.append(self.row.sku)
        rows.append(PostgresUUID(self.row.id))
        rows.append(self.row.vehicleKey)
        rows.append(self.row.yearFrom)
        rows.append(self.row.yearTo)
        rows.append(self.row.reviewKey)
        if let conditions = self.conditions { rows.append(PostgresUUID(conditions)) } else { rows.appendNull() }
        rows.append(self.assetName)
        rows.append(self.row.document)
    }
}
