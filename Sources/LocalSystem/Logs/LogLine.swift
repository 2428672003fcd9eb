internal import Foundation

/// One line of a log, whoever wrote it: a service as JSON with Elastic Common Schema names, PostgreSQL, Redis, or a
/// program that writes plain text.
public struct LogLine: Sendable, Hashable {
    /// How grave it is.
    public enum Level: String, Sendable, Hashable {
        /// For whoever searches a fault.
        case debug
        /// Usual.
        case info
        /// Usual, but seldom.
        case notice
        /// Something may go wrong.
        case warning
        /// Something went wrong.
        case error
        /// The writer cannot go on.
        case critical
    }

    /// A named value beside the message.
    public struct Field: Sendable, Hashable {
        /// The name.
        public let name: String
        /// The value.
        public let value: String
    }

    /// When, as `YYYY-MM-DDTHH:MM:SS.fff`, which sorts by time; `nil` where the line does not say.
    public let time: String?
    /// How grave; `nil` where the line does not say.
    public let level: Level?
    /// What happened.
    public let message: String
    /// What else is said, by name.
    public let fields: [Field]

    /// Reads a line of any form; what is of none is its own message.
    public init(parsing line: String) {
        if line.utf8.first == UInt8(ascii: "{"), let line = LogLine(json: line) {
            self = line
        } else if let line = LogLine(postgres: line) ?? LogLine(redis: line) {
            self = line
        } else {
            self.init(time: nil, level: nil, message: line)
        }
    }

    init(time: String?, level: Level?, message: String, fields: [Field] = []) {
        self.time = time
        self.level = level
        self.message = message
        self.fields = fields
    }
}

extension LogLine {
    /// Names that stand on every line of a service, and say nothing new in its own log.
    private static let commonNames: Set<String> = [
        "@timestamp", "log.level", "message", "ecs.version", "service.name", "service.version", "log.logger",
    ]

    private init?(json line: String) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
            let message = object["message"] as? String
        else { return nil }
        let fields = object.filter { !Self.commonNames.contains($0.key) }.sorted { $0.key < $1.key }
        self.init(
            time: (object["@timestamp"] as? String).map { String($0.prefix(23)) },
            level: (object["log.level"] as? String).flatMap { $0 == "trace" ? .debug : Level(rawValue: $0) },
            message: message,
            fields: fields.map { key, value in
                Field(name: key.hasPrefix("labels.") ? String(key.dropFirst(7)) : key, value: "\(value)")
            })
    }

    /// `2026-01-31 23:59:58.001 UTC [123] LOG:  message`.
    private init?(postgres line: String) {
        guard
            let match = line.prefixMatch(
                of: /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3}) [A-Z+\-0-9:]{1,8} \[\d+\][^A-Z]*([A-Z0-9]+): +/)
        else { return nil }
        let level: Level =
            switch match.3 {
            case "LOG", "INFO", "HINT", "DETAIL", "STATEMENT", "CONTEXT": .info
            case "NOTICE": .notice
            case "WARNING": .warning
            // FATAL ends a session, and only PANIC the server.
            case "ERROR", "FATAL": .error
            case "PANIC": .critical
            default: .debug
            }
        self.init(
            time: "\(match.1)T\(match.2)", level: level, message: String(line[match.range.upperBound...]))
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `123:M 31 Jan 2026 23:59:58.001 * message`.
    private init?(redis line: String) {
        guard
            let match = line.prefixMatch(
                of: /\d+:[A-Z] (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d:\d\d:\d\d\.\d{3}) ([.\-*#])[ ]/),
            let month = Self.months.firstIndex(of: String(match.2))
        else { return nil }
        let level: Level =
            switch match.5 {
            case "*": .notice
            case "#": .warning
            default: .debug
            }
        let twoDigits = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        self.init(
            time: "\(match.3)-\(twoDigits)-\(match.1)T\(match.4)", level: level,
            message: String(line[match.range.upperBound...]))
    }
}
