internal import Glibc
internal import InventoryDomain
internal import NIOPosix

/// A file or folder that is held open, so that nobody can put another one in its place.
final class OpenFile: Sendable {
    /// The operating system's number of it.
    let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(self.descriptor) }

    /// Opens an entry of an open folder, or a path; symbolic links are not followed, but in a path before its last part.
    ///
    /// - Returns: nil where it cannot be opened; `errno` says why.
    static func open(_ path: String, in folder: OpenFile? = nil, isFolder: Bool = false) -> OpenFile? {
        // A named pipe or device would hold up who opens it, were it not for O_NONBLOCK.
        let flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (isFolder ? O_DIRECTORY : 0)
        let descriptor = openat(folder?.descriptor ?? AT_FDCWD, path, flags)
        return descriptor >= 0 ? OpenFile(descriptor) : nil
    }

    /// Its size and when it was written to last; nil where it is no file of bytes.
    var state: DropFile? {
        var status = stat()
        guard fstat(self.descriptor, &status) == 0 else { return nil }
        return DropFile(name: "", status)
    }

    /// The same of an entry of this folder, which is not opened.
    func state(of name: String) -> DropFile? {
        var status = stat()
        guard fstatat(self.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        return DropFile(name: name, status)
    }

    /// The next bytes of it; none at its end. Blocks.
    ///
    /// - Throws: ``FeedFault`` where it cannot be read.
    func read(_ count: Int) throws(FeedFault) -> [UInt8] {
        var result = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            repeat {
                result = Glibc.read(self.descriptor, buffer.baseAddress, count)
            } while result < 0 && errno == EINTR
            filled = max(0, result)
        }
        guard result >= 0 else { throw FeedFault("file-unreadable", "the file cannot be read", isRetryable: true) }
        return bytes
    }
}

extension DropFile {
    fileprivate init?(name: String, _ status: stat) {
        guard status.st_mode & S_IFMT == S_IFREG else { return nil }
        let seconds = Timestamp(seconds: Int64(status.st_mtim.tv_sec))
        let time = Timestamp(microseconds: seconds.microseconds + Int64(status.st_mtim.tv_nsec) / 1_000)
        self.init(name: name, bytes: Int64(status.st_size), modifiedAt: time)
    }
}

/// Calls that block, away from the threads that tasks share.
enum Blocking {
    /// Runs blocking work on a thread for it.
    static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await NIOThreadPool.singleton.runIfActive(work)
    }
}
