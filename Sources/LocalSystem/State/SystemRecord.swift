internal import Foundation

/// What runs in a data folder, written down so that other commands find it, and what is left of it after the
/// supervisor was killed.
public struct SystemRecord: Codable, Hashable, Sendable {
    /// One part.
    public struct Part: Codable, Hashable, Sendable {
        /// What it is called.
        public var name: String
        /// What the supervisor knew of it last.
        public var state: Supervisor.State
        /// Where others reach it: `host:port`, or a Unix socket's folder beside it.
        public var address: String
        /// Where it answers probes, for services.
        public var adminPort: Int?
        /// Its process, while there is one.
        public var process: ProcessIdentity?
        /// How often it was started.
        public var starts: Int
    }

    /// The form of the file; another one is not read.
    static let currentVersion = 1
    /// The bytes of the file at the most.
    static let maximumBytes = 1_048_576

    var version = SystemRecord.currentVersion
    /// Who runs it.
    public var supervisor: ProcessIdentity?
    /// Where the whole is.
    public var phase: Supervisor.Phase
    /// The first of its ports.
    public var portBase: Int
    /// When the supervisor started, in seconds since 1970.
    public var startedAt: Int64
    /// The parts in the order in which they start.
    public var parts: [Part]

    /// Whether its supervisor runs.
    public var isRunning: Bool { self.supervisor?.isRunning == true }
    /// The processes of its parts that run still.
    public var runningProcesses: [ProcessIdentity] { self.parts.compactMap(\.process).filter(\.isRunning) }

    /// Reads what is written in a folder; `nil` where nothing is.
    ///
    /// - Throws: ``SystemError`` with code `folder` where the file cannot be read or is of another form.
    public static func read(_ folder: DataFolder) throws(SystemError) -> SystemRecord? {
        let path = folder.record.path(percentEncoded: false)
        let handle: FileHandle
        do {
            handle = try FileHandle(forReadingFrom: folder.record)
        } catch {
            guard FileManager.default.fileExists(atPath: path) else { return nil }
            throw SystemError(.folder, "\(path) cannot be read; ask as the user who started the system")
        }
        defer { try? handle.close() }
        guard let bytes = try? handle.read(upToCount: Self.maximumBytes),
            let record = try? JSONDecoder().decode(SystemRecord.self, from: bytes),
            record.version == Self.currentVersion
        else {
            throw SystemError(
                .folder,
                "\(path) is not a record of a running system; if nothing runs there, remove the file and start again")
        }
        return record
    }

    func write(_ folder: DataFolder) throws(SystemError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let bytes: Data
        do {
            bytes = try encoder.encode(self)
        } catch {
            throw SystemError(.folder, "the record of the running system cannot be written (\(error))")
        }
        try writeFile(folder.record, bytes)
    }
}
