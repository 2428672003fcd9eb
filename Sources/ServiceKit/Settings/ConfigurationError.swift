/// Something that is wrong with a configuration.
public struct ConfigurationProblem: Sendable, Hashable, CustomStringConvertible {
    /// What it is about: a setting's flag, an environment variable, or a key and its file.
    public let subject: String
    /// What is wrong, never with a secret's value.
    public let reason: String
    /// What to do.
    public let remedy: String

    init(_ subject: String, _ reason: String, _ remedy: String) {
        self.subject = subject
        self.reason = reason
        self.remedy = remedy
    }

    /// One line.
    public var description: String { "\(self.subject): \(self.reason); \(self.remedy)" }
}

/// All that is wrong with a configuration, so that it can be repaired in one go.
public struct ConfigurationError: Error, CustomStringConvertible {
    /// What is wrong, at least one thing.
    public let problems: [ConfigurationProblem]

    /// A line for each problem.
    public var description: String { self.problems.map(\.description).joined(separator: "\n") }
}
