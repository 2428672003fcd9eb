import Foundation

@testable import LocalSystem

/// A folder that is gone afterwards. Its path is short, as sockets' paths must be.
func withTemporaryFolder<Value>(_ body: (URL) throws -> Value) throws -> Value {
    let folder = URL(filePath: "/tmp/driveline-system-\(String(UInt32.random(in: .min ... .max), radix: 36))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

/// The folder of a system, made ready, that is gone afterwards.
func withDataFolder<Value>(_ body: (DataFolder) throws -> Value) throws -> Value {
    try withTemporaryFolder { url in
        let folder = DataFolder(url)
        try folder.prepare()
        return try body(folder)
    }
}
