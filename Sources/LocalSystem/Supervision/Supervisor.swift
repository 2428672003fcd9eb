/// Decides when the parts of a system start, start again and stop; does nothing itself.
///
/// Parts start when all that they wait for have become ready, side by side where nothing is between them. Until the
/// whole system has been ready once, a part that fails ends it all, as somebody stands before it who can repair what is
/// wrong. From then on nothing ends it but a request: what dies starts again, for ever, after a growing pause. Parts
/// stop when all that wait for them have stopped.
///
/// Inputs are what has happened, outputs what to do. An attempt's number keeps what is late from an earlier attempt
/// away from the present one. Time is only that which the caller names, in milliseconds of any clock that runs on.
public struct Supervisor: Sendable {
    /// Something that is started: a server or a service.
    public struct Part: Sendable, Hashable {
        /// What it is called; no two parts share one.
        public var name: String
        /// The names of the parts that must have become ready before.
        public var waitsFor: [String]

        /// A part.
        public init(name: String, waitsFor: [String]) {
            self.name = name
            self.waitsFor = waitsFor
        }
    }

    /// Where a part is.
    public enum State: String, Sendable, Hashable, Codable {
        /// Others must become ready first.
        case waiting
        /// It was started, and has not yet said that it is ready.
        case starting
        /// It does its work.
        case ready
        /// It died, and starts again after a pause.
        case restarting
        /// It was asked to end.
        case stopping
        /// It does not run.
        case stopped
    }

    /// Where the whole is.
    public enum Phase: String, Sendable, Hashable, Codable {
        /// Not all parts have been ready.
        case starting
        /// All parts have been ready.
        case running
        /// All parts are being ended.
        case stopping
        /// Nothing runs any more.
        case stopped
    }

    /// What to do.
    public enum Order: Sendable, Hashable {
        /// Start a part now.
        case start(String, attempt: Int)
        /// Start a part after a pause: call ``Supervisor/pauseEnded(_:attempt:)`` then.
        case pause(String, attempt: Int, milliseconds: Int)
        /// End a part in peace, within a limit of its own.
        case stop(String, attempt: Int)
        /// End a part at once.
        case kill(String, attempt: Int)
        /// All parts have become ready for the first time.
        case announceReady
        /// Nothing runs any more: by request, or because a part failed at the start.
        case finish(failed: String?)
    }

    /// How long a part must have been ready for its earlier deaths not to count any more, in milliseconds.
    public static let stableMilliseconds = 5_000

    private struct Entry {
        let part: Part
        var state = State.waiting
        var attempt = 0
        var failures = 0
        var readySince: Int?
        var hasBeenReady = false
    }

    /// Where the whole is.
    public private(set) var phase = Phase.starting
    private var entries: [Entry]
    private var failedPart: String?
    private var isKilling = false
    private var generator: any RandomNumberGenerator & Sendable

    /// - Parameters:
    ///   - parts: In the order of their start; whom a part waits for stands somewhere in it, and nobody waits for
    ///     itself, which ``SystemPlan/parts()`` has seen to.
    ///   - generator: Where the jitter of pauses comes from.
    public init(
        _ parts: [Part], generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        self.entries = parts.map { Entry(part: $0) }
        self.generator = generator
    }

    /// The state of a part, and how often it has been started; `nil` for a name that is no part's.
    public subscript(name: String) -> (state: State, attempt: Int)? {
        self.index(of: name).map { (self.entries[$0].state, self.entries[$0].attempt) }
    }

    /// The start of everything.
    public mutating func began() -> [Order] {
        self.entries.isEmpty ? self.allBecameReady() : self.startWhatCan()
    }

    /// A part says that it is ready.
    public mutating func becameReady(_ name: String, attempt: Int, at milliseconds: Int) -> [Order] {
        guard let index = self.index(of: name, attempt), self.entries[index].state == .starting else { return [] }
        self.entries[index].state = .ready
        self.entries[index].readySince = milliseconds
        self.entries[index].hasBeenReady = true
        guard self.phase == .starting else { return self.startWhatCan() }
        return self.entries.allSatisfy { $0.state == .ready } ? self.allBecameReady() : self.startWhatCan()
    }

    /// A part has ended, or could not be started at all.
    public mutating func ended(_ name: String, attempt: Int, at milliseconds: Int) -> [Order] {
        guard let index = self.index(of: name, attempt) else { return [] }
        switch (self.phase, self.entries[index].state) {
        case (_, .waiting), (_, .restarting), (_, .stopped): return []
        case (.starting, _):
            self.entries[index].state = .stopped
            self.failedPart = name
            return self.beginStop()
        case (.running, _):
            return self.pauseAfterDeath(index, at: milliseconds)
        case (.stopping, _), (.stopped, _):
            self.entries[index].state = .stopped
            return self.stopWhatCan()
        }
    }

    /// A part has not become ready in time.
    ///
    /// At the start that is a failure. Later it is let be: it may wait for another part, and killing it helps nobody.
    public mutating func readinessLimitPassed(_ name: String, attempt: Int) -> [Order] {
        guard self.phase == .starting, let index = self.index(of: name, attempt),
            self.entries[index].state == .starting
        else { return [] }
        self.failedPart = name
        return self.beginStop()
    }

    /// The pause before a restart is over.
    public mutating func pauseEnded(_ name: String, attempt: Int) -> [Order] {
        guard self.phase == .running, let index = self.index(of: name, attempt),
            self.entries[index].state == .restarting
        else { return [] }
        return [self.start(index)]
    }

    /// Everything is to end in peace.
    public mutating func stopRequested() -> [Order] {
        self.phase == .starting || self.phase == .running ? self.beginStop() : []
    }

    /// Everything is to end at once.
    public mutating func killRequested() -> [Order] {
        guard self.phase != .stopped, !self.isKilling else { return [] }
        self.phase = .stopping
        self.isKilling = true
        let dying = self.entries.filter { $0.state == .stopping }
        return dying.map { .kill($0.part.name, attempt: $0.attempt) } + self.stopWhatCan()
    }
}

extension Supervisor {
    private func index(of name: String) -> Int? { self.entries.firstIndex { $0.part.name == name } }

    private func index(of name: String, _ attempt: Int) -> Int? {
        self.index(of: name).flatMap { self.entries[$0].attempt == attempt ? $0 : nil }
    }

    private mutating func start(_ index: Int) -> Order {
        self.entries[index].state = .starting
        self.entries[index].attempt += 1
        self.entries[index].readySince = nil
        return .start(self.entries[index].part.name, attempt: self.entries[index].attempt)
    }

    private mutating func startWhatCan() -> [Order] {
        guard self.phase == .starting else { return [] }
        let ready = Set(self.entries.filter(\.hasBeenReady).map(\.part.name))
        return self.entries.indices
            .filter { self.entries[$0].state == .waiting && self.entries[$0].part.waitsFor.allSatisfy(ready.contains) }
            .map { self.start($0) }
    }

    private mutating func allBecameReady() -> [Order] {
        self.phase = .running
        return [.announceReady]
    }

    private mutating func pauseAfterDeath(_ index: Int, at milliseconds: Int) -> [Order] {
        let wasStable = self.entries[index].readySince.map { milliseconds - $0 >= Self.stableMilliseconds } ?? false
        self.entries[index].failures = wasStable ? 1 : self.entries[index].failures + 1
        self.entries[index].state = .restarting
        let pause = RestartBackoff.milliseconds(failures: self.entries[index].failures, using: &self.generator)
        return [.pause(self.entries[index].part.name, attempt: self.entries[index].attempt, milliseconds: pause)]
    }

    private mutating func beginStop() -> [Order] {
        self.phase = .stopping
        return self.stopWhatCan()
    }

    /// Stops what nobody stands on any more; in a hurry, everything.
    private mutating func stopWhatCan() -> [Order] {
        guard self.phase == .stopping else { return [] }
        var orders: [Order] = []
        for index in self.entries.indices.reversed() {
            let entry = self.entries[index]
            switch entry.state {
            case .waiting, .restarting:
                self.entries[index].state = .stopped
            case .starting, .ready:
                guard self.isKilling || !self.isStoodOn(entry.part.name) else { continue }
                self.entries[index].state = .stopping
                orders.append(
                    self.isKilling
                        ? .kill(entry.part.name, attempt: entry.attempt)
                        : .stop(entry.part.name, attempt: entry.attempt))
            case .stopping, .stopped:
                continue
            }
        }
        guard self.entries.allSatisfy({ $0.state == .stopped }) else { return orders }
        self.phase = .stopped
        return orders + [.finish(failed: self.failedPart)]
    }

    private func isStoodOn(_ name: String) -> Bool {
        self.entries.contains {
            $0.part.waitsFor.contains(name) && ($0.state == .starting || $0.state == .ready || $0.state == .stopping)
        }
    }
}
