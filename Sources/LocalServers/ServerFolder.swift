internal import Foundation

/// Where a server keeps its files.
public enum ServerStorage: Hashable, Sendable {
    /// A folder that stays. It is made where there is none, and is one server's at a time.
    case folder(String)
    /// A temporary folder, removed by ``LocalPostgres/remove()`` or ``LocalRedis/remove()``, or when this process has
    /// died. Nothing in it is made to survive a crash of the machine.
    case throwaway

    var isThrowaway: Bool { self == .throwaway }

    /// The folder's path; a throwaway one gets its name here, short enough for a socket's path.
    var path: String {
        switch self {
        case .folder(let path): URL(filePath: path).standardizedFileURL.path(percentEncoded: false).trimmedSlash
        case .throwaway: "/tmp/driveline-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        }
    }
}

extension String {
    fileprivate var trimmedSlash: String { self.count > 1 && self.hasSuffix("/") ? String(self.dropLast()) : self }
}

/// A server's folder, made so that the server's user can work in it and nobody else.
struct ServerFolder: Sendable {
    var path: String
    var user: ServerUser?

    private var userID: UInt32 { self.user?.userID ?? geteuid() }
    private var groupID: UInt32 { self.user?.groupID ?? getegid() }
    private var userName: String { self.user?.name ?? "\(geteuid())" }

    /// Makes the folder where there is none.
    ///
    /// - Throws: ``LocalServerError`` where that is not allowed, or the server's user could not enter it.
    func make() throws(LocalServerError) {
        let isNew = try self.makeFolders()
        try self.checkParents()
        guard isNew || self.user != nil, try self.owner() != self.userID else { return }
        guard chown(self.path, self.userID, self.groupID) == 0 else {
            throw self.denied("\(self.path) cannot be given to user \(self.userName)", errno)
        }
    }

    /// The user that owns the folder.
    func owner() throws(LocalServerError) -> UInt32 {
        var status = stat()
        guard stat(self.path, &status) == 0 else { throw self.denied("\(self.path) cannot be read", errno) }
        return status.st_uid
    }

    /// Makes a file of the server's that nobody else may read.
    func write(_ text: String, to name: String) throws(LocalServerError) {
        let file = "\(self.path)/\(name)"
        unlink(file)
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw self.denied("\(file) cannot be written", errno) }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Foundation.write(descriptor, bytes, bytes.count) == bytes.count,
            self.user == nil || fchown(descriptor, self.userID, self.groupID) == 0
        else { throw self.denied("\(file) cannot be written", errno) }
    }

    /// How long a lock is waited for that somebody has, in milliseconds. A child that any thread has just forked has all
    /// descriptors until it becomes its program, and with them a lock that has been given up.
    private static let lockMilliseconds: UInt32 = 2_000
    private static let lockPauseMilliseconds: UInt32 = 10

    /// Claims the folder for this process, as long as the lock lives.
    func lock() throws(LocalServerError) -> FolderLock {
        let descriptor = open("\(self.path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw self.denied("\(self.path)/lock cannot be written", errno) }
        var waited: UInt32 = 0
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            if waited < Self.lockMilliseconds {
                usleep(Self.lockPauseMilliseconds * 1_000)
                waited += Self.lockPauseMilliseconds
                continue
            }
            close(descriptor)
            throw LocalServerError(
                .alreadyRunning, "another process runs a server in \(self.path)",
                advice: "stop that one, or choose another folder")
        }
        return FolderLock(descriptor: descriptor)
    }

    /// Whether the folder itself was missing.
    private func makeFolders() throws(LocalServerError) -> Bool {
        guard self.path.hasPrefix("/") else {
            throw LocalServerError(.unusableFolder, "\(self.path) is no absolute path", advice: "let it begin with `/`")
        }
        var path = ""
        var isNew = false
        for part in self.path.split(separator: "/") {
            path += "/\(part)"
            let isLast = path == self.path
            isNew = mkdir(path, isLast ? 0o700 : 0o755) == 0
            guard !isNew, errno != EEXIST else { continue }
            throw self.denied("\(path) cannot be made", errno)
        }
        var status = stat()
        guard stat(self.path, &status) == 0 else { throw self.denied("\(self.path) cannot be read", errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw LocalServerError(.unusableFolder, "\(self.path) is no folder", advice: "choose another path")
        }
        return isNew
    }

    /// The server opens its files by their whole path, so its user must be able to enter all folders above.
    private func checkParents() throws(LocalServerError) {
        var path = ""
        for part in self.path.split(separator: "/").dropLast() {
            path += "/\(part)"
            var status = stat()
            guard stat(path, &status) == 0 else { throw self.denied("\(path) cannot be read", errno) }
            let bit: mode_t =
                status.st_uid == self.userID ? S_IXUSR : status.st_gid == self.groupID ? S_IXGRP : S_IXOTH
            guard self.userID == 0 || status.st_mode & bit != 0 else {
                throw LocalServerError(
                    .noPermission, "user \(self.userName), whom the server runs as, may not enter \(path)",
                    advice: "allow it with `chmod o+x \(path)`, or choose another folder")
            }
        }
    }

    private func denied(_ message: String, _ number: Int32) -> LocalServerError {
        let code: LocalServerError.Code = [EACCES, EPERM, EROFS].contains(number) ? .noPermission : .unusableFolder
        return LocalServerError(
            code, "\(message) (\(LocalServerError.reason(number)))",
            advice: "choose a folder that user \(self.userName) may write to")
    }
}

/// A folder's being this process's. The kernel gives it up when the process dies.
final class FolderLock: Sendable {
    private let descriptor: Int32

    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(self.descriptor) }
}
