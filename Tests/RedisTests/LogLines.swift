import Logging
import Synchronization

/// Keeps what is logged.
final class LogLines: Sendable {
    private let lines = Mutex<[(level: Logger.Level, text: String)]>([])

    /// The lines of level warning and above, with their metadata.
    var warnings: [String] { self.lines.withLock { $0.filter { $0.level >= .warning }.map(\.text) } }
    /// All lines, with their metadata.
    var all: [String] { self.lines.withLock { $0.map(\.text) } }

    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let text = "\(event.message) \(event.metadata ?? [:])"
            self.lines.lines.withLock { $0.append((event.level, text)) }
        }
    }
}
