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

    /// A SKU at a location.
    struct Level: Hashable, Comparable, CustomStringConvertible {
        let sku: String
        let location: String

        var description: String { "\(self.sku) at \(self.location)" }

        static func < (left: Level, right: Level) -> Bool {
            (left.sku, left.location) < (right.sku, right.location)
        }
    }

    /// Its numbers.
    struct Numbers: Hashable, Sendable {
        var onHand: Int64 = 0
        var reserved: Int64 = 0
        var quarantined: Int64 = 0
        var inTransit: Int64 = 0
        var incoming: Int64 = 0
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

    /// The numbers of each level. Of the SKUs that one caller has alone, commands follow each other; of the others, they
    /// only add.
    func numbers() -> [Level: Numbers] {
        var numbers: [Level: Numbers] = [:]
        var lastSet: [String: UInt64] = [:]
        for acknowledged in self.acknowledged {
            switch acknowledged.command {
            case .setStock(let request):
                // Of these SKUs all stock is set, so the last one counts; versions say which that is.
                let version = acknowledged.answer.items.first?.version ?? 0
                guard version >= lastSet[request.sku, default: 0], case .onHand(let units) = request.amount else {
                    continue
                }
                lastSet[request.sku] = version
                numbers[Level(sku: request.sku, location: request.locationID)] = Numbers(onHand: units)
            case .reserve: self.add(1, onHand: 0, acknowledged, to: &numbers)
            case .commitReservation: self.add(-1, onHand: -1, acknowledged, to: &numbers)
            case .releaseReservation: self.add(-1, onHand: 0, acknowledged, to: &numbers)
            default: acknowledged.command.change(&numbers)
            }
        }
        return numbers.filter { $0.value != Numbers() }
    }

    private func add(
        _ reserved: Int64, onHand: Int64, _ acknowledged: Acknowledged, to numbers: inout [Level: Numbers]
    ) {
        for allocation in acknowledged.answer.reservation?.allocations ?? [] {
            let level = Level(sku: allocation.sku, location: allocation.locationID)
            numbers[level, default: Numbers()].reserved += reserved * allocation.quantity
            numbers[level, default: Numbers()].onHand += onHand * allocation.quantity
        }
    }
}

extension StockCommand.Command {
    /// Does what a command on one SKU does, none of which is promised, or which only adds.
    func change(_ numbers: inout [KillTruth.Level: KillTruth.Numbers]) {
        func at(_ sku: String, _ location: String, _ change: (inout KillTruth.Numbers) -> Void) {
            change(&numbers[KillTruth.Level(sku: sku, location: location), default: KillTruth.Numbers()])
        }
        switch self {
        case .adjustStock(let request): at(request.sku, request.locationID) { $0.onHand += request.delta }
        case .expectStock(let request): at(request.sku, request.locationID) { $0.incoming += request.delta }
        case .receiveStock(let request):
            at(request.sku, request.locationID) {
                $0.incoming -= min($0.incoming, request.quantity)
                $0.onHand += request.quantity
            }
        case .transferStock(let request):
            at(request.sku, request.fromLocationID) { $0.onHand -= request.quantity }
            at(request.sku, request.toLocationID) { $0.inTransit += request.quantity }
        case .receiveTransfer(let request):
            at(request.sku, request.locationID) {
                $0.inTransit -= request.quantity + request.lost
                $0.onHand += request.quantity
            }
        case .countStock(let request): at(request.sku, request.locationID) { $0.onHand = request.counted }
        case .quarantineStock(let request):
            at(request.sku, request.locationID) {
                $0.onHand -= request.quantity
                $0.quarantined += request.quantity
            }
        case .releaseQuarantine(let request):
            at(request.sku, request.locationID) {
                $0.quarantined -= request.quantity
                $0.onHand += request.writeOff ? 0 : request.quantity
            }
        default: break
        }
    }
}
