internal import Foundation
internal import Synchronization
internal import UnixSignals

/// A system in the foreground: runs it, shows what its parts write, and ends it on signals.
///
/// SIGINT, SIGTERM and SIGHUP stop it in peace, a second one at once.
public struct SystemSession: Sendable {
    /// How long the screen may take for the last lines.
    private static let lastLinesLimit: Duration = .seconds(2)

    /// Where lines are shown.
    public struct Screen: Sendable {
        /// Takes a line; it may wait for whoever reads, which holds up nothing but the screen.
        public var write: @Sendable (String) -> Void
        /// Whether it shows colours.
        public var isColourful: Bool

        /// A screen.
        public init(isColourful: Bool, write: @escaping @Sendable (String) -> Void) {
            self.write = write
            self.isColourful = isColourful
        }
    }

    private let plan: SystemPlan
    private let options: SystemRun.Options
    private let screen: Screen
    private let whenReady: (@Sendable (SystemRecord) async -> [String])?

    /// A session of a system.
    ///
    /// - Parameter whenReady: What is done once all runs, and the lines that are shown then.
    public init(
        _ plan: SystemPlan, _ options: SystemRun.Options, screen: Screen,
        whenReady: (@Sendable (SystemRecord) async -> [String])? = nil
    ) {
        self.whenReady = whenReady
        self.plan = plan
        self.options = options
        self.screen = screen
    }

    /// Runs the system until a signal ends it.
    ///
    /// - Throws: ``SystemError`` where it did not become ready; nothing runs then.
    public func run() async throws(SystemError) {
        Self.prepareForSignals()
        let requests = EndRequests()
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        let listening = Task { for await signal in signals { await requests.signalled(signal.rawValue) } }
        defer { listening.cancel() }
        let began = ContinuousClock.now
        try self.options.folder.prepare()
        let tail = LogTail(self.options.folder, self.plan, self.screen)
        let further = Further(self.whenReady)
        defer { further.cancel() }
        let outcome: Result<Void, SystemError>
        do throws(SystemError) {
            let run = try await SystemRun(self.plan, self.options) { record in
                tail.announce(Self.announcement(record, after: ContinuousClock.now - began))
                further.begin(record) { tail.announce($0) }
            }
            await requests.runs(run)
            try await run.run()
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        await tail.end(within: Self.lastLinesLimit)
        try outcome.get()
    }

    private static func prepareForSignals() {
        // Who reads our output may go away before the system does.
        signal(SIGPIPE, SIG_IGN)
        // Whoever started this process may have blocked signals, and a mask is inherited.
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    private static func announcement(_ record: SystemRecord, after duration: Duration) -> [String] {
        let tenths = Int(duration / .milliseconds(100))
        var lines = [""] + SystemTable(record).lines
        lines.append("")
        lines.append("Ready after \(tenths / 10).\(tenths % 10) s. Ctrl-C stops everything; a second one at once.")
        lines.append("")
        return lines
    }
}

/// What is done once the system is ready, beside it, and given up with it.
private final class Further: Sendable {
    private let work: (@Sendable (SystemRecord) async -> [String])?
    private let task = Mutex<Task<Void, Never>?>(nil)

    init(_ work: (@Sendable (SystemRecord) async -> [String])?) { self.work = work }

    func begin(_ record: SystemRecord, _ show: @escaping @Sendable ([String]) -> Void) {
        guard let work else { return }
        self.task.withLock { task in
            guard task == nil else { return }
            task = Task { show(await work(record)) }
        }
    }

    func cancel() { self.task.withLock { $0 }?.cancel() }
}

/// What signals ask for, also before there is something to end.
private actor EndRequests {
    private var run: SystemRun?
    private var count = 0

    func signalled(_ number: Int32) async {
        self.count += 1
        if let run {
            if self.count == 1 { await run.stop() } else { await run.kill() }
        } else if self.count > 1 {
            // Nothing has been started yet that would have to end.
            _exit(128 + number)
        }
    }

    func runs(_ run: SystemRun) async {
        self.run = run
        if self.count > 0 { await run.stop() }
    }
}

/// Shows what the parts write, on a thread of its own.
private final class LogTail: Sendable {
    private struct State {
        var isOver = false
        var hasEnded = false
        var announcement: [String] = []
    }

    private let state = Mutex(State())

    init(_ folder: DataFolder, _ plan: SystemPlan, _ screen: SystemSession.Screen) {
        let names = [SupervisorJournal.name] + plan.servers.map(\.rawValue) + plan.services.map(\.name)
        let format = LogFormat(names: names, isColourful: screen.isColourful)
        Thread.detachNewThread {
            LogReader(folder).follow(names, until: { self.look(screen) }) { entry in
                screen.write(format.text(entry.name, entry.line))
            }
            self.state.withLock { $0.hasEnded = true }
        }
    }

    func announce(_ lines: [String]) { self.state.withLock { $0.announcement += lines } }

    func end(within limit: Duration) async {
        self.state.withLock { $0.isOver = true }
        let deadline = ContinuousClock.now + limit
        while !self.state.withLock({ $0.hasEnded }), ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    private func look(_ screen: SystemSession.Screen) -> Bool {
        let (isOver, lines) = self.state.withLock { state in
            defer { state.announcement = [] }
            return (state.isOver, state.announcement)
        }
        for line in lines { screen.write(line) }
        return isOver
    }
}
