internal import ArgumentParser
internal import LocalSystem

/// `driveline up`: runs the whole system on this machine.
struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Starts PostgreSQL, Redis and all services, and runs them until Ctrl-C.",
        discussion: """
            Everything is kept in one folder. What dies is started again; the logs are shown, and kept in files that \
            `driveline logs` reads. Two systems run side by side with other folders and port bases.
            """)

    @OptionGroup var data: FolderOptions

    @Option(
        help: ArgumentHelp(
            "The first of the \(SystemPorts.span) ports that belong to the system.", valueName: "port"))
    var portBase = SystemPorts.defaultBase

    @Option(
        name: .customLong("postgres-url"),
        help: ArgumentHelp(
            "A PostgreSQL server to use instead of a private one; its user must be allowed to make databases.",
            valueName: "url"))
    var postgres: String?

    @Option(
        name: .customLong("redis-url"),
        help: ArgumentHelp("A Redis server to use instead of a private one.", valueName: "url"))
    var redis: String?

    @Flag(help: "Returns when the system is ready, and leaves it running; `driveline down` ends it.")
    var detach = false

    @Flag(help: "Sets up a brand to try things with once the system is ready, and shows its key and some calls.")
    var demo = false

    @Flag(help: "Runs stand-in marketplaces, too, with a page that shows their shelves and orders; --demo implies it.")
    var sandbox = false

    func validate() throws {
        if self.demo, self.detach {
            throw ValidationError("--demo shows its key at the end; run `driveline demo setup` behind --detach")
        }
        guard SystemPorts.validBases.contains(self.portBase) else {
            throw ValidationError(
                "--port-base must be from \(SystemPorts.validBases.lowerBound) to \(SystemPorts.validBases.upperBound)")
        }
        if let postgres, ServerURL(postgres: postgres) == nil {
            throw ValidationError("--postgres-url must look like postgresql://USER:PASSWORD@HOST:PORT/DATABASE")
        }
        if let redis, ServerURL(redis: redis) == nil {
            throw ValidationError("--redis-url must look like redis://:PASSWORD@HOST:PORT")
        }
    }

    func run() async throws {
        try await reportingFailure {
            if self.detach {
                try await DetachedSystem(self.data.folder).start(self.arguments)
            } else {
                let terminal = Terminal.current
                let screen = SystemSession.Screen(isColourful: terminal.isColourful) { terminal.print($0) }
                try await SystemSession(self.plan, self.options, screen: screen, whenReady: self.furtherWork).run()
            }
        }
    }

    private var plan: SystemPlan {
        var plan = SystemPlan.driveline
        if self.sandbox || self.demo { plan.services.append(.sandbox) }
        return plan
    }

    /// What is done once the system is ready.
    private var furtherWork: (@Sendable (SystemRecord) async -> [String])? {
        guard self.demo else { return nil }
        let folder = self.data.folder
        return { record in await DemoSystem(folder, record).linesOfSetup() }
    }

    private var options: SystemRun.Options {
        var options = SystemRun.Options(folder: self.data.folder, ports: SystemPorts(base: self.portBase))
        options.postgres = self.postgres.flatMap { ServerURL(postgres: $0) }
        options.redis = self.redis.flatMap { ServerURL(redis: $0) }
        return options
    }

    /// The same command without `--detach`.
    private var arguments: [String] {
        var arguments = ["up", "--data", self.data.folder.path, "--port-base", "\(self.portBase)"]
        if let postgres { arguments += ["--postgres-url", postgres] }
        if let redis { arguments += ["--redis-url", redis] }
        if self.sandbox { arguments.append("--sandbox") }
        return arguments
    }
}
