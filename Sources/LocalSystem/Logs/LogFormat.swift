/// How log lines of several parts look on one screen: the part's name in front, then time, level, message and values.
public struct LogFormat: Sendable {
    /// The characters of a printed line at the most; what is beyond them is cut.
    public static let maximumCharacters = 4_096

    private static let nameColours = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94]

    private let names: [String]
    private let width: Int
    private let isColourful: Bool

    /// A format for the lines of some parts.
    ///
    /// - Parameters:
    ///   - names: The parts; each has its colour by its place.
    ///   - isColourful: Whether the reader shows colours: a terminal, and nobody has set `NO_COLOR`.
    public init(names: [String], isColourful: Bool) {
        self.names = names
        self.width = names.map(\.count).max() ?? 0
        self.isColourful = isColourful
    }

    /// A line as it is printed, without its end.
    public func text(_ name: String, _ line: LogLine) -> String {
        let place = self.names.firstIndex(of: name) ?? 0
        let padding = String(repeating: " ", count: max(0, self.width - name.count))
        var text = self.paint("\(name)\(padding) |", Self.nameColours[place % Self.nameColours.count])
        if let time = line.time, time.count >= 23 { text += " " + self.paint(time.dropFirst(11).printable, 2) }
        if let level = line.level {
            let word = level.rawValue + String(repeating: " ", count: max(0, 8 - level.rawValue.count))
            text += " " + (level.colour.map { self.paint(word, $0) } ?? word)
        }
        let message = line.message.prefix(Self.maximumCharacters).printable
        text += " " + (line.level == .critical || line.level == .error ? self.paint(message, 1) : message)
        var rest = Self.maximumCharacters - message.count
        for field in line.fields {
            let value = "\(field.name)=\(field.value)".prefix(max(0, rest)).printable
            rest -= value.count
            if !value.isEmpty { text += " " + self.paint(value, 2) }
        }
        return text
    }

    private func paint(_ text: String, _ colour: Int) -> String {
        self.isColourful ? "\u{1B}[\(colour)m\(text)\u{1B}[0m" : text
    }
}

extension LogLine.Level {
    fileprivate var colour: Int? {
        switch self {
        case .debug: 2
        case .info, .notice: nil
        case .warning: 33
        case .error, .critical: 31
        }
    }
}

extension StringProtocol {
    /// The text without what a terminal would obey: control characters, and escapes among them, become spaces.
    fileprivate var printable: String {
        var scalars = String.UnicodeScalarView()
        for scalar in self.unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            scalars.append(isControl ? " " : scalar)
        }
        return String(scalars)
    }
}
