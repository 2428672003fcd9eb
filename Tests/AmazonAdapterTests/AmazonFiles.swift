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
    /// What is wrong with each line; empty texts: nothing.
    static func run(_ lines: [JSONValue]) throws -> [String] {
        try self.run(lines.map { String(decoding: $0.bytes, as: UTF8.self) })
    }

    /// What is wrong with each line of JSON; empty texts: nothing.
    static func run(_ lines: [String]) throws -> [String] {
        try Python.run(
            "Tests/Python/validate_swagger.py", [AmazonFiles.models.path], input: lines, environment: "jsonschema")
    }
}
