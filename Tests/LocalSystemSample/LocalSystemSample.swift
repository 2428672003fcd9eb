internal import ArgumentParser
internal import Foundation
internal import LocalSystem

/// A small system that tests run as a process of its own: two services, `alpha` and `beta`, which are this executable
/// too.
@main
struct LocalSystemSample: AsyncParsableCommand {
    static let configuration = CommandConfiguration(subcommands: [SampleUp.self, SampleService.self])
}

/// What `driveline up` does, for a plan of the tests'.
struct SampleUp: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "up")

    @Option var data: String
    @Option var portBase: Int
    @Option var postgresURL: String?
    @Option var redisURL: String?
    @Option var readinessSeconds = 60
    @Option(help: "The executable of alpha.") var executable: String?
    @Option(help: "What alpha does.") var alpha = Behaviour.normal
    @Flag(help: "Leaves PostgreSQL and Redis out.") var withoutServers = false

    func run() async throws {
        let this = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path(percentEncoded: false)
        let plan = SystemPlan([
            ServicePlan(
                "alpha", executable: self.executable ?? this,
                arguments: ["service", "--behaviour", self.alpha.rawValue],
                portOffset: 10, needs: self.withoutServers ? [] : [.postgres, .redis]),
            ServicePlan(
                "beta", executable: this, arguments: ["service"], portOffset: 11, calls: ["alpha"],
                folders: ["drop-folder": "drops"]),
        ])
        var options = SystemRun.Options(
            folder: DataFolder(URL(filePath: self.data)), ports: SystemPorts(base: self.portBase))
        options.postgres = self.postgresURL.flatMap { ServerURL(postgres: $0) }
        options.redis = self.redisURL.flatMap { ServerURL(redis: $0) }
        options.readinessLimit = .seconds(self.readinessSeconds)
        let screen = SystemSession.Screen(isColourful: false) { line in
            FileHandle.standardOutput.write(Data("\(line)\n".utf8))
        }
        do throws(SystemError) {
            try await SystemSession(plan, options, screen: screen).run()
        } catch {
            for line in error.lastLines { FileHandle.standardError.write(Data("    \(line)\n".utf8)) }
            FileHandle.standardError.write(Data("sample: \(error)\n".utf8))
            throw ExitCode(1)
        }
    }
}
