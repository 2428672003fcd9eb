import FileFormats
import Foundation
import TestSupport

/// What the platform published, in the folder of shared data.
enum EbayFiles {
    static let folder = SharedData.file("specs/ebay")
    static let errorCodes = Self.folder.appending(path: "error-codes.json")
    static let isPresent = FileManager.default.fileExists(atPath: Self.errorCodes.path)
    static let absence =
        "there is no \(Self.errorCodes.path); \(SharedData.variable) may name another folder than shared"

    /// The JSON of a file.
    static func json(_ name: String) throws -> JSONValue {
        try JSONValue([UInt8](Data(contentsOf: Self.folder.appending(path: name)))[...])
    }

    /// Says what was run and skipped.
    static func tell(_ line: String) { FileHandle.standardError.write(Data("ebay conformance: \(line)\n".utf8)) }
}

/// Validates calls with another implementation: Python's jsonschema.
enum OpenAPIValidation {
    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let documents = [
        "sell_inventory_v1_oas3.json", "sell_fulfillment_v1_oas3.json", "commerce_notification_v1_oas3.json",
    ]

    /// The interpreter that has it: the one that scripts/install-dependencies makes, or the usual one.
    private static func interpreter() -> String? {
        let made = Python.root.appending(path: ".build/python-jsonschema/bin/python3").path
        return [made, "/usr/bin/python3", "python3"].first {
            (try? Self.output($0, ["-c", "import jsonschema"], ""))?.status == 0
        }
    }

    /// What is wrong with each line's call; empty texts: nothing.
    static func run(_ lines: [String]) throws -> [String] {
        guard let python = self.interpreter() else {
            throw Failure(
                description: "no interpreter has the Python package jsonschema; run scripts/install-dependencies "
                    + "conformance")
        }
        let script = Python.root.appending(path: "Tests/Python/validate_openapi.py").path
        let documents = Self.documents.map { EbayFiles.folder.appending(path: $0).path }
        let run = try Self.output(python, ["-B", script] + documents, lines.map { $0 + "\n" }.joined())
        guard run.status == 0 else { throw Failure(description: "\(script) ended with \(run.status): \(run.text)") }
        return run.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    private static func output(
        _ python: String, _ arguments: [String], _ input: String
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
