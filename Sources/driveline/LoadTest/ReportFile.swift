internal import Foundation

/// A file that a report will be written to; whether it can be is found out before the work.
struct ReportFile {
    private let path: String

    /// - Throws: ``CommandError`` where the file cannot be written.
    init(_ path: String) throws {
        self.path = path
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw CommandError("cannot write \(path): \(String(cString: strerror(errno)))") }
        close(descriptor)
    }

    /// Writes the file as a whole.
    ///
    /// - Throws: ``CommandError`` where that fails.
    func write(_ text: String) throws {
        do {
            try Data(text.utf8).write(to: URL(filePath: self.path))
        } catch {
            throw CommandError("cannot write \(self.path): \(error.localizedDescription)")
        }
    }
}
