public import Foundation

/// The folder that holds everything of one system: databases, logs, secrets, and who runs it.
public struct DataFolder: Sendable, Hashable {
    /// The folder itself.
    public let url: URL

    /// A folder, which need not be there.
    public init(_ url: URL) { self.url = url.standardizedFileURL }

    /// Where a system is kept unless somebody says otherwise: `$XDG_DATA_HOME/driveline`, by default
    /// `~/.local/share/driveline`; for root `/var/lib/driveline`, since the servers then run as another user, who may
    /// not enter root's home.
    public static func `default`(environment: (String) -> String?, userID: UInt32) -> DataFolder {
        if let base = environment("XDG_DATA_HOME"), base.hasPrefix("/") {
            return DataFolder(URL(filePath: base).appending(path: "driveline"))
        }
        if userID == 0 { return DataFolder(URL(filePath: "/var/lib/driveline")) }
        let home = environment("HOME") ?? "/"
        return DataFolder(URL(filePath: home).appending(path: ".local/share/driveline"))
    }

    /// The path.
    public var path: String { self.url.path(percentEncoded: false).droppingSlash }
    /// PostgreSQL's data directory.
    var postgres: URL { self.url.appending(path: "postgres") }
    /// Redis' folder.
    var redis: URL { self.url.appending(path: "redis") }
    /// The files of what services write.
    var logs: URL { self.url.appending(path: "logs") }
    /// The file of what a part writes: servers have it in their own folder, which only they can write to.
    func log(of name: String) -> URL {
        ServicePlan.Server(rawValue: name) == nil
            ? self.logs.appending(path: "\(name).log") : self.url.appending(path: "\(name)/log")
    }
    /// What only the parts may know.
    var secrets: URL { self.url.appending(path: "secrets") }
    /// The file of what services show each other, and operators to `identity`. Only its owner can read it.
    public var serviceToken: URL { self.secrets.appending(path: "service-token") }
    /// The file of a secret. Only its owner can read it.
    public func secret(_ name: String) -> URL { self.secrets.appending(path: name) }
    /// Held by the supervisor.
    var lock: URL { self.url.appending(path: "lock") }
    /// What runs.
    var record: URL { self.url.appending(path: "system.json") }
    /// Says that this is such a folder, so that nothing else is ever taken for one and removed.
    var mark: URL { self.url.appending(path: "driveline-data") }

    /// Whether a system was kept here.
    public var exists: Bool { FileManager.default.fileExists(atPath: self.mark.path(percentEncoded: false)) }

    /// Makes the folder, and what is in it for all parts.
    ///
    /// - Throws: ``SystemError`` with code `folder` where it cannot be made or written, or holds something else.
    public func prepare() throws(SystemError) {
        let files = FileManager.default
        var status = stat()
        if stat(self.path, &status) == 0, status.st_mode & S_IFMT != S_IFDIR {
            throw SystemError(folder: self.path, errorNumber: ENOTDIR)
        }
        do {
            // Others may pass through, as the servers may run as another user; each part guards its own folder.
            try files.createDirectory(
                at: self.url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
            if !self.exists {
                guard try files.contentsOfDirectory(atPath: self.path).isEmpty else { throw self.foreign }
                try Data("This folder is a system of Driveline's. `driveline reset` removes it.\n".utf8)
                    .write(to: self.mark)
            }
            for folder in [self.logs, self.secrets] {
                try files.createDirectory(
                    at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            }
        } catch let error as SystemError {
            throw error
        } catch {
            throw SystemError(folder: self.path, error)
        }
    }

    /// A folder that a service is given.
    func folder(_ name: String) -> URL { self.url.appending(path: name) }

    /// Makes a folder that a service is given, for its owner alone; one that is there keeps its rights, which somebody may
    /// have widened for those who bring files.
    func makeFolder(_ name: String) throws(SystemError) {
        let path = self.folder(name).path(percentEncoded: false)
        guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        throw SystemError(folder: path, errorNumber: errno)
    }

    private var foreign: SystemError {
        SystemError(
            .folder, "\(self.path) holds something else than a system; choose an empty or a new folder with --data")
    }

    /// The service token, made at random the first time.
    ///
    /// - Returns: The path of its file, which only its owner can read.
    func makeServiceToken() throws(SystemError) -> String {
        try self.make(.token, named: self.serviceToken.lastPathComponent)
    }

    /// A secret, made at random the first time.
    ///
    /// - Returns: The path of its file, which only its owner can read.
    func make(_ secret: SystemSecret, named name: String) throws(SystemError) -> String {
        let path = self.secret(name).path(percentEncoded: false)
        guard !FileManager.default.fileExists(atPath: path) else { return path }
        return try self.writeSecret(name, secret.made())
    }

    /// Writes what only the parts, or their owner, may know.
    ///
    /// - Returns: The path of its file, which only its owner can read.
    @discardableResult
    public func writeSecret(_ name: String, _ text: String) throws(SystemError) -> String {
        let file = self.secrets.appending(path: name)
        try writeFile(file, Data("\(text)\n".utf8))
        return file.path(percentEncoded: false)
    }

    /// Removes the folder and all that is in it.
    ///
    /// - Throws: ``SystemError`` where it is no system's, or cannot be removed.
    func remove() throws(SystemError) {
        guard self.exists else { throw self.foreign }
        do {
            // The mark goes last: what is left by an error is still known for what it is.
            for name in try FileManager.default.contentsOfDirectory(atPath: self.path)
            where name != self.mark.lastPathComponent {
                try FileManager.default.removeItem(at: self.url.appending(path: name))
            }
            try FileManager.default.removeItem(at: self.mark)
        } catch {
            throw SystemError(folder: self.path, error)
        }
        // It may be a mount point or another's; then it stays, empty.
        try? FileManager.default.removeItem(at: self.url)
    }
}

/// Puts a file in its place as a whole, readable by its owner only: a reader sees the old or the new, never half.
func writeFile(_ url: URL, _ bytes: Data) throws(SystemError) {
    let path = url.path(percentEncoded: false)
    let temporary = "\(path).new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemError(folder: path, errorNumber: errno) }
    let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    let number = count == bytes.count ? 0 : (count < 0 ? errno : ENOSPC)
    close(descriptor)
    guard number == 0 else {
        unlink(temporary)
        throw SystemError(folder: path, errorNumber: number)
    }
    guard rename(temporary, path) == 0 else { throw SystemError(folder: path, errorNumber: errno) }
}

extension SystemError {
    /// What the file system said, and what to do about it.
    init(folder path: String, errorNumber: Int32) {
        switch errorNumber {
        case EACCES, EPERM, EROFS:
            self.init(.folder, "no permission to write \(path); choose another folder with --data, or change its owner")
        case ENOSPC, EDQUOT:
            self.init(.folder, "no space is left for \(path); free some, or choose another disk with --data")
        case ENOTDIR, EEXIST:
            self.init(.folder, "\(path) is not a folder; choose another with --data")
        default:
            self.init(.folder, "\(path) cannot be written (\(String(cString: strerror(errorNumber)))); check --data")
        }
    }

    /// What Foundation said.
    init(folder path: String, _ error: any Error) {
        let error = error as? CocoaError
        switch error?.code {
        case .fileWriteNoPermission, .fileReadNoPermission, .fileWriteVolumeReadOnly:
            self.init(folder: path, errorNumber: EACCES)
        case .fileWriteOutOfSpace:
            self.init(folder: path, errorNumber: ENOSPC)
        default:
            self.init(folder: path, errorNumber: (error?.underlying as? POSIXError)?.code.rawValue ?? EIO)
        }
    }
}

extension String {
    /// Without the slash behind a folder's name.
    fileprivate var droppingSlash: String { self.count > 1 && self.hasSuffix("/") ? String(self.dropLast()) : self }
}
