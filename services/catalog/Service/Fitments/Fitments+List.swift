internal import CatalogDomain
public import CatalogMessages
internal import Paging
internal import Postgres
internal import ProtobufC
public import RPC

extension Fitments {
    /// The fitments of a page where the request names no number.
    static let defaultPageSize = 100

    /// After how many bytes of fitments a page of any kind ends: 1 MiB.
    static let maximumPageBytes = 1 << 20

    /// Lists what a product fits, by vehicle, then by year.
    public func listFitments(
        _ request: ListFitmentsRequest, context: ServerContext
    ) async throws -> ListFitmentsResponse {
        let brand = try self.brand(of: context.caller)
        let filter = try FitmentFilter(request, self.known)
        let question = PageToken.Question("listFitments", ["\(brand)", request.sku] + filter.parts)
        var last = FitmentList.Position()
        if !request.pageToken.isEmpty {
            guard let bytes = PageToken.position(request.pageToken, of: question),
                let position = FitmentList.Position(bytes)
            else { throw Self.invalidPageToken }
            last = position
        }
        let size = request.pageSize == 0 ? Self.defaultPageSize : Int(request.pageSize)
        return try await self.answering(context) {
            let list = FitmentList(sku: request.sku, brand: brand, filter: filter)
            // One more tells whether there is a further page.
            let found = try await list.read(after: last, limit: size + 1, in: self.pool)
            if found.isEmpty {
                let answer = try await self.pool.query(
                    FitmentList.exists, brand.bucket(of: request.sku), brand, request.sku)
                guard !answer.isEmpty else { throw CatalogRefusal.productNotFound(request.sku) }
            }
            var bytes = 0
            let page = found.prefix(size).prefix { entry in
                defer { bytes += entry.bytes }
                return bytes < Self.maximumPageBytes
            }
            let next =
                found.count > page.count ? page.last.map { PageToken.text($0.position.bytes, of: question) } : nil
            return ListFitmentsResponse(fitments: page.map(\.fitment), nextPageToken: next ?? "")
        }
    }
}

/// Which fitments of a product are listed.
struct FitmentFilter: Sendable {
    /// Under which keys; nil: all.
    var keys: [String]?
    /// What the key begins with.
    var keyPrefix = ""
    /// The model year; 0: all.
    var year: Int16 = 0

    init(_ request: ListFitmentsRequest, _ known: KnownVehicles) throws(RPCError) {
        if request.baseVehicleID != 0 {
            guard request.make.isEmpty && request.model.isEmpty && request.year == 0 else {
                throw RPCError(
                    field: "baseVehicleId", "stands beside year, make or model", expected: "one way to name the vehicle"
                )
            }
            self.keys = [VehicleKey(baseVehicleID: request.baseVehicleID).text]
            return
        }
        guard request.model.isEmpty || !request.make.isEmpty else {
            throw RPCError(field: "make", "is missing beside the model", expected: "the model's make")
        }
        self.year = Int16(clamping: request.year)
        if !request.model.isEmpty {
            self.keys = VehicleKey.keys(ofMake: request.make, model: request.model, known).map(\.text)
        } else if !request.make.isEmpty {
            self.keyPrefix = VehicleKey(make: request.make, model: "", known).text
        }
    }

    /// What a page token belongs to.
    var parts: [String] { (self.keys ?? ["*"]) + [self.keyPrefix, "\(self.year)"] }
}

/// Reads a product's fitments in the order of their vehicles.
struct FitmentList: Sendable {
    /// Where a page ended.
    struct Position: Sendable {
        var vehicleKey = ""
        var yearFrom: Int16 = -1
        var id = FitmentID(high: 0, low: 0)

        init() {}

        init(vehicleKey: String, yearFrom: Int16, id: FitmentID) {
            (self.vehicleKey, self.yearFrom, self.id) = (vehicleKey, yearFrom, id)
        }

        init?(_ bytes: [UInt8]) {
            let parts = String(decoding: bytes, as: UTF8.self).split(
                separator: "\u{1F}", omittingEmptySubsequences: false)
            guard parts.count == 3, let year = Int16(parts[1]), let id = FitmentID(String(parts[2])) else { return nil }
            self.init(vehicleKey: String(parts[0]), yearFrom: year, id: id)
        }

        var bytes: [UInt8] { Array("\(self.vehicleKey)\u{1F}\(self.yearFrom)\u{1F}\(self.id)".utf8) }
    }

    let sku: String
    let brand: PostgresUUID
    let filter: FitmentFilter

    func read(
        after last: Position, limit: Int, in pool: PostgresPool
    ) async throws(PostgresError) -> [(fitment: Fitment, bytes: Int, position: Position)] {
        let rows = try await pool.query(
            Self.page, self.brand.bucket(of: self.sku), self.brand, self.sku, self.filter.keys, self.filter.keyPrefix,
            self.filter.year, last.vehicleKey, last.yearFrom, PostgresUUID(last.id), Int64(limit))
        let memory = ArenaMemory()
        var found: [(fitment: Fitment, bytes: Int, position: Position)] = []
        found.reserveCapacity(rows.count)
        for row in rows {
            let (id, origin, importID, document, vehicleKey, yearFrom) = try row.decode(
                PostgresUUID.self, Int16.self, PostgresUUID?.self, [UInt8].self, String.self, Int16.self)
            let fitment = try FitmentRow.fitment(
                document, id: id, sku: self.sku, origin: origin, importID: importID, in: memory.arena)
            let position = Position(vehicleKey: vehicleKey, yearFrom: yearFrom, id: FitmentID(id))
            found.append((fitment, document.count, position))
        }
        return found
    }

    private static let page = PostgresStatement(
        """
        select fitment_id, origin, import_id, document, vehicle_key, year_from from fitment
        where bucket = $1 and brand_id = $2 and sku = $3 and ($4::text[] is null or vehicle_key = any($4))
            and ($5 = '' or starts_with(vehicle_key, $5)) and ($6 = 0 or year_from <= $6 and year_to >= $6)
            and (vehicle_key, year_from, fitment_id) > ($7, $8, $9)
        order by vehicle_key, year_from, fitment_id limit $10
        """,
        readOnly: true)

    static let exists = PostgresStatement(
        "select 1 from product where bucket = $1 and brand_id = $2 and sku = $3", readOnly: true)
}
