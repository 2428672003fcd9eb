internal import CatalogDomain
internal import CatalogMessages
internal import Postgres

/// Counts the conflicts among the records that an import keeps apart, as the report on fitments would find them.
struct ImportConflicts {
    /// How many records are read at once.
    private static let recordsPerRead: StaticString = "5000"

    private(set) var duplicates: Int64 = 0
    private(set) var overlaps: Int64 = 0
    private(set) var commentNoComments: Int64 = 0

    /// Reads what is said of a vehicle more than once: most of most files need not be looked at.
    mutating func read(_ job: PostgresUUID, in transaction: PostgresTransaction) async throws {
        _ = try await transaction.execute([
            PostgresCommand(Self.planning), PostgresCommand(Self.join), PostgresCommand(Self.declaration, job),
        ])
        var review = FitmentReview([.overlap, .duplicate, .commentNoComment], nil)
        while true {
            let rows = try await transaction.query(Self.next)
            guard !rows.isEmpty else { break }
            for row in rows { self.count(review.add(try Self.fitment(row))) }
        }
        self.count(review.finish())
        _ = try await transaction.query(Self.end)
    }

    private mutating func count(_ findings: [FitmentFinding]) {
        for finding in findings {
            switch finding.kind {
            case .duplicate: self.duplicates += 1
            case .overlap: self.overlaps += 1
            case .commentNoComment: self.commentNoComments += 1
            default: break
            }
        }
    }

    private static func fitment(_ row: PostgresRow) throws(PostgresError) -> ReviewedFitment {
        let (vehicleKey, reviewKey, yearFrom, yearTo, conditions, assetName, sku, number) = try row.decode(
            String.self, String.self, Int16.self, Int16.self, PostgresUUID?.self, String.self, String.self, Int64.self)
        return ReviewedFitment(
            sku: sku, reference: "\(number)", years: Int32(yearFrom)...Int32(max(yearFrom, yearTo)),
            vehicleKey: VehicleKey(stored: vehicleKey), reviewKey: reviewKey,
            conditions: conditions.map(FitmentID.init), assetName: assetName)
    }

    // All is read, and the tables of records have no statistics to plan by.
    private static let planning = PostgresStatement("set local cursor_tuple_fraction = 1")
    private static let join = PostgresStatement("set local enable_nestloop = off")

    /// Records of one group have the same hash; others that have it by chance are told apart by the review.
    private static let declaration = PostgresStatement(
        """
        declare conflict no scroll cursor for
        select vehicle_key, review_key, year_from, year_to, conditions, asset_name, sku, number from import_fitment
        where job_id = $1 and not is_deletion
            and hashtextextended(vehicle_key, hashtextextended(review_key, 0)) in (
                select hashtextextended(vehicle_key, hashtextextended(review_key, 0)) from import_fitment
                where job_id = $1 and not is_deletion group by 1 having count(*) > 1)
        order by vehicle_key, review_key
        """)

    private static let next = PostgresStatement(joining: ["fetch ", Self.recordsPerRead, " from conflict"])
    private static let end = PostgresStatement("close conflict")
}
