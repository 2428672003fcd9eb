internal import ChannelAdapter
internal import Foundation
internal import Glibc
internal import NIOPosix

/// A folder below the service's folder of feeds, held open, so that nobody can put another one in its place. All of it
/// blocks: see ``Blocking``.
final class FeedFolder: Sendable {
    private let descriptor: Int32
    private let path: String

    private init(_ descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(self.descriptor) }

    /// Opens a folder; none of the names of its path may be a symbolic link.
    static func open(_ path: String, below root: String?, brand: String) throws(PlatformFault) -> FeedFolder {
        guard let root else {
            throw PlatformFault(.refused, code: "folder-missing", "this service has no folder of feeds")
        }
        guard let parts = FeedSettings.parts(brand.isEmpty ? path : "\(brand)/\(path)") else {
            throw PlatformFault(.refused, code: "folder-missing", "\(path.debugDescription) is no path of a folder")
        }
        let flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_DIRECTORY
        var folder = FeedFolder(Glibc.open(root, O_RDONLY | O_CLOEXEC | O_DIRECTORY), path: root)
        for part in parts where folder.descriptor >= 0 {
            folder = FeedFolder(openat(folder.descriptor, part, flags), path: "\(folder.path)/\(part)")
        }
        guard folder.descriptor >= 0 else {
            throw PlatformFault(
                .retry, code: "folder-missing",
                "there is no folder \(parts.joined(separator: "/")) below the service's folder of feeds")
        }
        return folder
    }

    /// The files that lie in it, by when they came; those that begin with a point or end with .part or .tmp are not
    /// among them.
    func entries() throws(PlatformFault) -> [FeedEntry] {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: self.path) } catch {
            throw PlatformFault(.retry, code: "folder-unreadable", "the folder cannot be read")
        }
        let entries = names.compactMap { name -> FeedEntry? in
            FeedEntry.isPassedOver(name) || name.utf8.count > 255 ? nil : self.entry(name)
        }
        guard entries.count <= FeedLimits.files else {
            throw PlatformFault(
                .retry, code: "folder-full",
                "the folder has \(entries.count) files; at most \(FeedLimits.files) are looked at")
        }
        return entries.sorted(by: FeedEntry.isBefore)
    }

    /// A file that lies in it; nil: there is none of that name.
    func entry(_ name: String) -> FeedEntry? {
        var status = stat()
        guard fstatat(self.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0, status.st_mode & S_IFMT == S_IFREG
        else { return nil }
        let micros = { (time: timespec) in Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000 }
        // Copies keep the time of their last change, but not that of their coming.
        return FeedEntry(name: name, changedAt: max(micros(status.st_ctim), micros(status.st_mtim)))
    }

    /// All of a file; nil: there is none of that name.
    ///
    /// - Throws: A fault of kind refused where it is too long, of kind retry where it cannot be read.
    func read(_ name: String, atMost limit: Int = FeedLimits.fileBytes) throws(PlatformFault) -> [UInt8]? {
        // A named pipe would hold up who opens it, were it not for O_NONBLOCK.
        let file = openat(self.descriptor, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw PlatformFault(.retry, code: "file-unreadable", "\(name) cannot be opened")
        }
        defer { close(file) }
        var bytes: [UInt8] = []
        while true {
            let piece = try Self.piece(of: file, name)
            guard !piece.isEmpty else { return bytes }
            bytes += piece
            guard bytes.count <= limit else {
                throw PlatformFault(
                    .refused, code: "file-too-long", "\(name) has more than \(limit) bytes; valid are at most so many")
            }
        }
    }

    private static let pieceBytes = 262_144

    private static func piece(of file: Int32, _ name: String) throws(PlatformFault) -> [UInt8] {
        var result = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.pieceBytes) { buffer, filled in
            repeat {
                result = Glibc.read(file, buffer.baseAddress, Self.pieceBytes)
            } while result < 0 && errno == EINTR
            filled = max(0, result)
        }
        guard result >= 0 else { throw PlatformFault(.retry, code: "file-unreadable", "\(name) cannot be read") }
        return bytes
    }

    /// Writes a file so that it is there with all of its bytes or not at all, also where the machine stops.
    func write(_ name: String, _ bytes: [UInt8]) throws(PlatformFault) {
        let part = ".\(name).part"
        let file = openat(self.descriptor, part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard file >= 0 else { throw Self.unwritable(name) }
        defer { close(file) }
        var written = 0
        while written < bytes.count {
            let result = bytes[written...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if result < 0, errno == EINTR { continue }
            guard result > 0 else {
                unlinkat(self.descriptor, part, 0)
                throw Self.unwritable(name)
            }
            written += result
        }
        guard fsync(file) == 0, renameat(self.descriptor, part, self.descriptor, name) == 0,
            fsync(self.descriptor) == 0
        else { throw Self.unwritable(name) }
    }

    private static func unwritable(_ name: String) -> PlatformFault {
        let reason = errno == ENOSPC ? "there is no space left" : "its folder does not let it be"
        return PlatformFault(.retry, code: "file-unwritable", "\(name) cannot be written: \(reason)")
    }
}

/// Work that blocks, away from the threads that tasks share.
enum Blocking {
    /// Runs it on a thread for it.
    static func run<Value: Sendable>(
        _ work: @escaping @Sendable () throws(PlatformFault) -> Value
    )
        async throws(PlatformFault) -> Value
    {
        do {
            return try await NIOThreadPool.singleton.runIfActive { () -> Result<Value, PlatformFault> in
                do throws(PlatformFault) { return .success(try work()) } catch { return .failure(error) }
            }.get()
        } catch let fault as PlatformFault {
            throw fault
        } catch {
            throw PlatformFault(.retry, code: "stopping", "the service is about to stop")
        }
    }
}
