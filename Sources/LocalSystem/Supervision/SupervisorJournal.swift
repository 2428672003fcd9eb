internal import Foundation

/// What the supervisor itself has to say, in a log like those of its parts.
struct SupervisorJournal: Sendable {
    /// The supervisor's name among the parts.
    static let name = "driveline"

    private let log: RotatingLog

    init(_ folder: DataFolder) { self.log = RotatingLog(folder.log(of: Self.name)) }

    func note(_ level: LogLine.Level, _ message: String) {
        let line = Line(time: Date().formatted(Self.style), level: level.rawValue, message: message)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(line) else { return }
        self.log.append(String(decoding: bytes, as: UTF8.self))
    }

    private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    private struct Line: Encodable {
        let time: String
        let level: String
        let message: String

        enum CodingKeys: String, CodingKey {
            case time = "@timestamp"
            case level = "log.level"
            case message
        }
    }
}
