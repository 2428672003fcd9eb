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
    private static let documents = [
        "sell_inventory_v1_oas3.json", "sell_fulfillment_v1_oas3.json", "commerce_notification_v1_oas3.json",
        "developer_analytics_v1_beta_oas3.json", "sell_metadata_v1_oas3.json",
    ]

    /// The one that is published as YAML, as JSON.
    private static let taxonomy = Result {
        let path = EbayFiles.folder.appending(path: "commerce_taxonomy_v1_oas3.yml").path
        let file = FileManager.default.temporaryDirectory.appending(path: "driveline-\(UUID().uuidString).json")
        let lines = try Python.run("Tests/Python/yaml_to_json.py", [path])
        try Data(lines.joined(separator: "\n").utf8).write(to: file)
        return file.path
    }

    /// What is wrong with each line's call; empty texts: nothing.
    static func run(_ lines: [String]) throws -> [String] {
        try Python.run(
            "Tests/Python/validate_openapi.py",
            Self.documents.map { EbayFiles.folder.appending(path: $0).path } + [try Self.taxonomy.get()],
            input: lines, environment: "jsonschema")
    }
}
