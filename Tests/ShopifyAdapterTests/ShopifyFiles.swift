import Foundation
import TestSupport

/// What the platform published and answered, in the folder of shared data.
enum ShopifyFiles {
    static let folder = SharedData.file("specs/shopify")
    static let schema = Self.folder.appending(path: "admin-graphql-2026-04.graphql")
    static let isPresent = FileManager.default.fileExists(atPath: Self.schema.path)
    static let absence = "there is no \(Self.schema.path); \(SharedData.variable) may name another folder than shared"

    /// The files of a folder by name.
    static func files(_ path: String) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: Self.folder.appending(path: path), includingPropertiesForKeys: nil
        )
        .filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }
    }

    /// All recordings.
    static func recordings() throws -> [URL] {
        let found = FileManager.default.enumerator(
            at: Self.folder.appending(path: "recorded"), includingPropertiesForKeys: nil)
        return (found?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "json" }.sorted {
            $0.path < $1.path
        }
    }

    /// The platform's answers in a recording: what has data or errors, and is not within another one.
    static func responses(in json: Any) -> [[String: Any]] {
        if let list = json as? [Any] { return list.flatMap { Self.responses(in: $0) } }
        guard let object = json as? [String: Any] else { return [] }
        if object["data"] is [String: Any] || (object["errors"] as? [[String: Any]])?.first?["message"] != nil {
            return [object]
        }
        return object.sorted { $0.key < $1.key }.flatMap { Self.responses(in: $0.value) }
    }

    /// Says what was run and skipped.
    static func tell(_ line: String) { FileHandle.standardError.write(Data("shopify conformance: \(line)\n".utf8)) }
}

/// Validates GraphQL with another implementation: Python's graphql-core.
enum GraphQLValidation {
    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The interpreter that has it: the one that scripts/install-dependencies makes, or the usual one.
    private static func interpreter() -> String? {
        let made = Python.root.appending(path: ".build/python-graphql/bin/python3").path
        return [made, "/usr/bin/python3"].first { path in
            FileManager.default.isExecutableFile(atPath: path) && Self.has(path)
        } ?? (Self.has("python3") ? "python3" : nil)
    }

    private static func has(_ python: String) -> Bool {
        (try? Self.output(python, ["-c", "import graphql"], input: ""))?.status == 0
    }

    /// What is wrong with each line's document; empty texts: nothing.
    static func run(_ schema: String, _ lines: [String]) throws -> [String] {
        guard let python = self.interpreter() else {
            throw Failure(
                description: "no interpreter has the Python package graphql-core; run scripts/install-dependencies "
                    + "conformance")
        }
        let script = Python.root.appending(path: "Tests/Python/validate_graphql.py").path
        let run = try Self.output(python, ["-B", script, schema], input: lines.map { $0 + "\n" }.joined())
        guard run.status == 0 else { throw Failure(description: "\(script) ended with \(run.status): \(run.text)") }
        return run.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    private static func output(
        _ python: String, _ arguments: [String], input: String
    ) throws -> (text: String, status: Int32) {
        let file = FileManager.default.temporaryDirectory.appending(path: "driveline-\(UUID().uuidString)")
        try Data(input.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [python] + arguments
        process.standardInput = try FileHandle(forReadingFrom: file)
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (text, process.terminationStatus)
    }
}
