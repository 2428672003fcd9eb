internal import Foundation
internal import LocalServers
internal import Logging

/// A log file that a server writes by itself.
struct ServerLogFile: Sendable {
    /// The bytes beyond which it is emptied, after what it held was copied to `log.1`.
    static let maximumBytes = 16_777_216
    /// The lines that are shown of a part that failed.
    static let shownLines = 10

    private let path: String

    init(_ path: String) { self.path = path }

    /// The last lines, for whoever must find out what is wrong.
    var lastLines: [String] { LogReader.tail(URL(filePath: self.path), Self.shownLines) }

    /// Empties a file that has grown long.
    ///
    /// The server has the file open and cannot be told of another, so it is emptied in its place; it only ever appends.
    /// What it writes between the copy and that is lost, a line or two.
    func rotate() {
        var status = stat()
        guard stat(self.path, &status) == 0, status.st_size > Self.maximumBytes else { return }
        let older = "\(self.path).1"
        unlink(older)
        guard (try? FileManager.default.copyItem(atPath: self.path, toPath: older)) != nil else { return }
        truncate(self.path, 0)
    }
}

extension Logger {
    /// What the servers' own part of the code says is said by the supervisor.
    static let silent = Logger(label: "driveline.local-system") { _ in SwiftLogNoOpLogHandler() }
}

extension SystemError {
    /// Why a server did not start; a port in use names the option that moves all ports.
    init(startOf server: String, _ error: any Error, portOption port: Int, log: ServerLogFile) {
        guard let error = error as? LocalServerError else {
            self.init(.startFailed, "\(server) did not start (\(error))", lastLines: log.lastLines)
            return
        }
        switch error.code {
        case .portInUse:
            self.init(portInUse: port, of: server)
        case .startFailed, .timedOut, .initializationFailed:
            self.init(.startFailed, "\(error)", lastLines: log.lastLines)
        default:
            self.init(.startFailed, "\(error)")
        }
    }

    /// A port that somebody else listens on.
    init(portInUse port: Int, of name: String) {
        self.init(
            .portInUse,
            "port \(port) for \(name) is in use; stop what listens there (`ss -ltnp sport = :\(port)` tells), or move "
                + "all ports with --port-base")
    }
}
