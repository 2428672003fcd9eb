public import Foundation

/// Data that conformance tests compare with and that is no part of the project: real catalogs, published tables and test
/// vectors.
///
/// Suites that read it have names that end in `ConformanceTests`, and `.enabled(if: SharedData.isPresent)` with
/// ``SharedData/absence``; `make conformance` runs them and nothing else.
public enum SharedData {
    /// The environment variable that names its folder; without it the folder is `shared` beside the project's.
    public static let variable = "DRIVELINE_SHARED"

    /// Where it is, or would be.
    public static let folder: URL =
        ProcessInfo.processInfo.environment[Self.variable].map { URL(filePath: $0, directoryHint: .isDirectory) }
        ?? Python.root.appending(path: "../shared", directoryHint: .isDirectory).standardized

    /// Whether it is there.
    public static let isPresent: Bool = FileManager.default.fileExists(atPath: Self.file("data").path)

    /// Why tests that need it do not run.
    public static let absence =
        "there is no \(Self.file("data").path); \(Self.variable) may name another folder than shared"

    /// One of its files or folders, such as `data/vin/wmi-vpic.csv`.
    public static func file(_ path: String) -> URL { self.folder.appending(path: path) }
}
