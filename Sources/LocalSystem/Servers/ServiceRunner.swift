internal import Foundation
internal import LocalServers
internal import Synchronization

/// One service of the plan as a child process.
final class ServiceRunner: PartRunner {
    /// How long it may take to end in peace, in seconds; what is left of calls then is cut off.
    static let stopLimitSeconds = 10
    /// What the service itself takes at most of that for calls under way, in milliseconds.
    static let drainTimeoutMilliseconds = 5_000
    /// How often it is asked whether it is ready.
    static let probeInterval: Duration = .milliseconds(25)
    /// The lines that are shown of a service that failed.
    static let shownLines = 10

    let name: String
    let readinessLimit: Duration
    private let command: ChildProcess.Command
    private let adminPortNumber: Int
    private let port: Int
    private let httpPort: Int?
    private let logURL: URL
    private let child = Mutex<ChildProcess?>(nil)

    /// - Parameters:
    ///   - executable: The path of what to run.
    ///   - environment: All that it learns.
    ///   - readinessLimit: How long it may take to become ready when the system starts.
    init(
        _ plan: ServicePlan, _ ports: SystemPorts, executable: String, environment: [String: String],
        folder: DataFolder, readinessLimit: Duration
    ) {
        self.name = plan.name
        self.port = ports.calls(of: plan)
        self.httpPort = ports.http(of: plan)
        self.adminPortNumber = ports.admin(of: plan)
        self.readinessLimit = readinessLimit
        self.logURL = folder.log(of: plan.name)
        let log = RotatingLog(self.logURL)
        var command = ChildProcess.Command(executable, plan.arguments, output: .lines { log.append($0) })
        command.environment = environment
        command.folder = folder.path
        self.command = command
    }

    /// Of a service that takes HTTP requests, where it does: its calls are not for people.
    var address: String { self.httpPort.map { "http://127.0.0.1:\($0)" } ?? "127.0.0.1:\(self.port)" }
    var adminPort: Int? { self.adminPortNumber }
    var processID: Int32? {
        self.child.withLock { $0 }.flatMap { $0.exitStatus == nil ? $0.processID : nil }
    }

    func start() async throws(SystemError) {
        let child: ChildProcess
        do {
            child = try ChildProcess(self.command)
        } catch {
            throw SystemError(.startFailed, "\(self.name) cannot be started: \(error)")
        }
        self.child.withLock { $0 = child }
        while true {
            if let exit = child.exitStatus { throw await self.ended(child, exit) }
            if await HealthProbe.isReady(adminPort: self.adminPortNumber) { break }
            guard !Task.isCancelled else {
                await self.stop()
                throw SystemError(.startFailed, "\(self.name) was stopped while it started")
            }
            if let exit = await child.exit(within: Self.probeInterval) { throw await self.ended(child, exit) }
        }
        // Somebody else may answer on its port while it finds it taken and ends.
        if let exit = child.exitStatus { throw await self.ended(child, exit) }
    }

    func exit() async -> String {
        guard let child = self.child.withLock({ $0 }) else { return "nothing" }
        return (await child.exit())?.description ?? "an unknown status"
    }

    func stop() async {
        await self.child.withLock { $0 }?.end(within: .seconds(Self.stopLimitSeconds))
    }

    func kill() async {
        guard let child = self.child.withLock({ $0 }) else { return }
        child.signalGroup(SIGKILL)
        await child.end(SIGKILL, within: .seconds(Self.stopLimitSeconds))
    }

    private func ended(_ child: ChildProcess, _ exit: ChildProcess.Exit) async -> SystemError {
        // What it wrote last says why it ended.
        await child.lastLine(within: .seconds(1))
        return SystemError(
            .startFailed, "\(self.name) ended while it started (\(exit)); its log is \(self.logPath)",
            lastLines: self.lastLines)
    }

    private var logPath: String { self.logURL.path(percentEncoded: false) }
    private var lastLines: [String] { LogReader.tail(self.logURL, Self.shownLines) }
}
