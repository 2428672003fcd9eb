import HTTPServer
import Synchronization

/// Something that happens once.
final class Flag: Sendable {
    private let state = Atomic(false)

    var isRaised: Bool { self.state.load(ordering: .acquiring) }

    func raise() { self.state.store(true, ordering: .releasing) }
}

/// How a stream ended.
final class Outcome: Sendable {
    private let state = Mutex<HTTPStreamError.Code?>(nil)

    var code: HTTPStreamError.Code? { self.state.withLock { $0 } }

    func set(_ code: HTTPStreamError.Code) { self.state.withLock { $0 = code } }
}

/// Something that is counted.
final class Counter: Sendable {
    private let state = Atomic(0)

    var count: Int { self.state.load(ordering: .acquiring) }

    func add() { self.state.add(1, ordering: .releasing) }
}
