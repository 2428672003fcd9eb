import Foundation
import TestSupport

/// What the compose file says, with its anchors resolved.
struct ComposeFile {
    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    /// A container.
    struct Container {
        let name: String
        let object: [String: Any]

        var image: String { self.object["image"] as? String ?? "" }
        var command: [String] { self.object["command"] as? [String] ?? [] }
        var secrets: [String] { self.object["secrets"] as? [String] ?? [] }
        var networks: [String] { self.object["networks"] as? [String] ?? [] }
        var dependencies: [String] { (self.object["depends_on"] as? [String: Any] ?? [:]).keys.sorted() }
        var healthCheck: [String] { (self.object["healthcheck"] as? [String: Any])?["test"] as? [String] ?? [] }
        var isOurs: Bool { self.image.hasPrefix("driveline:") }

        var environment: [String: String] {
            (self.object["environment"] as? [String: Any] ?? [:]).mapValues { "\($0)" }
        }

        /// In seconds; `nil` where it is absent or has another unit.
        var stopGracePeriod: Int? {
            guard let text = self.object["stop_grace_period"] as? String, let number = Int(text.dropLast()) else {
                return nil
            }
            return switch text.last {
            case "s": number
            case "m": number * 60
            default: nil
            }
        }
    }

    static let path = Python.root.appending(path: "docker-compose.yml").path

    let object: [String: Any]

    init() throws {
        // Debian's python3 has the module as docker-compose needs it; another one that comes first may lack it.
        let script = Python.root.appending(path: "Tests/Python/yaml_to_json.py").path
        let run = try Command.run("/usr/bin/python3", ["-B", script, Self.path])
        guard run.exitCode == 0,
            let object = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
        else { throw Unreadable(description: "\(Self.path) cannot be read: \(run.errors)") }
        self.object = object
    }

    var containers: [Container] {
        (self.object["services"] as? [String: [String: Any]] ?? [:]).map { Container(name: $0, object: $1) }
            .sorted { $0.name < $1.name }
    }

    func container(_ name: String) -> Container? { self.containers.first { $0.name == name } }

    /// The keys of one of the lists at the top, such as `secrets`.
    func declared(_ list: String) -> Set<String> { Set((self.object[list] as? [String: Any] ?? [:]).keys) }
}

/// A program that runs to its end.
struct Command {
    let exitCode: Int32
    let output: String
    let errors: String

    static func run(
        _ path: String, _ arguments: [String], environment: [String: String]? = nil
    ) throws -> Command {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.currentDirectoryURL = Python.root
        if let environment { process.environment = environment }
        // By files: a pipe that nobody reads along could fill up.
        let folder = FileManager.default.temporaryDirectory.appending(path: "driveline-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = ["output", "errors"].map { folder.appending(path: $0) }
        for file in files { try Data().write(to: file) }
        process.standardOutput = try FileHandle(forWritingTo: files[0])
        process.standardError = try FileHandle(forWritingTo: files[1])
        try process.run()
        process.waitUntilExit()
        return Command(
            exitCode: process.terminationStatus, output: try String(contentsOf: files[0], encoding: .utf8),
            errors: try String(contentsOf: files[1], encoding: .utf8))
    }

    /// The path of an executable of the package, which lies beside the tests' own.
    static func product(_ name: String) -> String {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: name).path
    }
}
