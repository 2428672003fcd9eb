package import Logging

/// Keeps what is logged, so that tests can count it.
package final class LogRecorder: Sendable {
    /// One line.
    package struct Line: Sendable {
        package let level: Logger.Level
        package let text: String
        package let peer: String
    }

    private let recorded = Watched<[Line]>([])

    package init() {}

    /// What was logged at a level or above.
    package func lines(_ level: Logger.Level = .info) -> [Line] { self.recorded.value.filter { $0.level >= level } }

    /// Waits until so many lines were logged at a level or above.
    package func wait(forLines count: Int, _ level: Logger.Level = .info) async throws {
        try await self.recorded.wait { $0.filter { $0.level >= level }.count >= count }
    }

    /// A logger that writes here.
    package func logger(_ label: String = "test") -> Logger {
        Logger(label: label) { _ in Handler(recorder: self) }
    }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let line = Line(
                level: event.level, text: event.message.description, peer: "\(event.metadata?["peer"] ?? "")")
            self.recorder.recorded.update { $0.append(line) }
        }
    }
}
