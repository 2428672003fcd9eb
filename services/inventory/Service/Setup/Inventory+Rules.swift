internal import Events
internal import InventoryDomain
public import InventoryMessages
internal import Postgres
internal import ProtobufC
public import RPC
internal import RPCMessages
internal import Wire

extension Inventory {
    /// Replaces the brand's rules.
    public func putRules(_ request: PutRulesRequest, context: ServerContext) async throws -> InventoryRules {
        let brand = try self.brand(of: context.caller)
        guard let rules = request.rules else {
            throw RPCError(field: "rules", "is missing", expected: "the rules")
        }
        let conflicts = try Self.conflicts(rules)
        try Self.checkChannels(rules)
        return try await self.answering(context) {
            let put = try await SetupChange.run(of: brand, in: self.pool) { change in
                let before = try RulesRecord.read(try await change.transaction.execute(RulesRecord.one(of: brand)))
                try RPCError.check(
                    request.expectedVersion, against: Int64(clamping: before.version), field: "expectedVersion")
                let puts = RulesRecord.put(rules, conflicts, of: brand)
                let answers = try await change.transaction.execute(puts + RulesRecord.one(of: brand))
                let stored = try RulesRecord.read(Array(answers.suffix(2)))
                let event = change.event(
                    "inventory.rules.changed", of: Self.rulesSubject, try RulesChanged(rules: stored).encodedBytes(),
                    trace: context.trace)
                _ = try await change.transaction.commit(with: try EventLog.append([event]))
                return stored
            }
            self.news.committed()
            return put
        }
    }

    /// What events of rules are about: a brand has them once.
    private static let rulesSubject = "rules"

    /// Answers the brand's rules.
    public func getRules(_ request: GetRulesRequest, context: ServerContext) async throws -> InventoryRules {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            var options = PostgresTransactionOptions()
            options.isolation = .repeatableRead
            options.isReadOnly = true
            return try await self.pool.withTransaction(options) { transaction in
                try RulesRecord.read(try await transaction.commit(with: RulesRecord.one(of: brand)))
            }
        }
    }

    private static func conflicts(_ rules: InventoryRules) throws(RPCError) -> [RulesRecord.Conflict] {
        var seen: Set<Int32> = []
        var conflicts: [RulesRecord.Conflict] = []
        for (number, rule) in rules.conflicts.enumerated() {
            let field = "rules.conflicts[\(number)]"
            guard (1...4).contains(rule.field.rawValue) else {
                throw RPCError(
                    field: "\(field).field", "has the unknown number \(rule.field.rawValue)",
                    expected: "one of those in the API's description")
            }
            guard seen.insert(rule.field.rawValue).inserted else {
                throw RPCError(field: "\(field).field", "stands twice", expected: "each field once")
            }
            guard (0...3).contains(rule.policy.rawValue) else {
                throw RPCError(
                    field: "\(field).policy", "has the unknown number \(rule.policy.rawValue)",
                    expected: "one of those in the API's description")
            }
            guard rule.policy == .expectedVersion || rule.policy == .sourcePriority else { continue }
            conflicts.append(try Self.conflict(rule, field: field))
        }
        return conflicts
    }

    private static func conflict(
        _ rule: InventoryMessages.ConflictRule, field: String
    ) throws(RPCError) -> RulesRecord.Conflict {
        var ranking: [Int16] = []
        for (place, source) in rule.ranking.enumerated() {
            guard let known = InventoryDomain.Source(message: source), !ranking.contains(known.rawValue) else {
                throw RPCError(
                    field: "\(field).ranking[\(place)]", "is unknown or stands twice", expected: "each source once")
            }
            ranking.append(known.rawValue)
        }
        return RulesRecord.Conflict(
            field: Int16(clamping: rule.field.rawValue), policy: Int16(clamping: rule.policy.rawValue),
            ranking: ranking,
            countsForSeconds: try Self.seconds(rule.countsFor, field: "\(field).countsFor", minimum: 1))
    }

    private static func checkChannels(_ rules: InventoryRules) throws(RPCError) {
        var seen: Set<ChannelID> = []
        for (number, buffer) in rules.channelBuffers.enumerated() {
            let field = "rules.channelBuffers[\(number)]"
            let channel = try InventoryDomain.ChannelBuffer.of(buffer, field: field).channel
            guard seen.insert(channel).inserted else {
                throw RPCError(field: "\(field).channel", "stands twice", expected: "each channel once")
            }
        }
    }
}

extension RPCError {
    static let locationNotFound = RPCError(
        .notFound, "there is no such location", type: "location-not-found", reason: .notFound)

    /// Refuses a change that builds on another version than there is; 0 stands for nothing.
    static func check(_ expected: UInt64?, against version: Int64, field: String) throws(RPCError) {
        guard let expected, expected != UInt64(clamping: version) else { return }
        throw RPCError(
            .aborted, "it has version \(version), not \(expected); read it and decide again",
            problem: Problem(
                type: "version-conflict", reason: .versionMismatch,
                fields: [FieldProblem(field: field, reason: "is \(expected)", expected: "\(version)")],
                version: UInt64(clamping: version)))
    }

    static func tooMany(_ what: String, limit: Int) -> RPCError {
        RPCError(
            .failedPrecondition, "the brand has \(limit) \(what), the most that there can be", type: "too-many",
            reason: .conflict)
    }
}
