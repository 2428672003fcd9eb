internal import Foundation

/// A server's log file.
struct ServerLog: Sendable {
    /// A log that is longer when the server starts is moved to `PATH.1`, in bytes.
    static let maximumBytes = 16_777_216

    /// Lines of it that an error holds, which is one line itself.
    private static let maximumCauseLines = 4

    var path: String

    /// Moves a log that has grown long out of the way.
    func rotate() {
        var status = stat()
        if stat(self.path, &status) == 0, status.st_size > Self.maximumBytes { rename(self.path, "\(self.path).1") }
    }

    /// Why a server ended while it started, by the last lines of its log.
    func error(of name: String, _ exit: ChildProcess.Exit) -> LocalServerError {
        let lines = self.lastLines()
        let marks = ["FATAL", "PANIC", "rror:"]
        let first = lines.lastIndex { line in marks.contains { line.contains($0) } } ?? max(lines.count - 1, 0)
        let cause = lines[first...].prefix(Self.maximumCauseLines).joined(separator: "; ")
        let code: LocalServerError.Code =
            lines.contains { $0.contains("Address already in use") } ? .portInUse : .startFailed
        return LocalServerError(
            code, "\(name) ended while it started (\(exit)): \(cause.isEmpty ? "it wrote nothing" : cause)",
            advice: code == .portInUse ? "choose another port" : "see \(self.path)")
    }

    private func lastLines() -> [String] {
        guard let file = FileHandle(forReadingAtPath: self.path) else { return [] }
        let size = (try? file.seekToEnd()) ?? 0
        try? file.seek(toOffset: size > 4_096 ? size - 4_096 : 0)
        let bytes = (try? file.readToEnd()) ?? Data()
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
