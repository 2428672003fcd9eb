import InventoryMessages
import Synchronization

/// What callers were told: the truth that the database is compared with.
///
/// Everything is computed from answers alone.
final class KillTruth: Sendable {
    /// A command that was carried out, with its first answer.
    struct Acknowledged: Sendable {
        let command: StockCommand.Command
        let answer: CommandResponse
    }

    /// A SKU at the one location.
    struct Numbers: Hashable {
        var onHand: Int64 = 0
        var reserved: Int64 = 0
    }

    private struct State {
        var acknowledged: [Acknowledged] = []
        var refused: Set<String> = []
        var tries = 0
        var unexpected: [String] = []
        var isOver = false
    }

    private let state = Mutex(State())

    var acknowledged: [Acknowledged] { self.state.withLock { $0.acknowledged } }
    var acknowledgedCount: Int { self.state.withLock { $0.acknowledged.count } }
    var refusedCount: Int { self.state.withLock { $0.refused.count } }
    var tries: Int { self.state.withLock { $0.tries } }
    /// Answers that no caller should ever get.
    var unexpected: [String] { self.state.withLock { $0.unexpected } }

    /// Whether callers go on.
    var goesOn: Bool { self.state.withLock { !$0.isOver } }

    /// Has callers bring what they do to its end.
    func end() { self.state.withLock { $0.isOver = true } }

    func tried() { self.state.withLock { $0.tries += 1 } }

    func answered(_ command: StockCommand.Command, _ answer: CommandResponse) {
        var answer = answer
        answer.repeatedAnswer = false
        self.state.withLock { [answer] in $0.acknowledged.append(Acknowledged(command: command, answer: answer)) }
    }

    func refused(_ id: String) { self.state.withLock { _ = $0.refused.insert(id) } }

    func sawUnexpected(_ what: String) { self.state.withLock { $0.unexpected.append(what) } }

    /// The numbers of each SKU.
    func numbers() -> [String: Numbers] {
        var numbers: [String: Numbers] = [:]
        var lastSet: [String: UInt64] = [:]
        for acknowledged in self.acknowledged {
            switch acknowledged.command {
            case .adjustStock(let request): numbers[request.sku, default: Numbers()].onHand += request.delta
            case .setStock(let request):
                // Of these SKUs all stock is set, so the last one counts; versions say which that is.
                let version = acknowledged.answer.items.first?.version ?? 0
                guard version >= lastSet[request.sku, default: 0], case .onHand(let units) = request.amount else {
                    continue
                }
                lastSet[request.sku] = version
                numbers[request.sku] = Numbers(onHand: units)
            case .reserve: self.add(1, onHand: 0, acknowledged, to: &numbers)
            case .commitReservation: self.add(-1, onHand: -1, acknowledged, to: &numbers)
            case .releaseReservation: self.add(-1, onHand: 0, acknowledged, to: &numbers)
            default: break
            }
        }
        return numbers
    }

    private func add(
        _ reserved: Int64, onHand: Int64, _ acknowledged: Acknowledged, to numbers: inout [String: Numbers]
    ) {
        for allocation in acknowledged.answer.reservation?.allocations ?? [] {
            numbers[allocation.sku, default: Numbers()].reserved += reserved * allocation.quantity
            numbers[allocation.sku, default: Numbers()].onHand += onHand * allocation.quantity
        }
    }
}
