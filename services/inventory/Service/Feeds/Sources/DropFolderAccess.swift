internal import Foundation
internal import Glibc
internal import InventoryDomain
internal import Postgres

/// A drop folder: what lies in it, and where its files go. All of it blocks.
///
/// A file is claimed by being renamed into `.processing` under the name of its run: one rename, so that only one run can
/// have it, and that a partner who puts another one in its place harms nothing. Then it goes to `done` or `failed`.
struct DropFolderAccess: Sendable {
    /// Where files go that were dealt with, or could not be.
    enum Shelf: String, Sendable { case done, failed }

    private static let processing = ".processing"

    private let name: String
    private let path: String
    private let folder: OpenFile

    /// Opens a brand's drop folder.
    ///
    /// - Throws: ``FeedFault`` where there is none, or where it or the brand's folder is a symbolic link.
    init(root: String?, brand: PostgresUUID, folder name: String) throws(FeedFault) {
        guard let root else {
            throw FeedFault("folder-missing", "this service has no folder of feeds; see its setting feed-folder")
        }
        guard FeedNames.isValid(name), let top = OpenFile.open(root + "/.", isFolder: true),
            let middle = OpenFile.open("\(brand)", in: top, isFolder: true),
            let folder = OpenFile.open(name, in: middle, isFolder: true)
        else {
            throw FeedFault(
                "folder-missing", "there is no folder \(brand)/\(name) below the service's folder of feeds",
                isRetryable: true)
        }
        self.name = name
        self.path = "\(root)/\(brand)/\(name)"
        self.folder = folder
    }

    /// The files of bytes that lie in it; those below are not among them.
    func files() throws(FeedFault) -> [DropFile] {
        try self.names(at: self.path).prefix(FeedLimits.filesLookedAt).compactMap { name in
            name.utf8.count <= FeedLimits.fileNameBytes ? self.folder.state(of: name) : nil
        }
    }

    private func names(at path: String) throws(FeedFault) -> [String] {
        do { return try FileManager.default.contentsOfDirectory(atPath: path) } catch {
            throw FeedFault("folder-unreadable", "the folder \(self.name) cannot be read", isRetryable: true)
        }
    }

    /// Takes a file for a run.
    ///
    /// - Returns: false if it is not there any more.
    func claim(_ file: String, for run: PostgresUUID) throws(FeedFault) -> Bool {
        let claimed = try self.subfolder(Self.processing)
        guard renameat(self.folder.descriptor, file, claimed.descriptor, Self.name(run, file)) == 0 else {
            if errno == ENOENT { return false }
            throw FeedFault("file-unmovable", "\(file) cannot be moved within its folder", isRetryable: true)
        }
        // The marker speaks for the file that was taken, and not for the next one of its name.
        _ = unlinkat(self.folder.descriptor, file + DropFileChoice.markerSuffix, 0)
        return true
    }

    /// Opens what a run has taken; nil if it has taken nothing.
    func claimed(_ file: String, by run: PostgresUUID) throws(FeedFault) -> OpenFile? {
        let folder = try self.subfolder(Self.processing)
        guard let opened = OpenFile.open(Self.name(run, file), in: folder) else { return nil }
        guard opened.state != nil else { throw FeedFault("no-file", "\(file) is no file of bytes") }
        return opened
    }

    /// What runs have taken and not put away.
    func claimedFiles() throws(FeedFault) -> [(run: PostgresUUID, file: String)] {
        _ = try self.subfolder(Self.processing)
        return try self.names(at: "\(self.path)/\(Self.processing)").compactMap { name in
            guard let run = PostgresUUID(name.prefix(Self.runCharacters)) else { return nil }
            return (run, String(name.dropFirst(Self.runCharacters + 1)))
        }
    }

    /// Gives back what a run has taken, unless there is another one of its name by now.
    func giveBack(_ file: String, of run: PostgresUUID) throws(FeedFault) {
        let claimed = try self.subfolder(Self.processing)
        let name = Self.name(run, file)
        // A link is refused where its name is taken, which a rename is not.
        guard linkat(claimed.descriptor, name, self.folder.descriptor, file, 0) == 0 else {
            return try self.shelve(file, of: run, on: .failed)
        }
        _ = unlinkat(claimed.descriptor, name, 0)
    }

    /// Puts away what a run has taken, if it still has it, and deletes the oldest of those that lie there already.
    func shelve(_ file: String, of run: PostgresUUID, on shelf: Shelf) throws(FeedFault) {
        let claimed = try self.subfolder(Self.processing)
        try self.move(Self.name(run, file), from: claimed, to: Self.name(run, file), on: shelf)
    }

    /// Puts away a file that a newer one has made worthless.
    func shelveSuperseded(_ file: String, by run: PostgresUUID) throws(FeedFault) {
        try self.move(file, from: self.folder, to: Self.name(run, file), on: .done)
        _ = unlinkat(self.folder.descriptor, file + DropFileChoice.markerSuffix, 0)
    }

    private func move(
        _ name: String, from folder: OpenFile, to newName: String, on shelf: Shelf
    ) throws(FeedFault) {
        let target = try self.subfolder(shelf.rawValue)
        guard renameat(folder.descriptor, name, target.descriptor, newName) == 0 || errno == ENOENT else {
            throw FeedFault("file-unmovable", "\(name) cannot be moved to \(shelf.rawValue)", isRetryable: true)
        }
        // Names begin with those of runs, which begin with their time.
        let kept = try self.names(at: "\(self.path)/\(shelf.rawValue)").sorted()
        for old in kept.dropLast(FeedLimits.filesKept) { _ = unlinkat(target.descriptor, old, 0) }
    }

    private func subfolder(_ name: String) throws(FeedFault) -> OpenFile {
        _ = mkdirat(self.folder.descriptor, name, 0o770)
        guard let opened = OpenFile.open(name, in: self.folder, isFolder: true) else {
            throw FeedFault(
                "folder-unwritable", "the folder \(self.name) has no folder \(name), and it cannot be made",
                isRetryable: true)
        }
        return opened
    }

    /// The length of a run's id, behind which a hyphen follows.
    private static let runCharacters = 36

    private static func name(_ run: PostgresUUID, _ file: String) -> String { "\(run)-\(file)" }
}

/// The bytes of a claimed file, read on threads for blocking calls.
struct DropFileBytes: AsyncSequence, Sendable {
    let file: OpenFile

    func makeAsyncIterator() -> Iterator { Iterator(file: self.file) }

    struct Iterator: AsyncIteratorProtocol {
        let file: OpenFile

        mutating func next() async throws -> [UInt8]? {
            let file = self.file
            let bytes = try await Blocking.run { try file.read(FeedLimits.readBytes) }
            return bytes.isEmpty ? nil : bytes
        }
    }
}
