import Foundation
import LocalServers
import ServiceKit
import TestSupport
import Testing

@testable import GatewayService

@Suite("docs/gateway.md", .timeLimit(.minutes(5)))
struct DocumentationTests {
    /// A command and what it prints, where `…` stands for anything.
    private struct Example {
        var command: String
        var output: String
    }

    private static func read(_ path: String) throws -> String {
        try String(contentsOf: Python.root.appending(path: path), encoding: .utf8)
    }

    private static func examples() throws -> [Example] {
        let blocks = try self.read("docs/gateway.md").split(separator: "<!-- run -->\n```\n").dropFirst()
        return blocks.flatMap { block -> [Example] in
            let text = block.prefix(upTo: block.range(of: "\n```")?.lowerBound ?? block.endIndex)
            return "\n\(text)".split(separator: "\n$ ").map { part in
                var lines = part.split(separator: "\n", omittingEmptySubsequences: false)
                var command = ""
                while let line = lines.first {
                    lines.removeFirst()
                    command += line + "\n"
                    if !line.hasSuffix("\\") { break }
                }
                return Example(command: command, output: lines.joined(separator: "\n"))
            }
        }
    }

    /// What commands print that are given one behind the other, as in one terminal.
    private static func run(_ commands: [String], _ gateway: GatewayHarness) async throws -> [String] {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let end = "-- the end of an example"
        let script = "cd \(folder.path)\n" + commands.map { "\($0)\necho; echo '\(end)'\n" }.joined()
        var child = ChildProcess.Command("/bin/bash", ["-c", script])
        child.environment = [
            "PATH": "/usr/bin:/bin", "KEY": gateway.key, "GATEWAY": "http://127.0.0.1:\(gateway.port)",
        ]
        child.output = .file("\(folder.path)/output")
        let process = try ChildProcess(child)
        _ = await process.exit()
        let output = try String(contentsOf: URL(filePath: "\(folder.path)/output"), encoding: .utf8)
        return output.replacing("\r\n", with: "\n").components(separatedBy: end + "\n")
            .map { $0.trimmingCharacters(in: .newlines) }
    }

    /// Whether a text is what a pattern says, in which `…` stands for anything.
    private static func matches(_ text: String, _ pattern: String) -> Bool {
        let parts = pattern.split(separator: "…", omittingEmptySubsequences: false)
        var rest = text[...]
        for (index, part) in parts.enumerated() {
            guard !part.isEmpty else { continue }
            guard let range = rest.range(of: part), index > 0 || range.lowerBound == rest.startIndex else {
                return false
            }
            rest = rest[range.upperBound...]
        }
        return rest.isEmpty || parts.last?.isEmpty == true
    }

    @Test("the first ten minutes go as they are told")
    func examples() async throws {
        let examples = try Self.examples()
        #expect(examples.count == 18)
        try await GatewayHarness.with { gateway in
            let outputs = try await Self.run(examples.map(\.command), gateway)
            #expect(outputs.count == examples.count + 1)
            for (example, output) in zip(examples, outputs) {
                #expect(Self.matches(output, example.output), "\(example.command)\n\(output)")
            }
        }
    }

    @Test("every problem that the gateway tells of by itself is listed, with its status")
    func problems() throws {
        let rows = try Self.read("docs/gateway.md").split(separator: "\n").filter { $0.hasPrefix("| ") }
        var types: Set<String> = []
        for file in FileManager.default.enumerator(atPath: Python.root.appending(path: "services/gateway").path)
            ?? .init()
        {
            guard let path = file as? String, path.hasSuffix(".swift") else { continue }
            let text = try Self.read("services/gateway/\(path)")
            for match in text.matches(of: /(?:ProblemDocument|self\.init)\(\s*(\d{3}), "([a-z-]+)"/) {
                let (status, type) = (match.1, match.2)
                types.insert(String(type))
                let isListed = rows.contains {
                    $0.contains("`\(type)`") && ($0.split(separator: "|").first ?? "").contains(status)
                }
                #expect(isListed, "\(status) \(type)")
            }
        }
        #expect(types.count > 15)
    }

    @Test("every setting is listed")
    func settings() throws {
        let text = try Self.read("docs/gateway.md")
        for setting in GatewaySettings.all { #expect(text.contains("`\(setting.declaration.name)`")) }
    }
}
