internal import Glibc
internal import HeapModule

/// What is to happen at a time, on the reactor's thread.
struct ReactorTimers {
    /// Names a timer so that it can be cancelled.
    struct Token: Hashable { fileprivate let number: UInt64 }

    private struct Entry: Comparable {
        var deadline: UInt64
        var number: UInt64

        static func < (left: Entry, right: Entry) -> Bool {
            (left.deadline, left.number) < (right.deadline, right.number)
        }
    }

    private var entries = Heap<Entry>()
    private var calls: [UInt64: () -> Void] = [:]
    private var lastNumber: UInt64 = 0

    /// Nanoseconds of the monotonic clock.
    static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    mutating func schedule(milliseconds: Int, _ call: @escaping () -> Void) -> Token {
        self.lastNumber += 1
        let deadline = Self.now() + UInt64(max(milliseconds, 0)) * 1_000_000
        self.entries.insert(Entry(deadline: deadline, number: self.lastNumber))
        self.calls[self.lastNumber] = call
        return Token(number: self.lastNumber)
    }

    /// The entry stays in the heap until its time, where it costs a look.
    mutating func cancel(_ token: Token) { self.calls[token.number] = nil }

    /// Takes out what is due. The caller runs it, since it may well schedule more.
    mutating func due(now: UInt64) -> [() -> Void] {
        var due: [() -> Void] = []
        while let first = self.entries.min, first.deadline <= now {
            self.entries.removeMin()
            if let call = self.calls.removeValue(forKey: first.number) { due.append(call) }
        }
        return due
    }

    /// How long may be waited for other things; -1 without timers.
    func waitMilliseconds(now: UInt64) -> Int32 {
        guard let first = self.entries.min else { return -1 }
        guard first.deadline > now else { return 0 }
        return Int32(clamping: (first.deadline - now + 999_999) / 1_000_000)
    }
}
