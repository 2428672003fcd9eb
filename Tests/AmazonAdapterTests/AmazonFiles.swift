import ChannelAdapter
import FileFormats
import Foundation
import TestSupport

/// What the platform published, in the folder of shared data.
enum AmazonFiles {
    static let folder = SharedData.file("specs/amazon")
    static let models = Self.folder.appending(path: "models")
    static let isPresent = FileManager.default.fileExists(atPath: Self.models.path)
    static let absence = "there is no \(Self.models.path); \(SharedData.variable) may name another folder than shared"

    static func bytes(_ path: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: Self.folder.appending(path: path)))
    }

    /// The files of a folder by name.
    static func files(_ path: String) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: Self.folder.appending(path: path), includingPropertiesForKeys: nil
        )
        .filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }
    }

    /// A file that is too deep for what reads platforms' answers, part by part.
    static func object(_ file: URL) throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any] ?? [:]
    }

    static func bytes(of object: Any) throws -> [UInt8] {
        try [UInt8](JSONSerialization.data(withJSONObject: object, options: .fragmentsAllowed))
    }

    /// Says what was run and skipped.
    static func tell(_ line: String) { FileHandle.standardError.write(Data("amazon conformance: \(line)\n".utf8)) }
}

/// Validates calls and documents with another implementation: Python's jsonschema.
enum SwaggerValidation {
    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The interpreter that has it: the one that scripts/install-dependencies makes, or the usual one.
    private static func interpreter() -> String? {
        let made = Python.root.appending(path: ".build/python-jsonschema/bin/python3").path
        return [made, "/usr/bin/python3"].first { path in
            FileManager.default.isExecutableFile(atPath: path) && Self.has(path)
        } ?? (Self.has("python3") ? "python3" : nil)
    }

    private static func has(_ python: String) -> Bool {
        (try? Self.output(python, ["-c", "import jsonschema"], input: ""))?.status == 0
    }

    /// What is wrong with each line; empty texts: nothing.
    static func run(_ lines: [JSONValue]) throws -> [String] {
        guard let python = self.interpreter() else {
            throw Failure(
                description: "no interpreter has the Python package jsonschema; run scripts/install-dependencies "
                    + "conformance")
        }
        let script = Python.root.appending(path: "Tests/Python/validate_swagger.py").path
        let input = lines.map { String(decoding: $0.bytes, as: UTF8.self) + "\n" }.joined()
        let run = try Self.output(python, ["-B", script, AmazonFiles.models.path], input: input)
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
