internal import DequeModule

/// What a listener has for its reader and the reader has not taken yet.
///
/// The same notification is held once. When there are more different ones than it holds, they are forgotten for one word
/// that some may have been missed, since the reader has to look for itself then anyway. Pure.
struct ListenBuffer {
    let maximumNotifications: Int
    private var mayHaveMissed = false
    private var waiting: Deque<PostgresNotification> = []
    private var known: Set<PostgresNotification> = []

    init(maximumNotifications: Int) { self.maximumNotifications = max(1, maximumNotifications) }

    mutating func received(_ notification: PostgresNotification) {
        guard !self.known.contains(notification) else { return }
        guard self.waiting.count < self.maximumNotifications else { return self.missed() }
        self.known.insert(notification)
        self.waiting.append(notification)
    }

    /// Makes what was received before superfluous: the reader is to look at everything.
    mutating func missed() {
        self.mayHaveMissed = true
        self.waiting.removeAll()
        self.known.removeAll()
    }

    mutating func next() -> PostgresListener.Event? {
        if self.mayHaveMissed {
            self.mayHaveMissed = false
            return .mayHaveMissed
        }
        guard let notification = self.waiting.popFirst() else { return nil }
        self.known.remove(notification)
        return .notification(notification)
    }
}
