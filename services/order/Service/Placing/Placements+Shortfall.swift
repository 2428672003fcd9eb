internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import ProtobufC
internal import RPC
internal import RPCMessages
internal import Refusals
internal import WellKnownMessages
internal import Wire

extension Placements {
    /// Decides what becomes of an order of which something is missing, and places what is left of it.
    ///
    /// - Throws: `OrderRefusal`; `RPCError`, where others cannot be asked what there is.
    func resolve(
        _ request: ResolveShortfallRequest, commandID: String, for placing: Placing
    ) async throws -> Order {
        guard !commandID.isEmpty else { throw OrderRefusal.commandIDRequired }
        let order = try await self.lookup.order(placing.brand, request.id)
        guard let key = OrderKey(order, of: placing.brand) else { throw OrderRefusal.orderNotFound(request.id) }
        // Without a shortfall it is a repeat, or refused.
        let decision =
            order.shortfall == nil ? .retry : try await self.decision(request, order, placing)
        var content = request
        content.commandID = ""
        let answer = try await self.writes.apply(
            OrderCommand(
                brand: placing.brand, order: key.id, commandID: commandID, fingerprint: try content.fingerprint(),
                by: placing.by, traceParent: placing.traceParent
            ) { (state, moment) throws(OrderRefusal) in try state.resolve(decision, at: moment) })
        if !answer.isRepeated { try await self.faults.reach(.recorded) }
        return try await self.finish(answer.order, of: key, placing.patience, traceParent: placing.traceParent)
    }

    private func decision(
        _ request: ResolveShortfallRequest, _ order: Order, _ placing: Placing
    ) async throws -> ShortfallDecision {
        if !request.substitutions.isEmpty, request.choice != .substitute {
            throw OrderRefusal(
                .invalidValue, field: "substitutions", "are given, and something else is chosen",
                expected: "none, or the choice SUBSTITUTE")
        }
        switch request.choice {
        case .retry: return .retry
        case .backorder: return .backorder
        case .cancel: return .cancel
        case .substitute: return try await self.substitution(request.substitutions, order, placing)
        case .split:
            let missing = try await self.missing(of: order, placing)
            return missing.isEmpty ? .retry : .split(missing: missing)
        case .unspecified, .unrecognized:
            throw OrderRefusal(
                .invalidValue, field: "choice", "is missing",
                expected: "retry, backorder, substitute, split or cancel")
        }
    }

    /// Asks another service before anything is decided.
    private static func asking<Value: Sendable>(
        _ placing: Placing, _ work: () async throws(RPCError) -> Value
    ) async throws -> Value {
        do { return try await placing.patience.retrying(work) } catch is RPCError { throw RPCError.undecided }
    }

    /// Which units inventory does not have now, by lines.
    private func missing(of order: Order, _ placing: Placing) async throws -> [String: Int64] {
        let answer = try await Self.asking(placing) { () throws(RPCError) in
            try await self.calls.missing(of: order, for: placing.brand)
        }
        let lines = order.linesToReserve
        return Dictionary(
            try answer.get().compactMap { line, units in
                lines.indices.contains(line) ? (order.items[lines[line]].lineID, units) : nil
            }, uniquingKeysWith: { $0 &+ $1 })
    }

    /// The parts that are named, and for the other lines that are missing those that supersede; all of them are there.
    private func substitution(
        _ named: [Substitution], _ order: Order, _ placing: Placing
    ) async throws -> ShortfallDecision {
        var parts: [String: String] = [:]
        for (place, substitution) in named.enumerated() {
            guard parts.updateValue(substitution.sku, forKey: substitution.lineID) == nil else {
                throw OrderRefusal(
                    .duplicateEntry, field: "substitutions[\(place)].lineId", "is named before",
                    expected: "each line once")
            }
        }
        for line in order.shortfall?.lines ?? [] where parts[line.lineID] == nil {
            let successor = try await Self.asking(placing) { () throws(RPCError) in
                try await self.calls.successor(of: line.sku, for: placing.brand)
            }
            guard let successor else { throw OrderRefusal.noSubstitute(line.lineID, "nothing supersedes \(line.sku)") }
            parts[line.lineID] = successor
        }
        let decision = ShortfallDecision.substitute(parts)
        var trial = OrderState(order: order)
        try trial.resolve(decision, at: OrderMoment(now: ProtoTimestamp(), by: placing.by))
        let missing = try await self.missing(of: trial.order, placing)
        for (lineID, sku) in parts.sorted(by: { $0.key < $1.key }) {
            guard let units = missing[lineID] else { continue }
            throw OrderRefusal.noSubstitute(lineID, "\(units) of \(sku) are missing, too")
        }
        return decision
    }
}

extension RPCError {
    /// What could be done about a shortfall is not known.
    fileprivate static let undecided = RPCError(
        .unavailable, "another service does not answer, and nothing is decided; send the decision again",
        type: "unavailable", reason: .unavailable)
}

extension Refusals.Refusal where Reason == OrderMessages.RefusalReason {
    fileprivate static func noSubstitute(_ lineID: String, _ problem: String) -> OrderRefusal {
        OrderRefusal(
            .noSubstitute, field: "substitutions", "have none for the line \(lineID): \(problem)",
            expected: "a SKU that is there for each line, or another choice")
    }

    /// A call needs a command's id by which its repeat is recognised.
    static let commandIDRequired = OrderRefusal(
        .keyRequired, field: "commandId", "is missing, and so is the metadata \(Metadata.idempotencyKey)",
        expected: "an id of the command")

    /// An order needs something by which its repeat is recognised.
    static let keyRequired = OrderRefusal(
        .keyRequired, field: "orderId", "is missing, and so are commandId and the metadata \(Metadata.idempotencyKey)",
        expected: "one of them, by which a repeat is recognised")

    /// A key stands for another order.
    static func taken(_ found: FoundOrder) -> OrderRefusal {
        switch found.kind {
        case .natural:
            OrderRefusal(
                .orderExists, field: "orderId",
                "is that of the order \(found.order.id), which was placed with another content",
                expected: "the same content as then, or another id")
        case .command:
            OrderRefusal(
                .commandIDReused, field: "commandId",
                "is that of the order \(found.order.id), which was placed with another content",
                expected: "the same content as then, or an id that was not used before")
        }
    }
}
