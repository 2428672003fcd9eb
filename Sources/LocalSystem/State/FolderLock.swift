internal import Foundation

/// The right to run the system of a data folder: at most one process on the machine has it.
///
/// The kernel gives it back when the process ends, in whatever way. Children do not inherit it.
final class FolderLock: Sendable {
    private let descriptor: Int32

    /// Takes it.
    ///
    /// - Throws: ``SystemError`` with code `held` where another process has it, which is named.
    init(_ folder: DataFolder) throws(SystemError) {
        let path = folder.lock.path(percentEncoded: false)
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError(folder: path, errorNumber: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            close(descriptor)
            guard number == EWOULDBLOCK else { throw SystemError(folder: path, errorNumber: number) }
            let holder = Self.holder(path).map { "process \($0)" } ?? "another process"
            throw SystemError(
                .held,
                "the system in \(folder.path) is run by \(holder); stop it with `driveline down --data \(folder.path)`, "
                    + "or choose another folder with --data and other ports with --port-base")
        }
        self.descriptor = descriptor
        let text = Array("\(getpid())\n".utf8)
        // Only for people: the lock itself is the kernel's.
        _ = ftruncate(descriptor, 0)
        _ = pwrite(descriptor, text, text.count, 0)
    }

    deinit { close(self.descriptor) }

    private static func holder(_ path: String) -> Int32? {
        (try? String(contentsOfFile: path, encoding: .utf8)).flatMap { Int32($0.filter { !$0.isWhitespace }) }
    }
}
