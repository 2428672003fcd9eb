internal import CatalogDomain
public import CatalogMessages
internal import Events
internal import Postgres
public import RPC

extension Products {
    /// Says that a part takes the place of another. The same said again changes nothing.
    public func putSupersession(
        _ request: PutSupersessionRequest, context: ServerContext
    ) async throws -> Supersession {
        let brand = try self.brand(of: context.caller)
        let supersession = try Self.supersession(request)
        return try await self.answering(context, in: "supersession") {
            let edge = try SupersessionEdge(supersession)
            return try await self.changing { transaction in
                let skus = [edge.old, edge.new]
                let answers = try await transaction.execute([
                    ProductRows.sharing(edge.old == edge.new ? [edge.old] : skus, of: brand),
                    BrandGraphs.lock(brand),
                    // Begins behind the lock, and so sees what others have committed before they gave it up.
                    SupersessionRows.reach(
                        from: [edge.new], to: [edge.old], of: brand, limit: SupersessionGraph.maximumReach),
                    PostgresCommand(Self.clock),
                ])
                let there = try Set(
                    answers[0].map { (row) throws(PostgresError) in try SKU.read(try row.decode(String.self)) })
                for sku in skus where !there.contains(sku) {
                    throw CatalogRefusal.productNotFound(sku.description)
                }
                let present = try SupersessionRows.read(answers[2])
                guard !present.contains(supersession) else { return supersession }
                try Self.check(edge, present)
                let events = try Self.events(
                    [SupersessionChanged(supersession: supersession)], of: brand, at: answers[3], context)
                _ = try await transaction.commit(
                    with: [SupersessionRows.put(supersession, of: brand)] + EventLog.append(events))
                return supersession
            }
        }
    }

    /// Takes back that a part takes the place of another.
    public func deleteSupersession(
        _ request: DeleteSupersessionRequest, context: ServerContext
    ) async throws -> DeleteSupersessionResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            try await self.changing { transaction in
                let answers = try await transaction.execute([
                    SupersessionRows.removal(request.sku, request.newSku, of: brand), PostgresCommand(Self.clock),
                ])
                let removed = try SupersessionRows.read(answers[0])
                guard let supersession = removed.first else {
                    throw CatalogRefusal(
                        .supersessionNotFound,
                        "\(request.newSku.debugDescription) does not take the place of \(request.sku.debugDescription)")
                }
                let events = try Self.events(
                    [SupersessionChanged(supersession: supersession, deleted: true)], of: brand, at: answers[1], context
                )
                _ = try await transaction.commit(with: try EventLog.append(events))
                return DeleteSupersessionResponse()
            }
        }
    }

    /// Answers what takes the place of a part on a day, and whose place it takes.
    public func listSupersessions(
        _ request: ListSupersessionsRequest, context: ServerContext
    ) async throws -> ListSupersessionsResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            guard let sku = try? SKU(request.sku) else { throw CatalogRefusal.productNotFound(request.sku) }
            let day = try await self.day(request.onDay)
            let found = try await self.supersessions(from: [sku], to: [sku], of: brand)
            var messages: [SupersessionEdge: Supersession] = [:]
            for supersession in found { messages[try SupersessionRows.edge(supersession)] = supersession }
            let graph = SupersessionGraph(messages.keys)
            return ListSupersessionsResponse(
                successors: graph.chain(from: sku, on: day).compactMap { messages[$0] },
                predecessors: graph.chain(to: sku, on: day).compactMap { messages[$0] },
                currentSkus: graph.current(for: sku, on: day).map(\.description))
        }
    }

    /// The day that a request goes by: today in UTC where it names none.
    func day(_ text: String) async throws -> Day {
        guard text.isEmpty else {
            guard let day = Day(text) else {
                throw RPCError(field: "onDay", "is \(text.debugDescription)", expected: Day.expected)
            }
            return day
        }
        let rows = try await self.pool.query(Self.clock)
        return try Day(microseconds: rows.first?.decode(PostgresTimestamp.self).microseconds ?? 0)
    }

    /// All supersessions that lead on from some parts, and to others.
    ///
    /// - Throws: `CatalogRefusal` with `tooMany` where they are more than can be looked at.
    func supersessions(from onward: [SKU], to back: [SKU], of brand: PostgresUUID) async throws -> [Supersession] {
        let limit = SupersessionGraph.maximumReach * max(1, onward.count)
        let rows = try await self.pool.query(
            SupersessionRows.reach(from: onward, to: back, of: brand, limit: limit))
        guard rows.count <= limit else {
            throw CatalogRefusal(.tooMany, "more than \(limit) supersessions lead on from there")
        }
        return try SupersessionRows.read(rows)
    }

    private static func check(_ edge: SupersessionEdge, _ present: [Supersession]) throws {
        guard present.count <= SupersessionGraph.maximumReach else {
            throw SupersessionGraph.tooMany(
                "supersessions that lead to or on from these parts", SupersessionGraph.maximumReach)
        }
        var graph = SupersessionGraph(
            try present.map { (message) throws(PostgresError) in try SupersessionRows.edge(message) })
        try graph.put(edge)
    }

    private static func supersession(_ request: PutSupersessionRequest) throws(RPCError) -> Supersession {
        guard var supersession = request.supersession else {
            throw RPCError(field: "supersession", "is missing", expected: "what holds, and when")
        }
        // The path names the parts; the body may name the same.
        let names = [
            ("supersession.oldSku", supersession.oldSku, request.sku),
            ("supersession.newSku", supersession.newSku, request.newSku),
        ]
        for (field, inBody, inPath) in names where !inBody.isEmpty && !inBody.utf8.elementsEqual(inPath.utf8) {
            throw RPCError(field: field, "is another than that of the path", expected: "the same, or none")
        }
        supersession.oldSku = request.sku
        supersession.newSku = request.newSku
        return supersession
    }

    private static func events(
        _ changes: [SupersessionChanged], of brand: PostgresUUID, at clock: PostgresRows, _ context: ServerContext
    ) throws -> [Event] {
        guard let now = try clock.first?.decode(PostgresTimestamp.self) else {
            throw PostgresError(.server, "a clock without an answer")
        }
        return try changes.map { CatalogEvent.supersessionChanged($0) }.recorded(
            of: brand, at: now, traceParent: context.trace?.traceparent)
    }

    private static let clock = PostgresStatement("select now()", readOnly: true)
}
