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
    /// What is wrong with each line's document; empty texts: nothing.
    static func run(_ schema: String, _ lines: [String]) throws -> [String] {
        try Python.run("Tests/Python/validate_graphql.py", [schema], input: lines, environment: "graphql")
    }
}
