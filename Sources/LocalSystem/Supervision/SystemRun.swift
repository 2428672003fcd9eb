internal import Foundation

/// Runs a system until it is told to stop: carries out what the ``Supervisor`` orders, and tells it what happens.
public actor SystemRun {
    /// How often the logs that servers write are looked at for their size.
    private static let logCheckInterval: Duration = .seconds(10)

    /// Where and with what a system runs.
    public struct Options: Sendable {
        /// Everything that is kept.
        public var folder: DataFolder
        /// The ports.
        public var ports: SystemPorts
        /// Someone's PostgreSQL in place of a private one.
        public var postgres: ServerURL?
        /// Someone's Redis in place of a private one.
        public var redis: ServerURL?
        /// The folder of the services' executables.
        public var executables: String
        /// The environment of this process, of which the services get what is not the system's own to say.
        public var environment: [String: String]
        /// How long a service may take to become ready when the system starts.
        public var readinessLimit: Duration = .seconds(60)

        /// Private servers, and services beside the executable of this process.
        public init(folder: DataFolder, ports: SystemPorts = SystemPorts()) {
            self.folder = folder
            self.ports = ports
            self.executables = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
                .path(percentEncoded: false)
            self.environment = ProcessInfo.processInfo.environment
        }
    }

    private let options: Options
    private let lock: FolderLock
    private let runners: [String: any PartRunner]
    private let journal: SupervisorJournal
    private let whenReady: @Sendable (SystemRecord) -> Void
    private var supervisor: Supervisor
    private var record: SystemRecord
    private var errors: [String: SystemError] = [:]
    private var finished: CheckedContinuation<String?, Never>?

    /// Takes the folder, ends what a killed supervisor has left there, and sees whether all can start.
    ///
    /// - Parameter whenReady: Called once, when the whole system is ready for the first time.
    /// - Throws: ``SystemError``; nothing was started then.
    public init(
        _ plan: SystemPlan, _ options: Options, whenReady: @escaping @Sendable (SystemRecord) -> Void
    ) async throws(SystemError) {
        let parts = try plan.parts()
        try options.folder.prepare()
        self.lock = try FolderLock(options.folder)
        self.journal = SupervisorJournal(options.folder)
        if let left = try SystemRecord.read(options.folder) {
            let count = try await left.endLeftovers(options.folder)
            if count > 0 { self.journal.note(.warning, "ended \(count) processes that a killed supervisor had left") }
        }
        let assembly = Assembly(plan, options)
        try assembly.checkExecutables()
        try assembly.checkPorts()
        let runners = try assembly.runners()
        self.runners = Dictionary(uniqueKeysWithValues: runners.map { ($0.name, $0) })
        self.supervisor = Supervisor(parts)
        self.options = options
        self.whenReady = whenReady
        self.record = SystemRecord(
            supervisor: .current, phase: .starting, portBase: options.ports.base,
            startedAt: Int64(Date().timeIntervalSince1970),
            parts: runners.map {
                SystemRecord.Part(
                    name: $0.name, state: .waiting, address: $0.address, adminPort: $0.adminPort, process: nil,
                    starts: 0)
            })
        try self.record.write(options.folder)
    }

    /// Starts everything and returns when nothing runs any more.
    ///
    /// - Throws: ``SystemError`` of the part that failed before the system was ready.
    public func run() async throws(SystemError) {
        let logChecks = Task { [runners] in
            while (try? await Task.sleep(for: Self.logCheckInterval)) != nil {
                for runner in runners.values { runner.rotateLog() }
            }
        }
        defer { logChecks.cancel() }
        let failed = await withCheckedContinuation { continuation in
            self.finished = continuation
            self.carryOut(self.supervisor.began())
        }
        try? FileManager.default.removeItem(at: self.options.folder.record)
        self.journal.note(.notice, "stopped")
        guard let failed else { return }
        throw self.errors[failed] ?? SystemError(.startFailed, "\(failed) did not start")
    }

    /// Stops everything in peace.
    public func stop() {
        let orders = self.supervisor.stopRequested()
        if !orders.isEmpty { self.journal.note(.notice, "stopping") }
        self.carryOut(orders)
    }

    /// Ends everything at once.
    public func kill() {
        self.carryOut(self.supervisor.killRequested())
    }
}

extension SystemRun {
    private func carryOut(_ orders: [Supervisor.Order]) {
        for order in orders { self.carryOut(order) }
        self.writeRecord()
    }

    private func carryOut(_ order: Supervisor.Order) {
        switch order {
        case .start(let name, let attempt):
            guard let runner = self.runners[name] else { return }
            self.journal.note(.info, "starting \(name)")
            Task { await self.attempt(runner, attempt) }
            self.limitStart(runner, attempt)
        case .pause(let name, let attempt, let milliseconds):
            Task {
                try? await Task.sleep(for: .milliseconds(milliseconds))
                self.carryOut(self.supervisor.pauseEnded(name, attempt: attempt))
            }
        case .stop(let name, _):
            Task { [runner = self.runners[name]] in await runner?.stop() }
        case .kill(let name, _):
            Task { [runner = self.runners[name]] in await runner?.kill() }
        case .announceReady:
            self.writeRecord()
            self.journal.note(.notice, "all parts are ready")
            self.whenReady(self.record)
        case .finish(let failed):
            self.finished?.resume(returning: failed)
            self.finished = nil
        }
    }

    /// One life of a part.
    private func attempt(_ runner: any PartRunner, _ attempt: Int) async {
        let name = runner.name
        let began = Self.milliseconds
        let end: String
        do throws(SystemError) {
            let noting = Task { await self.noteProcess(runner, attempt) }
            defer { noting.cancel() }
            try await runner.start()
            self.journal.note(.info, "\(name) is ready after \(Self.milliseconds - began) ms")
            self.carryOut(self.supervisor.becameReady(name, attempt: attempt, at: Self.milliseconds))
            // It was to stop before there was anything to stop.
            if self.supervisor[name]?.state == .stopping { await runner.stop() }
            end = "ended (\(await runner.exit()))"
        } catch {
            if self.errors[name] == nil || self.supervisor.phase == .running { self.errors[name] = error }
            end = "did not start: \(error)"
        }
        let wasAsked = self.supervisor[name]?.state == .stopping
        let orders = self.supervisor.ended(name, attempt: attempt, at: Self.milliseconds)
        if case .pause(_, _, let milliseconds) = orders.first {
            let count = attempt == 1 ? "1 start" : "\(attempt) starts"
            self.journal.note(.error, "\(name) \(end); after \(count), it starts again in \(milliseconds) ms")
        } else if wasAsked {
            self.journal.note(.info, "\(name) is stopped")
        } else {
            self.journal.note(.error, "\(name) \(end)")
        }
        self.carryOut(orders)
    }

    /// Writes down a part's process as soon as there is one, before it is ready.
    private func noteProcess(_ runner: any PartRunner, _ attempt: Int) async {
        while !Task.isCancelled, self.supervisor[runner.name]?.attempt == attempt {
            if runner.processID != nil { return self.writeRecord() }
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    private func limitStart(_ runner: any PartRunner, _ attempt: Int) {
        guard self.supervisor.phase == .starting else { return }
        Task {
            try? await Task.sleep(for: runner.readinessLimit)
            let orders = self.supervisor.readinessLimitPassed(runner.name, attempt: attempt)
            guard !orders.isEmpty else { return }
            self.errors[runner.name] = SystemError(
                .startFailed,
                "\(runner.name) was not ready after \(runner.readinessLimit.components.seconds) s; its log is "
                    + self.options.folder.log(of: runner.name).path(percentEncoded: false),
                lastLines: LogReader.tail(self.options.folder.log(of: runner.name), ServiceRunner.shownLines))
            self.carryOut(orders)
        }
    }

    private func writeRecord() {
        guard self.supervisor.phase != .stopped else { return }
        self.record.phase = self.supervisor.phase
        for index in self.record.parts.indices {
            let name = self.record.parts[index].name
            guard let part = self.supervisor[name] else { continue }
            self.record.parts[index].state = part.state
            self.record.parts[index].starts = part.attempt
            self.record.parts[index].process = self.runners[name]?.processID.flatMap {
                ProcessIdentity(runningAs: $0)
            }
        }
        do throws(SystemError) {
            try self.record.write(self.options.folder)
        } catch {
            // The system goes on: what the record says is only missed by other commands.
            self.journal.note(.error, "\(error)")
        }
    }

    private static var milliseconds: Int { Int(DispatchTime.now().uptimeNanoseconds / 1_000_000) }
}
