import Synchronization

/// A clock that a test sets.
final class TestSeconds: Sendable {
    private let value = Mutex<Int64>(0)

    var now: Int64 {
        get { self.value.withLock { $0 } }
        set { self.value.withLock { $0 = newValue } }
    }
}
