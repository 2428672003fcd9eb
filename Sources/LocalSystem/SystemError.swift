/// Why a system on this machine cannot start, be asked or be stopped: one line that says what to do.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// For people.
        public let description: String

        /// The plan contradicts itself.
        public static let plan = Self(description: "plan")
        /// The data folder cannot be used.
        public static let folder = Self(description: "folder")
        /// Another supervisor holds the data folder.
        public static let held = Self(description: "held")
        /// A port that is needed is taken.
        public static let portInUse = Self(description: "port in use")
        /// An executable is not there.
        public static let executableMissing = Self(description: "executable missing")
        /// A server or service did not start.
        public static let startFailed = Self(description: "start failed")
        /// A server that others run cannot be reached.
        public static let unreachable = Self(description: "unreachable")
        /// Nothing runs where something should.
        public static let notRunning = Self(description: "not running")
        /// Something did not end in time.
        public static let didNotStop = Self(description: "did not stop")
    }

    /// What kind of failure it is.
    public let code: Code
    /// One line: what is wrong, and what to do.
    public let description: String
    /// The last lines that the failed part wrote, as they came; empty where there are none.
    public let lastLines: [String]

    /// An error.
    public init(_ code: Code, _ description: String, lastLines: [String] = []) {
        self.code = code
        // What servers say can have several lines.
        self.description = description.split(whereSeparator: \.isNewline)
            .map { $0.trimmingPrefix { $0.isWhitespace } }.joined(separator: " ")
        self.lastLines = lastLines
    }
}
