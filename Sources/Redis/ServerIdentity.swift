internal import Synchronization

/// Which process of the server answers a client's connections.
final class ServerIdentity: Sendable {
    private let known = Mutex<String?>(nil)
    private let onChange: (@Sendable (_ old: String, _ new: String) -> Void)?

    init(onChange: (@Sendable (_ old: String, _ new: String) -> Void)?) { self.onChange = onChange }

    /// The run id that was seen last.
    var runID: String? { self.known.withLock { $0 } }

    /// A connection was answered by that process.
    func answered(_ runID: String) {
        let old = self.known.withLock { known in
            let old = known
            known = runID
            return old
        }
        if let old, old != runID { self.onChange?(old, runID) }
    }
}
