/// What is declared of a setting, as data: the source of `--help`, of the check for unknown keys, and of tests that
/// compare deployment files with what a service knows.
public struct SettingDeclaration: Sendable, Hashable {
    /// What a setting's text must look like.
    public enum Kind: Sendable, Hashable {
        /// Any text.
        case text
        /// A whole number within bounds.
        case integer(ClosedRange<Int>)
        /// `true` or `false`.
        case boolean
        /// One of these words.
        case choice([String])
        /// The path of a file.
        case file
        /// `HOST:PORT`, several separated by commas, or `dns:HOST:PORT`.
        case addresses
        /// Words separated by commas.
        case list
    }

    /// The name in lower case with dashes, such as `drain-delay-ms`: the flag without `--`, and the key in a file.
    public let name: String
    /// What its text must look like.
    public let kind: Kind
    /// The text that stands for it where nobody sets it; `nil`: it has no value then.
    public let defaultText: String?
    /// What it counts, such as `ms`; empty for what counts nothing.
    public let unit: String
    /// What it does, as a sentence without its default.
    public let summary: String
    /// Whether its value must never be shown. A secret can also be given as a file, under the name with `-file`.
    public let isSecret: Bool

    /// Declares a setting.
    public init(
        name: String, kind: Kind, defaultText: String?, unit: String = "", summary: String, isSecret: Bool = false
    ) {
        precondition(
            !name.isEmpty && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 },
            "the setting \(name) must have a name of lower-case letters, digits and dashes")
        self.name = name
        self.kind = kind
        self.defaultText = defaultText
        self.unit = unit
        self.summary = summary
        self.isSecret = isSecret
    }

    /// The flag, such as `--drain-delay-ms`.
    public var flag: String { "--" + self.name }

    /// The environment variable, such as `DRIVELINE_DRAIN_DELAY_MS`.
    public var environmentVariable: String { Self.environmentVariable(of: self.name) }

    /// The names under which the setting can be given: its own, and for a secret that of a file that holds it.
    public var names: [String] { self.isSecret ? [self.name, self.fileName] : [self.name] }

    /// The environment variables that set it.
    public var environmentVariables: [String] { self.names.map(Self.environmentVariable(of:)) }

    /// The prefix of all environment variables.
    static let environmentPrefix = "DRIVELINE_"

    var fileName: String { self.name + "-file" }

    static func environmentVariable(of name: String) -> String {
        self.environmentPrefix + name.uppercased().replacing("-", with: "_")
    }

    /// What would be a valid value, for help and error messages.
    public var expectation: String {
        let what =
            switch self.kind {
            case .text: "a text"
            case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
            case .boolean: "true or false"
            case .choice(let words): "one of " + words.joined(separator: ", ")
            case .file: "the path of a file"
            case .addresses: "HOST:PORT, several separated by commas, or dns:HOST:PORT"
            case .list: "words separated by commas"
            }
        return self.unit.isEmpty ? what : "\(what) (\(self.unit))"
    }
}
