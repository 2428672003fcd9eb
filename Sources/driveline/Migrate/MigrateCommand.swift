internal import ArgumentParser
internal import Foundation
internal import LocalSystem

/// `driveline migrate`: the migrations of all services' databases.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Shows or applies the migrations of the services' databases, which are called driveline_SERVICE.",
        subcommands: [MigrateStatusCommand.self, MigrateUpCommand.self])
}

/// `driveline migrate status`.
struct MigrateStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows what is applied; the exit code is 1 where something is pending.")

    @OptionGroup var options: MigrateOptions

    func run() async throws { try await self.options.run("status") }
}

/// `driveline migrate up`.
struct MigrateUpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Applies what is pending, service by service.")

    @OptionGroup var options: MigrateOptions

    func run() async throws { try await self.options.run("up") }
}

/// Which databases, and who migrates them.
struct MigrateOptions: ParsableArguments {
    /// The services that have a database.
    static let services = SystemPlan.driveline.services.filter { $0.needs.contains(.postgres) }.map(\.name)

    @Option(
        help: """
            Where the server is, as postgresql://USER@HOST:PORT; each service's database is put in. Else \
            DRIVELINE_POSTGRES_URL says it, which other processes cannot see.
            """)
    var postgresURL: String?

    @Option(name: .customLong("service"), help: "A service; give it again for more. Else all that have a database.")
    var services: [String] = []

    @Option(help: "The folder of the services' executables. Else that of driveline itself.")
    var directory: String?

    /// Asks each service in turn, and prints one table.
    func run(_ action: String) async throws {
        var worst: Int32 = 0
        try await reportingFailure {
            let server = try DatabaseServerURL.given(self.postgresURL)
            var table = MigrationTable()
            for service in self.services.isEmpty ? Self.services : self.services {
                let url = server.url(database: "driveline_\(service)")
                let ending = try self.ask(service, action, url: url)
                if !table.add(service, ending.output), ending.code <= 1 {
                    throw CommandError("\(service) printed no table of migrations; is it of another version?")
                }
                worst = max(worst, ending.code)
            }
            Terminal.current.write(Array(table.description.utf8))
        }
        // The services have said themselves what is wrong.
        if worst != 0 { throw ExitCode(worst) }
    }

    private func ask(_ service: String, _ action: String, url: String) throws -> (output: String, code: Int32) {
        let folder =
            self.directory.map { URL(filePath: $0) }
            ?? URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let executable = folder.appending(path: service)
        guard FileManager.default.isExecutableFile(atPath: executable.path) else {
            throw CommandError(
                "there is no executable \(executable.path); build it, or name its folder with --directory")
        }
        let process = Process()
        process.executableURL = executable
        process.arguments = ["migrate", action]
        // Not as an argument, which every process of the machine could read.
        process.environment = ProcessInfo.processInfo.environment.merging(["DRIVELINE_POSTGRES_URL": url]) { $1 }
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        // A signal's number as a shell gives it.
        let code = process.terminationStatus + (process.terminationReason == .exit ? 0 : 128)
        return (String(decoding: bytes, as: UTF8.self), code)
    }
}
