internal import CatalogDomain
public import CatalogMessages
internal import Paging
internal import Postgres
internal import ProtobufC
public import RPC

extension Fitments {
    /// The findings of a page where the request names no number.
    static let defaultReportPageSize = 100

    /// Reports what is doubtful among the brand's fitments, by vehicle.
    public func reportFitments(
        _ request: ReportFitmentsRequest, context: ServerContext
    ) async throws -> ReportFitmentsResponse {
        let brand = try self.brand(of: context.caller)
        for (index, kind) in request.kind.enumerated() {
            guard (1...FitmentFindingKind.unknownVehicle.rawValue).contains(kind.rawValue) else {
                throw RPCError(
                    field: "kind[\(index)]", "is not known",
                    expected: "overlap, duplicate, comment_no_comment, gap or unknown_vehicle")
            }
        }
        let kinds = Set(request.kind)
        let question = PageToken.Question(
            "reportFitments", ["\(brand)", request.sku] + kinds.map { "\($0.rawValue)" }.sorted())
        var start = FitmentReport.Position()
        if !request.pageToken.isEmpty {
            guard let bytes = PageToken.position(request.pageToken, of: question),
                let position = FitmentReport.Position(bytes)
            else { throw Self.invalidPageToken }
            start = position
        }
        let size = request.pageSize == 0 ? Self.defaultReportPageSize : Int(request.pageSize)
        return try await self.answering(context) {
            var report = FitmentReport(
                brand: brand, sku: request.sku.isEmpty ? nil : request.sku, size: size, from: start,
                FitmentReview(kinds, self.known))
            let next = try await report.read(from: self.pool)
            return ReportFitmentsResponse(
                findings: report.findings, nextPageToken: next.map { PageToken.text($0.bytes, of: question) } ?? "")
        }
    }
}

/// One page of a report: reads fitments sorted by what they are compared within, and stops between two groups.
struct FitmentReport {
    /// After how many fitments a page ends, with whatever it has, at the end of a group.
    static let maximumFitments = 20_000
    /// How many are read at once. The fewer, the more often a vehicle with many is sorted anew.
    static let fitmentsPerRead = 4_000

    /// A group that was dealt with, and how many findings of the next one were, too.
    struct Position: Sendable {
        var vehicleKey = ""
        var reviewKey = ""
        var findings = 0

        init() {}

        init?(_ bytes: [UInt8]) {
            let parts = String(decoding: bytes, as: UTF8.self).split(
                separator: "\u{1E}", omittingEmptySubsequences: false)
            guard parts.count == 3, let findings = Int(parts[2]), findings >= 0 else { return nil }
            (self.vehicleKey, self.reviewKey, self.findings) = (String(parts[0]), String(parts[1]), findings)
        }

        var bytes: [UInt8] { Array("\(self.vehicleKey)\u{1E}\(self.reviewKey)\u{1E}\(self.findings)".utf8) }
    }

    /// Up to where rows were read.
    private struct Cursor {
        var vehicleKey: String
        var reviewKey: String
        /// Above all years: behind the whole group.
        var year = Int16.max
        var sku = ""
        var id = PostgresUUID(high: 0, low: 0)
    }

    private let brand: PostgresUUID
    private let sku: String?
    private let size: Int
    private var review: FitmentReview
    private var position: Position
    private var cursor: Cursor
    /// The findings of the group that is being read, so far.
    private var pending: [FitmentFinding] = []
    private(set) var findings: [FitmentFinding] = []
    private var bytes = 0

    init(brand: PostgresUUID, sku: String?, size: Int, from start: Position, _ review: FitmentReview) {
        self.brand = brand
        self.sku = sku
        self.size = size
        self.review = review
        self.position = start
        self.cursor = Cursor(vehicleKey: start.vehicleKey, reviewKey: start.reviewKey)
    }

    /// Fills the page.
    ///
    /// - Returns: Where the next one begins; nil: there is none.
    mutating func read(from pool: PostgresPool) async throws -> Position? {
        let memory = ArenaMemory()
        var group: (vehicleKey: String, reviewKey: String)?
        var count = 0
        while true {
            let rows = try await pool.query(self.command)
            for row in rows {
                let (sku, id, document, vehicleKey, reviewKey, year) = try row.decode(
                    String.self, PostgresUUID.self, [UInt8].self, String.self, String.self, Int16.self)
                let fitment = try FitmentRow.fitment(
                    document, id: id, sku: sku, origin: 0, importID: nil, in: memory.arena)
                self.pending += self.review.add(
                    ReviewedFitment(
                        fitment, sku: sku, reference: fitment.fitmentID, vehicleKey: VehicleKey(stored: vehicleKey),
                        reviewKey: reviewKey))
                if let ended = group, ended != (vehicleKey, reviewKey) {
                    if let next = self.end(ended) { return next }
                    if count >= Self.maximumFitments { return self.position }
                }
                group = (vehicleKey, reviewKey)
                count += 1
                self.cursor = Cursor(vehicleKey: vehicleKey, reviewKey: reviewKey, year: year, sku: sku, id: id)
            }
            guard rows.count == Self.fitmentsPerRead else { break }
        }
        self.pending += self.review.finish()
        return group.flatMap { self.end($0) }.flatMap { self.isAtEnd($0) ? nil : $0 }
    }

    /// Whether nothing is left of the last group.
    private func isAtEnd(_ position: Position) -> Bool { position.findings == 0 }

    /// Takes over the findings of a group that is complete.
    ///
    /// - Returns: Where the next page begins, if this one is full.
    private mutating func end(_ group: (vehicleKey: String, reviewKey: String)) -> Position? {
        var found = self.pending
        self.pending = []
        if let sku { found.removeAll { !$0.skus.contains(sku) } }
        let left = found.dropFirst(self.position.findings)
        let taken = left.prefix { finding in
            guard !self.isFull else { return false }
            self.findings.append(finding)
            self.bytes += finding.textBytes
            return true
        }
        if taken.count < left.count {
            self.position.findings += taken.count
            return self.position
        }
        (self.position.vehicleKey, self.position.reviewKey) = group
        self.position.findings = 0
        return self.isFull ? self.position : nil
    }

    /// Whether the page has as much as it may have.
    private var isFull: Bool { self.findings.count >= self.size || self.bytes >= Fitments.maximumPageBytes }

    private var command: PostgresCommand {
        if let sku {
            return PostgresCommand(
                Self.pageOfProduct, self.brand, self.cursor.vehicleKey, self.cursor.reviewKey, self.cursor.year,
                self.cursor.sku, self.cursor.id, Int64(Self.fitmentsPerRead), self.brand.bucket(of: sku), sku)
        }
        return PostgresCommand(
            Self.page, self.brand, self.cursor.vehicleKey, self.cursor.reviewKey, self.cursor.year, self.cursor.sku,
            self.cursor.id, Int64(Self.fitmentsPerRead))
    }

    // The index gives vehicle by vehicle; PostgreSQL sorts within one (incremental sort), and stops at the limit.
    private static let page = PostgresStatement(
        """
        select f.sku, f.fitment_id, f.document, f.vehicle_key, f.review_key, f.year_from from fitment f
        where f.brand_id = $1 and f.vehicle_key >= $2
            and (f.vehicle_key, f.review_key, f.year_from, f.sku, f.fitment_id) > ($2, $3, $4, $5, $6)
        order by f.vehicle_key, f.review_key, f.year_from, f.sku, f.fitment_id limit $7
        """,
        readOnly: true)

    private static let pageOfProduct = PostgresStatement(
        """
        select f.sku, f.fitment_id, f.document, f.vehicle_key, f.review_key, f.year_from
        from (
            select distinct vehicle_key, review_key from fitment
            where bucket = $8 and brand_id = $1 and sku = $9 and vehicle_key >= $2) g
        join fitment f on f.brand_id = $1 and f.vehicle_key = g.vehicle_key and f.review_key = g.review_key
        where (f.vehicle_key, f.review_key, f.year_from, f.sku, f.fitment_id) > ($2, $3, $4, $5, $6)
        order by f.vehicle_key, f.review_key, f.year_from, f.sku, f.fitment_id limit $7
        """,
        readOnly: true)
}

extension FitmentFinding {
    /// About as many bytes as it is answered with.
    fileprivate var textBytes: Int {
        [self.message, self.conditions, self.partType, self.position].reduce(200) { $0 + $1.utf8.count }
            + (self.skus + self.fitmentIDs + self.suggestions).reduce(0) { $0 + $1.utf8.count + 2 }
            + 2 * self.years.count
    }
}
