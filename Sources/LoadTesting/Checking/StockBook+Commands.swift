internal import InventoryMessages

/// The checks of what commands answer.
extension StockBook {
    /// What was known of a command's SKUs when it began.
    struct Beginning: Sendable {
        fileprivate var items: [(latest: UInt64, takes: UInt32, leastFree: Int64)]
    }

    /// A command's call begins.
    func begin(_ command: LoadCommand) -> Beginning {
        Beginning(
            items: command.changes.map { sku, change in
                self.with(sku) { item, _ in
                    let leastFree = item.free.least
                    item.begin(change)
                    return (latest: item.versions.latest, takes: item.takes, leastFree: leastFree)
                }
            })
    }

    /// A command was carried out.
    ///
    /// - Returns: What does not hold.
    func succeed(
        _ command: LoadCommand, _ beginning: Beginning, _ receipt: CommandResponse, _ plan: LoadPlan
    ) -> [Finding] {
        var findings = Self.check(receipt, of: command, plan).map {
            Finding(.inconsistentReceipt, "the receipt of \(command.kind.rawValue) \(command.id) \($0)")
        }
        for ((sku, change), before) in zip(command.changes, beginning.items) {
            let name = plan.sku(sku)
            let version = receipt.items.first { $0.sku == name }?.version ?? 0
            let free = self.with(sku) { item, _ in
                item.succeed(change, version: version)
                return item.free.most
            }
            self.know(version, of: sku)
            if free < 0 {
                findings.append(
                    Finding(.oversold, "\(-free) units of \(name) too many were given away by \(command.id)"))
            }
            // A set to what is there already changes nothing.
            let least = receipt.effect == .unchanged ? before.latest : before.latest + 1
            if version < least {
                let what = "gives \(name) version \(version), though \(before.latest) was known before it"
                findings.append(
                    Finding(.inconsistentReceipt, "the receipt of \(command.kind.rawValue) \(command.id) \(what)"))
            }
        }
        return findings
    }

    /// A command was certainly not carried out.
    ///
    /// - Parameter forLackOfStock: Whether that was said to be for too few units.
    /// - Returns: What does not hold.
    func fail(
        _ command: LoadCommand, _ beginning: Beginning, forLackOfStock: Bool, _ plan: LoadPlan
    ) -> [Finding] {
        var isLackPossible = command.kind != .reserve
        for ((sku, change), before) in zip(command.changes, beginning.items) {
            let takes = self.with(sku) { item, _ in
                item.fail(change)
                return item.takes
            }
            // Whoever else took units meanwhile may have left too few.
            if before.leastFree < change.units || takes != before.takes { isLackPossible = true }
        }
        guard forLackOfStock, !isLackPossible else { return [] }
        let names = command.changes.map { plan.sku($0.sku) }.joined(separator: ", ")
        return [Finding(.wrongRefusal, "\(command.id) was refused for lack of \(names), which were there all along")]
    }

    /// What is wrong about a receipt, whatever else is known.
    private static func check(_ receipt: CommandResponse, of command: LoadCommand, _ plan: LoadPlan) -> [String] {
        var wrong: [String] = []
        if receipt.commandID != command.id { wrong.append("is about \"\(receipt.commandID)\"") }
        let mayChangeNothing = command.kind == .set
        guard receipt.effect == .applied || (mayChangeNothing && receipt.effect == .unchanged) else {
            return wrong + ["has the effect \(receipt.effect)"]
        }
        let names = Set(command.changes.map { plan.sku($0.sku) })
        if Set(receipt.items.map(\.sku)) != names || receipt.items.count != names.count {
            wrong.append("names \(receipt.items.map(\.sku)) instead of \(names.sorted())")
        }
        guard !command.reservation.isEmpty else { return wrong }
        guard let reservation = receipt.reservation else { return wrong + ["has no reservation"] }
        if reservation.reservationID != command.reservation {
            wrong.append("is about the reservation \"\(reservation.reservationID)\"")
        }
        let state = command.kind.stateAfterwards
        if reservation.state != state { wrong.append("says that the reservation is \(reservation.state)") }
        return wrong + Self.check(reservation.allocations, of: command, plan)
    }

    /// What is wrong about a reservation's allocations: each SKU has what was asked for, all of it there.
    private static func check(_ allocations: [Allocation], of command: LoadCommand, _ plan: LoadPlan) -> [String] {
        var units: [String: Int64] = [:]
        for allocation in allocations {
            guard allocation.quantity > 0, allocation.backordered == 0 else {
                return ["holds \(allocation.quantity) units, \(allocation.backordered) of them not there"]
            }
            units[allocation.sku, default: 0] &+= allocation.quantity
        }
        var asked: [String: Int64] = [:]
        for (sku, change) in command.changes {
            asked[plan.sku(sku)] = change.units
        }
        return units == asked ? [] : ["holds \(units) instead of \(asked)"]
    }
}

extension CallKind {
    /// The state of a reservation behind a command.
    fileprivate var stateAfterwards: ReservationState {
        switch self {
        case .commit: .committed
        case .release: .released
        case .read, .coldRead, .set, .adjust, .receive, .reserve: .held
        }
    }
}
