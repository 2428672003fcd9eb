internal import Glibc

/// Why a server of one's own, or a child process, cannot run.
///
/// Its description is one line: what is wrong, and what to do about it. It never holds a password.
public struct LocalServerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// For people.
        public let description: String

        /// A program is not installed.
        public static let missingProgram = Self(description: "missing program")
        /// A data folder belongs to another version of the server, or the installed version is too old.
        public static let wrongVersion = Self(description: "wrong version")
        /// A folder may not be made, read or entered.
        public static let noPermission = Self(description: "no permission")
        /// A folder holds what the server would not expect there, or its path cannot be used.
        public static let unusableFolder = Self(description: "unusable folder")
        /// The port is another process's.
        public static let portInUse = Self(description: "port in use")
        /// Another process works with the same data folder.
        public static let alreadyRunning = Self(description: "already running")
        /// The server could not make its data folder.
        public static let initializationFailed = Self(description: "initialization failed")
        /// The server ended instead of starting.
        public static let startFailed = Self(description: "start failed")
        /// The server did not answer in time.
        public static let timedOut = Self(description: "timed out")
        /// The operating system refused to start a process.
        public static let cannotSpawn = Self(description: "cannot spawn")
    }

    /// What kind of failure it is.
    public var code: Code
    /// What happened, and to what.
    public var message: String
    /// What to do, or what would be valid.
    public var advice: String

    /// - Parameters:
    ///   - message: What happened, and to what.
    ///   - advice: What to do, or what would be valid.
    public init(_ code: Code, _ message: String, advice: String) {
        self.code = code
        self.message = message
        self.advice = advice
    }

    /// For people, on one line.
    public var description: String { "\(self.message): \(self.advice)" }
}

extension LocalServerError {
    /// What a system call reported, by its number.
    static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }
}
