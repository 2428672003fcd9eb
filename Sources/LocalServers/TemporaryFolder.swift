internal import Foundation

/// A folder for this process's user only, removed at the end, also when this process is killed.
///
/// Its path is short, so that a Unix socket can be in it.
public final class TemporaryFolder: Sendable {
    /// Its path, without spaces.
    public let path: String

    /// Makes the folder in `/tmp`.
    ///
    /// - Throws: ``LocalServerError`` where that is not possible.
    public init() throws(LocalServerError) {
        self.path = ServerStorage.throwaway.path
        try Keeper.shared.get().keep(folder: self.path)
        try ServerFolder(path: self.path, user: nil).make()
    }

    deinit { self.remove() }

    /// Removes the folder with what is in it.
    public func remove() {
        try? FileManager.default.removeItem(atPath: self.path)
        if case .success(let keeper) = Keeper.shared { keeper.forget(folder: self.path) }
    }
}
