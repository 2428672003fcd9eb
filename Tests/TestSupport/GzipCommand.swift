import Foundation

/// The gzip command, which compresses what tests decompress.
public enum GzipCommand {
    /// It ended with another status than 0.
    public struct Failure: Error {}

    /// Compresses bytes into one member.
    public static func compress(_ bytes: [UInt8]) throws -> [UInt8] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "driveline-gzip-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(bytes).write(to: folder.appending(path: "file"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "--no-name", "file"]
        process.currentDirectoryURL = folder
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure() }
        return Array(try Data(contentsOf: folder.appending(path: "file.gz")))
    }

    /// Compresses a text.
    public static func compress(_ text: String) throws -> [UInt8] { try Self.compress(Array(text.utf8)) }
}
