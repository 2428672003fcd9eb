import ChannelAdapter
import Synchronization

/// A feed's script that knows how often it was asked how far the feed is.
final class CountingScript: Sendable {
    private let script: FeedTests.Script
    private let asked = Mutex(0)

    init(_ script: FeedTests.Script) { self.script = script }

    func answer(_ call: ScriptedAmazon.Call) -> PlatformResponse {
        guard call.method == "GET", call.path.hasSuffix("/f-1") else { return self.script.answer(call, 0) }
        let count = self.asked.withLock { asked in
            asked += 1
            return asked - 1
        }
        return self.script.answer(call, count)
    }
}

/// True once.
final class Flag: Sendable {
    private let isTaken = Mutex(false)

    func first() -> Bool {
        self.isTaken.withLock { isTaken in
            defer { isTaken = true }
            return !isTaken
        }
    }
}

/// How often something happened.
final class Counter: Sendable {
    private let number = Mutex(0)

    var count: Int { self.number.withLock { $0 } }

    /// Counts once more, and gives how often it was.
    @discardableResult
    func add() -> Int {
        self.number.withLock { number in
            number += 1
            return number
        }
    }
}
