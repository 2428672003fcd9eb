import Foundation
import LocalServers
import TestSupport
import Testing

/// A command of a page and what it prints, where `…` stands for anything.
struct DocumentedExample {
    var command: String
    var output: String

    static func read(_ path: String) throws -> String {
        try String(contentsOf: Python.root.appending(path: path), encoding: .utf8)
    }

    /// The examples of a page, in blocks behind `<!-- run -->`.
    static func all(of page: String) throws -> [DocumentedExample] {
        let blocks = try self.read(page).split(separator: "<!-- run -->\n```\n").dropFirst()
        return blocks.flatMap { block -> [DocumentedExample] in
            let text = block.prefix(upTo: block.range(of: "\n```")?.lowerBound ?? block.endIndex)
            return "\n\(text)".split(separator: "\n$ ").map { part in
                var lines = part.split(separator: "\n", omittingEmptySubsequences: false)
                var command = ""
                while let line = lines.first {
                    lines.removeFirst()
                    command += line + "\n"
                    if !line.hasSuffix("\\") { break }
                }
                return DocumentedExample(command: command, output: lines.joined(separator: "\n"))
            }
        }
    }

    /// Runs examples one behind the other, as in one terminal, and compares what they print.
    ///
    /// - Parameter variables: What the terminal has beside `KEY` and `GATEWAY`.
    static func check(
        _ examples: [DocumentedExample], on gateway: GatewayHarness, _ variables: [String: String] = [:]
    ) async throws {
        let outputs = try await self.run(examples.map(\.command), gateway, variables)
        #expect(outputs.count == examples.count + 1)
        for (example, output) in zip(examples, outputs) {
            #expect(self.matches(output, example.output), "\(example.command)\n\(output)")
        }
    }

    /// What commands print that are given one behind the other, as in one terminal.
    private static func run(
        _ commands: [String], _ gateway: GatewayHarness, _ variables: [String: String]
    ) async throws -> [String] {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let end = "-- the end of an example"
        let script = "cd \(folder.path)\n" + commands.map { "\($0)\necho; echo '\(end)'\n" }.joined()
        var child = ChildProcess.Command("/bin/bash", ["-c", script])
        child.environment = [
            "PATH": "/usr/bin:/bin", "KEY": gateway.key, "GATEWAY": "http://127.0.0.1:\(gateway.port)",
        ].merging(variables) { $1 }
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
}
