internal import Foundation
internal import Synchronization

/// A log file that never grows without end: when it is full it becomes `NAME.log.1`, that `NAME.log.2`, and so on.
///
/// A disk that is full costs lines, never the system; how many is written once there is space again.
final class RotatingLog: Sendable {
    /// The bytes of a file at the most, but for the last line.
    static let maximumBytes = 10_485_760
    /// The older files that are kept.
    static let keptFiles = 3

    private struct File {
        var descriptor: Int32 = -1
        var bytes = 0
        var lostLines = 0
    }

    private let path: String
    private let maximumBytes: Int
    private let file = Mutex(File())

    /// Opens the file when the first line comes.
    init(_ url: URL, maximumBytes: Int = RotatingLog.maximumBytes) {
        self.path = url.path(percentEncoded: false)
        self.maximumBytes = maximumBytes
    }

    deinit {
        let descriptor = self.file.withLock { $0.descriptor }
        if descriptor >= 0 { close(descriptor) }
    }

    /// Appends a line.
    func append(_ line: String) {
        self.file.withLock { file in
            if file.bytes >= self.maximumBytes { self.rotate(&file) }
            if file.descriptor < 0 { self.open(&file) }
            if file.lostLines > 0, self.write("\(file.lostLines) lines are missing here: no space was left", &file) {
                file.lostLines = 0
            }
            if file.lostLines > 0 || !self.write(line, &file) { file.lostLines += 1 }
        }
    }

    private func open(_ file: inout File) {
        file.descriptor = Foundation.open(self.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        var status = stat()
        file.bytes = file.descriptor >= 0 && fstat(file.descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    private func write(_ line: String, _ file: inout File) -> Bool {
        let bytes = Array("\(line)\n".utf8)
        guard file.descriptor >= 0 else { return false }
        let count = Foundation.write(file.descriptor, bytes, bytes.count)
        if count > 0 { file.bytes += count }
        // The rest of a line that did not fit is lost with it.
        return count == bytes.count
    }

    private func rotate(_ file: inout File) {
        if file.descriptor >= 0 { close(file.descriptor) }
        file.descriptor = -1
        for number in (1..<Self.keptFiles).reversed() { rename("\(self.path).\(number)", "\(self.path).\(number + 1)") }
        rename(self.path, "\(self.path).1")
    }
}
