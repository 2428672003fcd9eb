import Foundation

/// A file that is gone with the value.
final class TemporaryFile {
    let path: String

    init(_ bytes: [UInt8]) throws {
        self.path = FileManager.default.temporaryDirectory.appending(path: "driveline-\(UUID().uuidString)").path
        try Data(bytes).write(to: URL(fileURLWithPath: self.path))
    }

    deinit { try? FileManager.default.removeItem(atPath: self.path) }
}
