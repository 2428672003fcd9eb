internal import Logging

extension ServiceLogHandler {
    /// A line for a person: `12:34:56.789 INFO  message key=value`.
    ///
    /// Control characters are shown as `\n` or `\u{1B}`, so that logged input can neither forge a line nor steer the
    /// terminal.
    func textLine(
        _ event: LogEvent, _ fields: [(key: String, value: String)], _ now: Timestamp, isColourful: Bool
    ) -> [UInt8] {
        // The date is left out: a person who reads along knows it.
        let time = String(decoding: now.text[11..<23], as: UTF8.self)
        let level = event.level.rawValue.uppercased()
        let padding = String(repeating: " ", count: max(0, 8 - level.count))
        var line = Self.paint(time, dim: isColourful) + " "
        line += isColourful ? "\u{1B}[\(Self.colour(of: event.level))m\(level)\u{1B}[0m" : level
        line += padding + " " + Self.printable(event.message.description, Self.maximumMessageBytes)
        for (key, value) in fields {
            let key = Self.printable(key, Self.maximumValueBytes)
            line += " " + Self.paint(key + "=", dim: isColourful) + Self.printable(value, Self.maximumValueBytes)
        }
        return Array(line.utf8) + [UInt8(ascii: "\n")]
    }

    private static func paint(_ text: String, dim: Bool) -> String { dim ? "\u{1B}[2m\(text)\u{1B}[0m" : text }

    private static func colour(of level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 34
        case .info, .notice: 32
        case .warning: 33
        case .error, .critical: 31
        }
    }

    private static func printable(_ text: String, _ maximumBytes: Int) -> String {
        var result = ""
        for scalar in String(Substring(JSONText.prefix(of: text.utf8, maximumBytes))).unicodeScalars {
            if scalar.properties.generalCategory == .control {
                result += scalar.escaped(asASCII: true)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return text.utf8.count > maximumBytes ? result + "…" : result
    }
}
