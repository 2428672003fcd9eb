import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import driveline

/// No container engine is needed: the file is compared with the executables, which say themselves what they take.
@Suite("The compose file")
struct ComposeTests {
    private let file: ComposeFile

    init() throws { self.file = try ComposeFile() }

    @Test("docker-compose finds nothing wrong with it")
    func schema() throws {
        try #require(
            FileManager.default.isExecutableFile(atPath: "/usr/bin/docker-compose"),
            "docker-compose is missing; scripts/install-dependencies test installs it")
        let run = try Command.run("/usr/bin/docker-compose", ["--file", ComposeFile.path, "config", "--quiet"])
        #expect(run.exitCode == 0, "\(run.errors)")
    }

    @Test("every service is a container of its own, and every container of ours is a service")
    func containers() {
        #expect(!ServiceList.names.isEmpty)
        #expect(self.file.containers.filter(\.isOurs).map(\.name) == ServiceList.names)
        #expect(self.file.containers.map(\.name).filter { ["postgres", "redis"].contains($0) }.count == 2)
        for name in ServiceList.names { #expect(self.file.container(name)?.command == [name]) }
    }

    /// What an executable says of the configuration that its container gives it.
    private func configuration(of container: ComposeFile.Container) throws -> [String: String] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "driveline-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var environment = container.environment
        for (variable, value) in environment where value.hasPrefix("/run/secrets/") {
            let secret = String(value.dropFirst("/run/secrets/".count))
            #expect(container.secrets.contains(secret), "\(container.name) is not given the secret of \(variable)")
            let path = folder.appending(path: secret)
            try Data("postgresql://secret".utf8).write(to: path)
            environment[variable] = path.path
        }
        let run = try Command.run(
            Command.product(container.name), container.command.dropFirst() + ["--print-configuration"],
            environment: environment)
        #expect(run.exitCode == 0, "\(container.name): \(run.errors)")
        let settings = run.output.split(separator: "\n").compactMap { $0.firstMatch(of: /^(\S+) = "?([^"]*?)"?  \(/) }
        return Dictionary(settings.map { (String($0.1), String($0.2)) }, uniquingKeysWith: { first, _ in first })
    }

    @Test(
        "executables take what their containers configure, and stop within the grace period",
        arguments: ServiceList.names)
    func configuration(_ name: String) throws {
        let container = try #require(self.file.container(name))
        let settings = try self.configuration(of: container)
        #expect(settings["host"] == "0.0.0.0" && settings["admin-host"] == "0.0.0.0")
        #expect(settings["service-token"] == "***")
        #expect(!ServiceList.withDatabase.contains(name) || settings["postgres-url"] == "***")
        let port = try #require(settings["port"])
        #expect(container.healthCheck.contains("127.0.0.1:\(port)"))
        let exposed = try ServiceList.dockerfile().firstMatch(of: /EXPOSE (\d+) (\d+) (\d+)/)
        #expect(exposed.map { [String($0.1), String($0.3)] } == [port, settings["admin-port"]])
        if let httpPort = settings["http-port"] { #expect(exposed.map { String($0.2) } == httpPort) }
        let delay = try #require(settings["drain-delay-ms"].flatMap { Int($0) })
        let timeout = try #require(settings["drain-timeout-ms"].flatMap { Int($0) })
        // docs/operations.md: what has not ended 4 s after both times is cut off.
        #expect(try #require(container.stopGracePeriod) * 1_000 > delay + timeout + 4_000)
    }

    @Test("the folder of feeds is a volume, which the image makes for the user that services run as")
    func feedFolder() throws {
        let container = try #require(self.file.container("inventory"))
        let folder = try #require(try self.configuration(of: container)["feed-folder"])
        let volume = (container.object["volumes"] as? [String] ?? []).map { $0.split(separator: ":") }
            .first { $0.count == 2 && $0[1] == folder }
        #expect(try self.file.declared("volumes").contains(String(#require(volume)[0])))
        let dockerfile = try ServiceList.dockerfile()
        let made = try #require(
            dockerfile.firstMatch(of: /install --directory --owner=(\d+) --group=(\d+) .*? (\/\S+)/))
        let user = try #require(dockerfile.matches(of: /\nUSER (\d+):(\d+)/).last)
        #expect(made.1 == user.1 && made.2 == user.2 && made.3 == folder)
    }

    @Test("health checks are commands that the tool has", arguments: ServiceList.names)
    func healthChecks(_ name: String) throws {
        let check = try #require(self.file.container(name)).healthCheck
        #expect(check.prefix(2) == ["CMD", "driveline"])
        _ = try Driveline.parseAsRoot(Array(check.dropFirst(2)))
    }

    @Test("containers are restarted, checked, limited, and no secret stands in their environment")
    func hardening() throws {
        for container in self.file.containers {
            let name = container.name
            #expect(["unless-stopped", "on-failure"].contains(container.object["restart"] as? String), "\(name)")
            #expect(container.object["user"] as? String != "root" && container.object["privileged"] == nil, "\(name)")
            #expect(name == "gateway" || container.object["ports"] == nil, "\(name) is open to the world")
            #expect(name == "databases" || !container.healthCheck.isEmpty, "\(name) is not checked")
            #expect(!container.image.hasSuffix(":latest") && container.image.contains(":"), "\(name)")
            for (variable, value) in container.environment {
                let isSecret = ["PASSWORD", "TOKEN", "POSTGRES_URL", "REDIS_URL"].contains { variable.contains($0) }
                #expect(!isSecret || value.hasPrefix("/run/secrets/"), "\(name): \(variable)")
            }
            guard container.isOurs else { continue }
            #expect(container.object["read_only"] as? Bool == true, "\(name)")
            #expect(container.object["cap_drop"] as? [String] == ["ALL"], "\(name)")
        }
    }

    @Test("what containers name is declared, and used; make-secrets makes every secret")
    func references() throws {
        let containers = self.file.containers
        #expect(Set(containers.flatMap(\.secrets)) == self.file.declared("secrets"))
        #expect(Set(containers.flatMap(\.networks)) == self.file.declared("networks"))
        #expect(Set(containers.flatMap(\.dependencies)).isSubset(of: containers.map(\.name)))
        let volumes = containers.flatMap { $0.object["volumes"] as? [String] ?? [] }
        for volume in volumes {
            let source = String(volume.prefix { $0 != ":" })
            let exists = FileManager.default.fileExists(atPath: Python.root.appending(path: source).path)
            #expect(source.hasPrefix("./") ? exists : self.file.declared("volumes").contains(source), "\(volume)")
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: "driveline-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let script = Python.root.appending(path: "deploy/compose/make-secrets").path
        #expect(try Command.run(script, [folder.path]).exitCode == 0)
        let made = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(Set(made) == self.file.declared("secrets"))
        let before = try made.map { try String(contentsOf: folder.appending(path: $0), encoding: .utf8) }
        #expect(Set(before).count == made.count && before.allSatisfy { $0.utf8.count > 64 })
        // A second run changes nothing.
        #expect(try Command.run(script, [folder.path]).exitCode == 0)
        #expect(try made.map { try String(contentsOf: folder.appending(path: $0), encoding: .utf8) } == before)
    }

    @Test("each service has a database of its own, which is made before it starts")
    func databases() throws {
        let databases = try #require(self.file.container("databases"))
        #expect(databases.command.dropFirst(2) == ArraySlice(ServiceList.withDatabase))
        for name in ServiceList.withDatabase {
            #expect(self.file.container(name)?.dependencies.contains("databases") == true)
            #expect(databases.secrets.contains("\(name)-postgres-url"))
        }
    }
}
