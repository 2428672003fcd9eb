import ChannelAdapter
import Postgres
import Synchronization

@testable import ChannelService

/// What a platform holds, in pages of two.
final class FakeFulfilledStock: Sendable {
    private let state = Mutex<(rows: [FulfilledStock], breaksAt: Int?)>(([], nil))

    /// Sets units by the platform's SKU.
    func hold(_ units: KeyValuePairs<String, Int64>) {
        self.state.withLock {
            $0.rows = units.map { FulfilledStock(platformSKU: $0.key, fulfillable: $0.value, reserved: 0, inbound: 0) }
        }
    }

    /// Has the page from this row on not answered; nil: all are.
    func breakOff(at row: Int?) { self.state.withLock { $0.breaksAt = row } }

    func page(_ page: String) throws(PlatformFault) -> FulfilledStockPage {
        let (rows, breaksAt) = self.state.withLock { $0 }
        let start = Int(page) ?? 0
        if let breaksAt, start >= breaksAt { throw PlatformFault(.retry, code: "http-503", "it is broken off") }
        let end = min(start + 2, rows.count)
        return FulfilledStockPage(rows: Array(rows[start..<end]), next: end < rows.count ? "\(end)" : "")
    }
}

/// Takes levels as inventory does: what comes again under its id does nothing.
final class FakeFulfilledTarget: FulfilledStockTarget {
    struct Killed: Error {}

    private struct State {
        var levels: [String: Int64] = [:]
        var commands: [String: FulfilledLevel] = [:]
        var counts = (changes: 0, conflicts: 0)
        var isKilledBehind = false
        var refused: Set<String> = []
        var kinds = ["FBA1": true, "FBA2": true, "WHS1": false]
    }

    private let state = Mutex(State())

    /// As LOCATION/SKU.
    var levels: [String: Int64] { self.state.withLock { $0.levels } }
    /// Commands that did something, and ids that came again with something else.
    var counts: (changes: Int, conflicts: Int) { self.state.withLock { $0.counts } }

    /// Has the next answer not arrive.
    func killBehind() { self.state.withLock { $0.isKilledBehind = true } }
    func refuse(_ skus: Set<String>) { self.state.withLock { $0.refused = skus } }

    func isMarketplaces(_ location: String, of brand: PostgresUUID) async throws -> Bool {
        self.state.withLock { $0.kinds[location] ?? false }
    }

    func set(_ levels: [FulfilledLevel], of brand: PostgresUUID) async throws -> [String?] {
        try self.state.withLock { state in
            let refusals = levels.map { level -> String? in
                if state.refused.contains(level.sku) { return "unknown-sku: there is none" }
                if let known = state.commands[level.commandID] {
                    if known != level { state.counts.conflicts += 1 }
                    return nil
                }
                state.commands[level.commandID] = level
                state.levels["\(level.location)/\(level.sku)"] = level.quantity
                state.counts.changes += 1
                return nil
            }
            if state.isKilledBehind {
                state.isKilledBehind = false
                throw Killed()
            }
            return refusals
        }
    }
}
