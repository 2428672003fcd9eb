internal import Foundation
internal import Synchronization

/// Files of a sandbox: in a folder, or in memory where there is none.
public final class ShopFiles: Sendable {
    /// The bytes that one file may have.
    public static let maximumBytes = 104_857_600
    /// The bytes that files in memory may have together.
    public static let maximumMemoryBytes = 536_870_912

    private let folder: String?
    private let memory = Mutex<[String: [UInt8]]>([:])

    /// Files in a folder, or in memory.
    public init(folder: String?) { self.folder = folder }

    /// - Parameter name: Parts separated by slashes, none of which is empty or begins with a point.
    private func path(_ name: String) -> String? {
        let isValid = name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && !part.hasPrefix(".")
        }
        return isValid ? self.folder.map { "\($0)/\(name)" } : nil
    }

    /// The bytes that a file has; `nil` where there is none.
    public func size(of name: String) -> Int? {
        guard self.folder != nil else { return self.memory.withLock { $0[name]?.count } }
        guard let path = self.path(name) else { return nil }
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    /// A file; `nil` where there is none.
    public func read(_ name: String) -> [UInt8]? {
        guard self.folder != nil else { return self.memory.withLock { $0[name] } }
        guard let path = self.path(name), let data = FileManager.default.contents(atPath: path) else { return nil }
        return Array(data)
    }

    /// Writes bytes at an offset and ends the file behind them.
    ///
    /// - Throws: ``JournalFault`` where they cannot be written, or are too many.
    public func write(_ bytes: [UInt8], at offset: Int = 0, of name: String) throws(JournalFault) {
        guard offset + bytes.count <= Self.maximumBytes else {
            throw JournalFault(description: "\(name): a file has at most \(Self.maximumBytes) bytes")
        }
        guard self.folder != nil else { return try self.remember(bytes, offset, name) }
        guard let path = self.path(name) else {
            throw JournalFault(description: "\(name): this is no name for a file")
        }
        do {
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            if !FileManager.default.fileExists(atPath: path) {
                guard FileManager.default.createFile(atPath: path, contents: nil) else {
                    throw CocoaError(.fileWriteUnknown)
                }
            }
            let handle = try FileHandle(forWritingTo: URL(filePath: path))
            defer { try? handle.close() }
            try handle.truncate(atOffset: UInt64(offset))
            try handle.write(contentsOf: bytes)
        } catch {
            throw JournalFault(description: "\(path): cannot be written: \(error.localizedDescription)")
        }
    }

    private func remember(_ bytes: [UInt8], _ offset: Int, _ name: String) throws(JournalFault) {
        let hasRoom = self.memory.withLock { files in
            let others = files.reduce(0) { $0 + ($1.key == name ? 0 : $1.value.count) }
            guard others + offset + bytes.count <= Self.maximumMemoryBytes else { return false }
            files[name] = Array((files[name] ?? []).prefix(offset)) + bytes
            return true
        }
        guard hasRoom else {
            throw JournalFault(
                description: "\(name): there is no more room in memory for files; give the sandbox a folder")
        }
    }
}
