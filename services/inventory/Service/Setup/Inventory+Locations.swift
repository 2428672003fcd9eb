internal import Events
internal import InventoryDomain
public import InventoryMessages
internal import Postgres
public import RPC
internal import WellKnownMessages
internal import Wire

extension Inventory {
    /// Adds or replaces a location.
    public func putLocation(
        _ request: PutLocationRequest, context: ServerContext
    ) async throws -> InventoryMessages.Location {
        let brand = try self.brand(of: context.caller)
        let location = try Self.location(request)
        let leadTime = try Self.seconds(location.leadTime, field: "location.leadTime", minimum: 0)
        let staleAfter = try Self.seconds(location.staleAfter, field: "location.staleAfter", minimum: 1)
        return try await self.answering(context) {
            let put = try await SetupChange.run(of: brand, in: self.pool) { change in
                let existing = try await change.transaction.execute([LocationRecord.all(of: brand)]).first ?? nil
                var versions: [Int64] = []
                for row in existing.map({ Array($0) }) ?? [] {
                    let found = try LocationRecord.read(row)
                    if found.locationID.utf8.elementsEqual(location.locationID.utf8) {
                        versions.append(Int64(clamping: found.version))
                    }
                }
                try RPCError.check(request.expectedVersion, against: versions.first ?? 0, field: "expectedVersion")
                if versions.isEmpty, (existing?.count ?? 0) >= LocationRecord.maximumCount {
                    throw RPCError.tooMany("locations", limit: LocationRecord.maximumCount)
                }
                let rows = try await change.transaction.execute([
                    LocationRecord.put(
                        location, of: brand, leadTimeSeconds: leadTime, staleAfterSeconds: staleAfter)
                ])
                guard let row = rows.first?.first else { throw PostgresError(.server, "a location without a row") }
                let news = try await LocationNotices.news(of: brand, in: change.transaction, trace: context.trace)
                _ = try await change.transaction.commit(with: try news.commands())
                return try LocationRecord.read(row)
            }
            self.news.committed()
            return put
        }
    }

    /// Answers one location.
    public func getLocation(
        _ request: GetLocationRequest, context: ServerContext
    ) async throws -> InventoryMessages.Location {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            guard let row = try await self.pool.query(LocationRecord.one(request.locationID, of: brand)).first else {
                throw RPCError.locationNotFound
            }
            return try LocationRecord.read(row)
        }
    }

    /// Answers all locations of the brand.
    public func listLocations(
        _ request: ListLocationsRequest, context: ServerContext
    ) async throws -> ListLocationsResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let rows = try await self.pool.query(LocationRecord.all(of: brand))
            return ListLocationsResponse(
                locations: try rows.map { (row) throws(PostgresError) in try LocationRecord.read(row) })
        }
    }

    private static func location(_ request: PutLocationRequest) throws(RPCError) -> InventoryMessages.Location {
        guard var location = request.location else {
            throw RPCError(field: "location", "is missing", expected: "the location")
        }
        guard location.locationID.isEmpty || location.locationID == request.locationID else {
            throw RPCError(
                field: "location.locationId", "is another than that of the path", expected: "the same, or none")
        }
        location.locationID = try LocationID.of(request.locationID).description
        guard (0...4).contains(location.kind.rawValue) else {
            throw RPCError(
                field: "location.kind", "has the unknown number \(location.kind.rawValue)",
                expected: "one of those in the API's description")
        }
        guard (0...2).contains(location.staleRule.rawValue) else {
            throw RPCError(
                field: "location.staleRule", "has the unknown number \(location.staleRule.rawValue)",
                expected: "one of those in the API's description")
        }
        return location
    }

    /// The whole seconds of a duration; nil where there is none.
    static func seconds(
        _ duration: ProtoDuration?, field: String, minimum: Int64
    ) throws(RPCError) -> Int64? {
        guard let duration else { return nil }
        let range = minimum...ProtoDuration.secondsRange.upperBound
        guard duration.nanos == 0, range.contains(duration.seconds) else {
            throw RPCError(
                field: field, "is \(duration.seconds) s and \(duration.nanos) ns",
                expected: "\(range.lowerBound) to \(range.upperBound) whole seconds")
        }
        return duration.seconds
    }
}
